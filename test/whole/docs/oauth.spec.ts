import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import {
  bearer,
  Browser,
  claimsOf,
  expectOAuthError,
  firstParty,
  makeClient,
  refresh,
  signInTo,
  tokenRequest,
} from '../../support/oauth.js';
import { readPage } from '../../support/pages.js';
import { snippetsOf } from '../../support/snippets.js';
import { BADGE, BadgeGrantModule } from './oauth/badge-grant.js';
import { DepartmentClaimsModule } from './oauth/department-claims.js';
import { McpModule } from './oauth/mcp.module.js';

const OWN = 'http://localhost:3000';
const MCP = `${OWN}/mcp`;

describe('docs/oauth.md', () => {
  it('shows the examples as they are tested', () => {
    const shown = snippetsOf(readPage('docs/oauth.md')).filter(({ label }) => label !== undefined);
    expect(shown.map(({ label }) => label)).toEqual([
      'test/whole/docs/oauth/mcp.module.ts',
      'test/whole/docs/oauth/department-claims.ts',
      'test/whole/docs/oauth/badge-grant.ts',
    ]);
    for (const { label, text } of shown)
      expect(text, label).toBe(readFileSync(label!, 'utf8').replaceAll('../../../../src/', '../../'));
  });
});

describe('the examples', () => {
  let app: TestApp;
  let browser: Browser;

  beforeAll(async () => {
    app = await startApp({ modules: [McpModule, DepartmentClaimsModule, BadgeGrantModule] });
    browser = await Browser.of(app, await app.as.holderOf('tools:call', 'account:read'));
  });
  afterAll(() => app.close());

  /** A message of the Model Context Protocol. */
  const send = (message: object, token?: string) =>
    app.as
      .anonymous()
      .send('POST', '/mcp', { jsonrpc: '2.0', ...message }, token === undefined ? {} : bearer(token));

  it('are an MCP server that clients find, and that takes tokens made for it', async () => {
    const { status, headers } = await send({ id: 1, method: 'initialize', params: {} });
    expect(status).toBe(401);
    const metadataUrl = /resource_metadata="([^"]*)"/.exec(headers.get('www-authenticate')!)![1]!;
    const { body: metadata } = await app.as.anonymous().get(new URL(metadataUrl).pathname);
    expect(metadata).toMatchObject({
      resource: MCP,
      authorization_servers: [OWN],
      scopes_supported: ['tools:call'],
    });

    const client = await firstParty(app);
    const { access_token: token } = await signInTo(app, client, browser, {
      scope: 'tools:call',
      resource: MCP,
    });
    const params = { protocolVersion: '2025-11-25', capabilities: {} };
    const begun = await send({ id: 1, method: 'initialize', params }, token);
    expect(begun.body).toMatchObject({ jsonrpc: '2.0', id: 1, result: { protocolVersion: '2025-11-25' } });
    expect((await send({ method: 'notifications/initialized' }, token)).text).toBe('');
    const listed = await send({ id: 2, method: 'tools/list' }, token);
    expect(listed.body.result.tools).toMatchObject([{ name: 'whoami' }]);
    const called = await send({ id: 3, method: 'tools/call', params: { name: 'whoami' } }, token);
    expect(called.body.result.content).toEqual([{ type: 'text', text: browser.person.id }]);

    const other = await signInTo(app, client, browser, { scope: 'openid account:read' });
    expect((await send({ id: 4, method: 'tools/list' }, other.access_token)).status).toBe(401);
    expect((await send({ id: 5, method: 'tools/list' }, browser.person.tokens.access_token)).status).toBe(
      401,
    );
  });

  it('add a claim to ID tokens and userinfo, and one to access tokens', async () => {
    const tokens = await signInTo(app, await firstParty(app), browser, { scope: 'openid profile' });
    expect(claimsOf(tokens.id_token).department).toBe('example.com');
    expect(claimsOf(tokens.access_token).device).toBe('application');
    const { body } = await app.as.anonymous().get('/oauth/userinfo', bearer(tokens.access_token));
    expect(body.department).toBe('example.com');
    const plain = await signInTo(app, await firstParty(app), browser);
    expect(claimsOf(plain.id_token)).not.toHaveProperty('department');
    expect(claimsOf(browser.person.tokens.access_token)).not.toHaveProperty('device');
  });

  it('sign a user in by a grant type of their own, to a session like all others', async () => {
    const ada = await app.as.member('ada@example.com');
    const kiosk = await makeClient(app, { grantTypes: [BADGE, 'refresh_token'], redirectUris: [] });
    const redeem = (badge: string) => tokenRequest(app, kiosk, { grant_type: BADGE, badge });
    expectOAuthError(await redeem('0815'), 400, 'invalid_grant');
    const { body } = await redeem('4711');
    expect(claimsOf(body.id_token)).toMatchObject({ sub: ada.id, aud: kiosk.clientId, amr: ['hwk'] });
    expect((await app.as.anonymous().get('/v1/me', bearer(body.access_token))).body.id).toBe(ada.id);
    const next = await refresh(app, kiosk, body.refresh_token);
    expect(next.status).toBe(200);
    await ada.delete('/v1/me/sessions');
    expect((await app.as.anonymous().get('/v1/me', bearer(next.body.access_token))).status).toBe(401);
    expectOAuthError(await refresh(app, kiosk, next.body.refresh_token), 400, 'invalid_grant');
  });
});

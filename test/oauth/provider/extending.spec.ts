import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConsentPolicyService } from '../../../src/oauth/consents/consent-policy.service.js';
import { ConsentsModule } from '../../../src/oauth/consents/consents.module.js';
import { IdTokenClaimsService } from '../../../src/oauth/provider/id-token-claims.service.js';
import { ProviderModule } from '../../../src/oauth/provider/provider.module.js';
import { InvalidGrant } from '../../../src/oauth/provider/provider.errors.js';
import { GrantHandlers, type TokenRequest } from '../../../src/oauth/provider/token-grants.service.js';
import {
  CurrentPrincipal,
  ProtectedResource,
  Scopes,
} from '../../../src/platform/access/access.decorators.js';
import type { Principal } from '../../../src/platform/access/principal.js';
import { TokenClaimsService } from '../../../src/tokens/access-tokens/token-claims.service.js';
import { TokensModule } from '../../../src/tokens/access-tokens/tokens.module.js';
import { startApp, type TestApp } from '../../support/app.js';
import {
  ask,
  bearer,
  Browser,
  claimsOf,
  expectOAuthError,
  firstParty,
  form,
  makeClient,
  signInTo,
  targetOf,
  tokenRequest,
} from '../../support/oauth.js';

const OWN = 'http://localhost:3000';
const VOUCHER = 'urn:example:voucher';

@ProtectedResource('mcp')
@Controller('mcp')
class McpController {
  @Get('tools')
  @Scopes('tools:list')
  tools(@CurrentPrincipal() { id, clientId, scopes }: Principal) {
    return { id, clientId, scopes };
  }

  @Get('notes')
  @Scopes('notes:read', 'notes:write')
  notes(): string[] {
    return [];
  }
}

@Injectable()
class Voucher {
  constructor(handlers: GrantHandlers) {
    handlers.add(VOUCHER, (request) => this.redeem(request));
  }

  private async redeem({ parameters, client }: TokenRequest) {
    if (parameters.required('voucher') !== 'good') throw new InvalidGrant('no such voucher');
    return { access_token: `for-${client.name}`, token_type: 'Bearer' as const, expires_in: 60, scope: '' };
  }
}

@Injectable()
class Claims {
  constructor(
    idTokens: IdTokenClaimsService,
    accessTokens: TokenClaimsService,
    policies: ConsentPolicyService,
  ) {
    idTokens.add(['department', 'groups'], ({ user, scopes }) => ({
      ...(scopes.includes('profile') && { department: `of ${user.email}` }),
      secret: 'not announced',
    }));
    accessTokens.add(['tenant'], ({ clientId, audience }) => ({
      tenant: `${clientId !== undefined}:${audience}`,
    }));
    policies.add(({ client }) =>
      client.name === 'Partner' ? 'allow' : client.name === 'Banned' ? 'deny' : undefined,
    );
  }
}

@Module({
  imports: [ProviderModule, ConsentsModule, TokensModule],
  controllers: [McpController],
  providers: [Voucher, Claims],
})
class OwnModule {}

let app: TestApp;
let browser: Browser;

beforeAll(async () => {
  app = await startApp({ modules: [OwnModule] });
  browser = await Browser.of(app, await app.as.holderOf('tools:list', 'notes:read', 'account:read'));
});
afterAll(() => app.close());

describe('a module adds', () => {
  it('claims to ID tokens and userinfo, of those that it has named', async () => {
    const tokens = await signInTo(app, await firstParty(app), browser, { scope: 'openid profile' });
    expect(claimsOf(tokens.id_token)).toMatchObject({ department: `of ${browser.person.email}` });
    expect(claimsOf(tokens.id_token)).not.toHaveProperty('secret');
    const { body } = await app.as.anonymous().get('/oauth/userinfo', bearer(tokens.access_token));
    expect(body.department).toBe(`of ${browser.person.email}`);
    const metadata = await app.as.anonymous().get('/.well-known/openid-configuration');
    expect(metadata.body.claims_supported).toEqual(expect.arrayContaining(['department', 'groups']));
  });

  it('no claim that has a meaning already, nor one twice', () => {
    const claims = app.nest.get(IdTokenClaimsService);
    for (const name of ['sub', 'iss', 'email', 'auth_time', 'department']) {
      expect(() => claims.add([name], () => ({}))).toThrow(name);
    }
  });

  it('claims to access tokens, by client and audience', async () => {
    const tokens = await signInTo(app, await firstParty(app), browser);
    expect(claimsOf(tokens.access_token).tenant).toBe(`true:${OWN}`);
    const own = await app.as.logIn(browser.person.email);
    expect(claimsOf(own.tokens.access_token).tenant).toMatch(/^false:/);
  });

  it('a grant type, for clients that are registered for it', async () => {
    const client = await makeClient(app, { name: 'Shop', grantTypes: [VOUCHER], redirectUris: [] });
    const good = await tokenRequest(app, client, { grant_type: VOUCHER, voucher: 'good' });
    expect(good.body).toEqual({ access_token: 'for-Shop', token_type: 'Bearer', expires_in: 60, scope: '' });
    expectOAuthError(
      await tokenRequest(app, client, { grant_type: VOUCHER, voucher: 'x' }),
      400,
      'invalid_grant',
    );
    expectOAuthError(await tokenRequest(app, client, { grant_type: VOUCHER }), 400, 'invalid_request');
    const other = await makeClient(app);
    const refused = await tokenRequest(app, other, { grant_type: VOUCHER, voucher: 'good' });
    expectOAuthError(refused, 400, 'unauthorized_client');
    const { body } = await app.as.anonymous().get('/.well-known/openid-configuration');
    expect(body.grant_types_supported).toContain(VOUCHER);
    expect(() => app.nest.get(GrantHandlers).add(VOUCHER, async () => good.body)).toThrow(VOUCHER);
  });

  it('a policy that decides about consent', async () => {
    expect((await ask(browser, await makeClient(app, { name: 'Partner' }))).back.has('code')).toBe(true);
    expect((await ask(browser, await makeClient(app, { name: 'Banned' }))).back.get('error')).toBe(
      'access_denied',
    );
    expect(targetOf((await ask(browser, await makeClient(app))).answer)).toMatch(/^\/consent/);
  });
});

describe('@ProtectedResource()', () => {
  const MCP = `${OWN}/mcp`;
  const get = (path: string, token?: string) =>
    app.as.anonymous().get(path, token === undefined ? {} : bearer(token));

  it('describes itself where its challenge leads (RFC 9728)', async () => {
    const answer = await get('/mcp/tools');
    expect(answer.status).toBe(401);
    const challenge = answer.headers.get('www-authenticate')!;
    expect(challenge).toBe(
      `Bearer resource_metadata="${OWN}/.well-known/oauth-protected-resource/mcp", scope="tools:list"`,
    );
    const { body, headers } = await get('/.well-known/oauth-protected-resource/mcp');
    expect(body).toMatchObject({
      resource: MCP,
      authorization_servers: [OWN],
      scopes_supported: expect.arrayContaining(['tools:list', 'notes:read', 'notes:write']),
    });
    expect(body.scopes_supported).toHaveLength(3);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    const own = await get('/.well-known/oauth-protected-resource');
    expect(own.body.scopes_supported).not.toContain('tools:list');
  });

  it('takes tokens that were made for it, and no others', async () => {
    const client = await firstParty(app);
    const own = await signInTo(app, client, browser, { scope: 'openid account:read' });
    const tokens = await signInTo(app, client, browser, { scope: 'tools:list', resource: MCP });
    expect(claimsOf(tokens.access_token).aud).toBe(MCP);
    expect((await get('/mcp/tools', tokens.access_token)).body).toEqual({
      id: browser.person.id,
      clientId: client.clientId,
      scopes: ['tools:list'],
    });
    for (const token of [own.access_token, browser.person.tokens.access_token, 'x']) {
      const answer = await get('/mcp/tools', token);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toMatch(/error="invalid_token".*resource_metadata=/);
    }
    expect((await get('/v1/me', tokens.access_token)).status).toBe(401);
    const slash = await signInTo(app, client, browser, { scope: 'tools:list', resource: `${MCP}/` });
    expect((await get('/mcp/tools', slash.access_token)).status).toBe(200);
  });

  it('answers as the inspector says', async () => {
    const client = await firstParty(app);
    const { person } = browser;
    const granted = (scope: string, resource?: string) => signInTo(app, client, browser, { scope, resource });
    const dead = await granted('tools:list', MCP);
    await form(app, '/oauth/revoke', { token: dead.refresh_token }, client.headers);
    const tokens = [
      person.tokens.access_token,
      dead.access_token,
      (await granted('openid account:read')).access_token,
      (await granted('tools:list', MCP)).access_token,
      (await granted('notes:read', MCP)).access_token,
    ];
    const said = [];
    for (const token of tokens)
      for (const path of ['/mcp/tools', '/mcp/notes', '/v1/me']) {
        const { body } = await person.post('/v1/tokens/inspect', { token, route: { method: 'GET', path } });
        const answer = await get(path, token);
        const told = body.route.isLetIn ? { status: 200 } : body.refusal;
        expect(told, `${path}: ${body.route.decidedBy}`).toMatchObject({ status: answer.status });
        expect(body.refusal?.code).toBe(answer.body?.code);
        said.push(answer.status);
      }
    expect(said).toEqual([401, 401, 200, 401, 401, 401, 401, 401, 200, 200, 403, 401, 403, 403, 401]);
  });

  it('is told apart by the inspector', async () => {
    const { body } = await browser.person.post('/v1/tokens/inspect', {
      token: browser.person.tokens.access_token,
      route: { method: 'GET', path: '/mcp/tools' },
    });
    expect(body.route).toMatchObject({
      isLetIn: false,
      decidedBy: "@Scopes('tools:list'), @ProtectedResource('mcp'): it takes tokens for that alone",
    });
  });

  it('names all scopes that are needed', async () => {
    const tokens = await signInTo(app, await firstParty(app), browser, {
      scope: 'notes:read',
      resource: MCP,
    });
    const answer = await get('/mcp/notes', tokens.access_token);
    expect(answer.status).toBe(403);
    const challenge = answer.headers.get('www-authenticate')!;
    expect(challenge).toContain('error="insufficient_scope"');
    expect(challenge).toContain('scope="notes:read notes:write"');
    expect(challenge).toContain('resource_metadata="');
  });

  it('refuses a token that was revoked, at once', async () => {
    const client = await firstParty(app);
    const tokens = await signInTo(app, client, browser, { scope: 'tools:list', resource: MCP });
    expect((await get('/mcp/tools', tokens.access_token)).status).toBe(200);
    await form(app, '/oauth/revoke', { token: tokens.refresh_token }, client.headers);
    expect((await get('/mcp/tools', tokens.access_token)).status).toBe(401);
  });
});

import { Controller, Get, Module, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ClientAuthenticated,
  ProtectedResource,
  Scopes,
} from '../../../src/platform/access/access.decorators.js';
import { startApp, type TestApp } from '../../support/app.js';
import { makeDatabase, type TestDatabase } from '../../support/database.js';
import {
  bearer,
  Browser,
  firstParty,
  form,
  refresh,
  signInTo,
  type TestClient,
} from '../../support/oauth.js';
import { GATEHOUSE_SECRET } from '../../support/process.js';

@ProtectedResource('mcp')
@Controller('mcp')
class McpController {
  @Get()
  @Scopes('tools:list')
  tools(): string[] {
    return [];
  }

  @Post('hook')
  @ClientAuthenticated()
  hook(): string[] {
    return [];
  }
}

@Module({ controllers: [McpController] })
class McpModule {}

/** Answered with 404 by an application that has no OAuth. */
const GONE = [
  'GET /.well-known/openid-configuration',
  'GET /.well-known/oauth-protected-resource',
  'GET /.well-known/oauth-protected-resource/mcp',
  'GET /oauth/authorize',
  'POST /oauth/authorize',
  'POST /oauth/token',
  'POST /oauth/par',
  'POST /oauth/device',
  'POST /oauth/introspect',
  'POST /oauth/revoke',
  'POST /oauth/register',
  'GET /oauth/userinfo',
  'GET /oauth/logout',
  'GET /v1/oauth/clients',
  'GET /v1/me/consents',
  'GET /consent',
  'GET /device',
  'GET /select-account',
  'GET /account/applications',
];

describe('a server that has given OAuth up', () => {
  const MCP = 'http://localhost:3000/mcp';
  let database: TestDatabase;
  let app: TestApp;
  let browser: Browser;
  let client: TestClient;
  let own: any;
  let offline: any;
  let forMcp: any;
  let itself: any;
  let before: number[];

  const start = (FEATURES: string) =>
    startApp({
      env: { DATABASE_URL: database.url, GATEHOUSE_SECRET, FEATURES },
      modules: [McpModule],
    });
  /** With the cookie from before. */
  const visitor = () => new Browser(app.url, browser.person, browser.sso);
  const restart = async (FEATURES: string) => {
    await app.close();
    app = await start(FEATURES);
  };
  const opens = async (token: string, path = '/v1/me') =>
    (await app.as.anonymous().get(path, bearer(token))).status;

  beforeAll(async () => {
    database = await makeDatabase({ isShared: true });
    app = await start('all');
    client = await firstParty(app, {
      grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
    });
    browser = await Browser.of(app, await app.as.holderOf('account:read', 'tools:list'));
    own = await signInTo(app, client, browser, { scope: 'openid account:read' });
    offline = await signInTo(app, client, browser, { scope: 'openid account:read offline_access' });
    forMcp = await signInTo(app, client, browser, { scope: 'tools:list', resource: MCP });
    itself = (await form(app, '/oauth/token', { grant_type: 'client_credentials' }, client.headers)).body;
    before = [await opens(own.access_token), await opens(forMcp.access_token, '/mcp')];
    await restart('api-keys,resources');
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  it('takes no access token of a client, whatever it is for', async () => {
    expect(before).toEqual([200, 200]);
    for (const { access_token } of [own, offline, forMcp, itself])
      for (const path of ['/v1/me', '/v1/auth/whoami', '/mcp']) {
        expect(await opens(access_token, path)).toBe(401);
        const { status } = await app.as.anonymous().get(path, { authorization: `DPoP ${access_token}` });
        expect(status).toBe(401);
      }
    expect((await app.as.anonymous().get('/mcp')).status).toBe(401);
    expect((await app.as.anonymous().post('/mcp/hook', undefined)).status).toBe(401);
    const { status } = await app.as.anonymous().send('POST', '/mcp/hook', undefined, client.headers);
    expect(status).toBe(401);
  });

  it('takes no refresh token of a client, and knows none', async () => {
    const admin = await app.as.admin();
    for (const { refresh_token, access_token } of [own, offline, forMcp]) {
      const answer = await app.as.anonymous().post('/v1/auth/refresh', { refresh_token });
      expect(answer.body.code).toBe('invalid_refresh_token');
      for (const token of [refresh_token, access_token])
        expect((await admin.post('/v1/tokens/introspect', { token })).body).toEqual({ active: false });
    }
  });

  it.each(GONE)('answers %s as if it had never been', async (route) => {
    const [verb = '', path = ''] = route.split(' ');
    const { status } = await visitor().send(verb, path);
    expect(status).toBe(404);
  });

  it('describes itself without it', async () => {
    const { body } = await app.as.anonymous().get('/.well-known/oauth-authorization-server');
    expect(body).not.toHaveProperty('token_endpoint');
    expect(body.grant_types_supported).toEqual([]);
    const page = await visitor().get('/account');
    expect(page.status).toBe(200);
    expect(page.text).not.toContain('/account/applications');
  });

  it('has its users sign in and out as ever', async () => {
    const person = await app.as.logIn(browser.person.email);
    expect(await opens(person.tokens.access_token)).toBe(200);
    expect((await person.refreshed()).id).toBe(person.id);
  });

  it('brings nothing back to life with it that ended while it was away', async () => {
    const admin = await app.as.admin();
    for (const status of ['disabled', 'active'])
      await admin.patch(`/v1/users/${browser.person.id}`, { status });
    await restart('all');
    for (const { access_token, refresh_token } of [own, offline, forMcp]) {
      expect(await opens(access_token)).toBe(401);
      expect((await refresh(app, client, refresh_token)).body.error).toBe('invalid_grant');
    }
    expect(await opens(itself.access_token, '/v1/auth/whoami')).toBe(200);
  });
});

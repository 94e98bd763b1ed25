import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import {
  allowClient,
  Browser,
  claimsOf,
  expectOAuthError,
  firstParty,
  form,
  makeClient,
  refresh,
  signInTo,
  type TestClient,
} from '../../support/oauth.js';

const ORDERS = 'https://orders.example';
let app: TestApp;
let client: TestClient;
let other: TestClient;
let open: TestClient;
let browser: Browser;

beforeAll(async () => {
  app = await startApp({ env: { REGISTRATION: 'open' } });
  const scopes = [{ name: 'orders:read', description: 'Read' }];
  const admin = await app.as.admin();
  await admin.post('/v1/resources', { identifier: ORDERS, name: 'Orders', status: 'published', scopes });
  client = await firstParty(app);
  other = await firstParty(app);
  open = await firstParty(app, { applicationType: 'native' });
  browser = await Browser.of(app, await app.as.holderOf('orders:read', 'account:read'));
});
afterAll(() => app.close());

const introspect = (token: string, by: TestClient) => form(app, '/oauth/introspect', { token }, by.headers);
const revoke = (token: string, by: TestClient) =>
  form(
    app,
    '/oauth/revoke',
    { token, ...(by.clientSecret === undefined && { client_id: by.clientId }) },
    by.headers,
  );

describe('introspection by a client', () => {
  it('tells of its own tokens', async () => {
    const tokens = await signInTo(app, client, browser, { scope: 'openid account:read' });
    const { body, headers } = await introspect(tokens.access_token, client);
    expect(headers.get('cache-control')).toBe('no-store');
    const { iss, sub, aud, exp, iat, jti } = claimsOf(tokens.access_token);
    expect(body).toMatchObject({
      active: true,
      token_type: 'Bearer',
      client_id: client.clientId,
      scope: 'openid account:read',
      iss,
      sub,
      aud,
      exp,
      iat,
      jti,
    });
    const renewal = await introspect(tokens.refresh_token, client);
    expect(renewal.body).toMatchObject({
      active: true,
      token_type: 'refresh_token',
      sub,
      client_id: client.clientId,
    });
  });

  it('tells nothing else of the tokens of others, of dead ones, and of what is none', async () => {
    const tokens = await signInTo(app, client, browser);
    const dead = await signInTo(app, client, browser);
    await revoke(dead.refresh_token, client);
    const id = tokens.id_token;
    const all: [string, TestClient][] = [
      [tokens.access_token, other],
      [tokens.refresh_token, other],
      [browser.person.tokens.access_token, client],
      [browser.person.tokens.refresh_token, client],
      [dead.access_token, client],
      [dead.refresh_token, client],
      [id, client],
      ['x', client],
      [`${tokens.access_token}x`, client],
    ];
    for (const [token, by] of all) expect((await introspect(token, by)).body).toEqual({ active: false });
  });

  it('tells a resource server of the tokens that are for it', async () => {
    const server = await makeClient(app, {
      grantTypes: ['client_credentials'],
      redirectUris: [],
      resources: [ORDERS],
    });
    const forOrders = await signInTo(app, client, browser, { scope: 'orders:read', resource: ORDERS });
    expect((await introspect(forOrders.access_token, server)).body).toMatchObject({
      active: true,
      aud: ORDERS,
    });
    const own = await signInTo(app, client, browser);
    expect((await introspect(own.access_token, server)).body).toEqual({ active: false });
    expect((await introspect(forOrders.refresh_token, server)).body).toEqual({ active: false });
  });

  it('tells no client of all tokens for Gatehouse’s own API because it may have some', async () => {
    const server = await makeClient(app, { resources: [app.settings.PUBLIC_URL] });
    const { access_token } = await signInTo(app, client, browser);
    expect((await introspect(access_token, server)).body).toEqual({ active: false });
  });

  it('tells of any token who is registered for it by somebody who may ask themselves', async () => {
    const server = await makeClient(app, { scopes: ['tokens:introspect'] });
    const { access_token } = await signInTo(app, client, browser);
    expect((await introspect(access_token, server)).body.active).toBe(true);
    expect((await introspect(browser.person.tokens.access_token, server)).body.active).toBe(true);
  });

  it('tells nothing to one that has registered itself for it', async () => {
    const { body } = await app.as.anonymous().post('/oauth/register', {
      redirect_uris: ['https://evil.example/'],
      scope: 'tokens:introspect',
    });
    const headers = { authorization: `Basic ${btoa(`${body.client_id}:${body.client_secret}`)}` };
    const { access_token } = await signInTo(app, client, browser);
    const answer = await form(app, '/oauth/introspect', { token: access_token }, headers);
    expect(answer.body).toEqual({ active: false });
  });

  it('calls no refresh token live that a refresh refuses', async () => {
    const person = await app.as.member();
    const visitor = await Browser.of(app, person);
    const usual = await signInTo(app, client, visitor);
    const offline = await signInTo(app, client, visitor, { scope: 'openid offline_access' });
    const live = async ({ refresh_token }: any) => (await introspect(refresh_token, client)).body.active;
    expect([await live(usual), await live(offline)]).toEqual([true, true]);
    const sql = 'UPDATE sessions SET expires_at = 1 WHERE user_id = :id AND client_id IS NULL';
    await app.database.run({ sql, params: { id: person.id } });
    expect([await live(usual), await live(offline)]).toEqual([false, true]);
    const { body } = await (await app.as.admin()).post('/v1/tokens/inspect', { token: usual.refresh_token });
    const session = body.verification.find(({ check }: { check: string }) => check === 'session');
    expect(session).toEqual({ check: 'session', passed: false, detail: 'the sign-in has ended' });
    expect((await refresh(app, client, usual.refresh_token)).body.error).toBe('invalid_grant');
    expect((await refresh(app, client, offline.refresh_token)).status).toBe(200);
  });

  it('is not for public clients', async () => {
    const { access_token } = await signInTo(app, open, browser);
    const answer = await form(app, '/oauth/introspect', { token: access_token, client_id: open.clientId });
    expectOAuthError(answer, 400, 'unauthorized_client');
  });

  it('needs a token', async () => {
    expectOAuthError(
      await form(app, '/oauth/introspect', { x: 'y' }, client.headers),
      400,
      'invalid_request',
    );
    expectOAuthError(await form(app, '/oauth/revoke', { x: 'y' }, client.headers), 400, 'invalid_request');
  });
});

describe('revocation by a client', () => {
  it.each(['access_token', 'refresh_token'])(
    'of its %s ends the session, with all that it has',
    async (name) => {
      for (const by of [client, open]) {
        const tokens = await signInTo(app, by, browser, { scope: 'openid account:read' });
        const { status, text } = await revoke(tokens[name], by);
        expect([status, text]).toEqual([200, '']);
        expect((await refresh(app, by, tokens.refresh_token)).status).toBe(400);
        const me = await app.as.anonymous().get('/v1/me', { authorization: `Bearer ${tokens.access_token}` });
        expect(me.status).toBe(401);
        expect((await revoke(tokens[name], by)).status).toBe(200);
      }
    },
  );

  it('of another’s token does nothing, and says nothing', async () => {
    const tokens = await signInTo(app, client, browser);
    for (const token of [
      tokens.access_token,
      tokens.refresh_token,
      browser.person.tokens.refresh_token,
      'x',
    ]) {
      expect((await revoke(token, other)).status).toBe(200);
      expect((await revoke(token, open)).status).toBe(200);
    }
    expect((await refresh(app, client, tokens.refresh_token)).status).toBe(200);
    expect((await browser.person.get('/v1/me')).status).toBe(200);
  });

  it('leaves the sign-in and the client’s other sessions', async () => {
    const [one, two] = [await signInTo(app, client, browser), await signInTo(app, client, browser)];
    await revoke(one.refresh_token, client);
    expect((await refresh(app, client, two.refresh_token)).status).toBe(200);
  });
});

describe('the inspector', () => {
  it('knows the tokens of clients', async () => {
    const admin = await app.as.admin();
    const theirs = await makeClient(app);
    await allowClient(app, browser.person.id, theirs.id);
    const tokens = await signInTo(app, theirs, browser);
    const inspect = async (token: string) => (await admin.post('/v1/tokens/inspect', { token })).body;
    expect(await inspect(tokens.access_token)).toMatchObject({ active: true });
    expect(await inspect(tokens.refresh_token)).toMatchObject({ active: true });
    const why = async (method: string, path: string) =>
      (await admin.post('/v1/tokens/inspect', { token: tokens.access_token, route: { method, path } })).body;
    expect(await why('POST', '/v1/me/password')).toMatchObject({
      route: { isLetIn: false, decidedBy: '@SessionOnly(): first_party_required' },
      refusal: { status: 403, code: 'first_party_required' },
    });
    expect((await why('GET', '/v1/me/sessions')).route.decidedBy).toBe(
      '@FirstPartyOnly(): first_party_required',
    );
    expect((await why('POST', '/v1/keys/rotate')).refusal.code).toBe('first_party_required');
    expect((await why('POST', '/oauth/token')).route).toMatchObject({
      isLetIn: false,
      decidedBy: '@ClientAuthenticated(): it takes no token',
    });
    expect((await why('GET', '/oauth/userinfo')).route.isLetIn).toBe(true);
    await revoke(tokens.refresh_token, theirs);
    expect(await inspect(tokens.access_token)).toMatchObject({ active: false, revokedBy: 'session' });
    expect(await inspect(tokens.refresh_token)).toMatchObject({ active: false, revokedBy: 'session' });
  });
});

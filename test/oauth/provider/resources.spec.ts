import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { Answer } from '../../support/client.js';
import {
  ask,
  backOf,
  bearer,
  Browser,
  claimsOf,
  codeFor,
  exchange,
  expectOAuthError,
  firstParty,
  form,
  makeClient,
  pkce,
  REDIRECT,
  refresh,
  signInTo,
  type TestClient,
} from '../../support/oauth.js';

const OWN = 'http://localhost:3000';
const ORDERS = 'https://orders.example';
const STOCK = 'https://api.example/stock';
let app: TestApp;
let client: TestClient;
let browser: Browser;
let ids: Record<string, string>;

beforeAll(async () => {
  app = await startApp();
  const admin = await app.as.admin();
  const make = async (identifier: string, scopes: string[]) => {
    const { status, body, text } = await admin.post('/v1/resources', {
      identifier,
      name: identifier,
      status: 'published',
      scopes: scopes.map((name) => ({ name, description: name })),
    });
    if (status !== 201) throw new Error(text);
    return body.id as string;
  };
  ids = {
    orders: await make(ORDERS, ['orders:read', 'orders:write']),
    stock: await make(STOCK, ['stock:read']),
  };
  client = await firstParty(app);
  browser = await Browser.of(app, await app.as.holderOf('orders:read', 'stock:read', 'account:read'));
});
afterAll(() => app.close());

describe('an access token for a resource', () => {
  it('has its identifier as the audience, no roles, and opens nothing here', async () => {
    const tokens = await signInTo(app, client, browser, { scope: 'openid orders:read', resource: ORDERS });
    expect(claimsOf(tokens.access_token)).toMatchObject({ aud: ORDERS, scope: 'openid orders:read' });
    expect(claimsOf(tokens.access_token)).not.toHaveProperty('roles');
    for (const path of ['/v1/me', '/oauth/userinfo']) {
      expect((await app.as.anonymous().get(path, bearer(tokens.access_token))).status).toBe(401);
    }
  });

  it('is for the same resource with a slash more or less', async () => {
    const { access_token } = await signInTo(app, client, browser, {
      scope: 'orders:read',
      resource: `${ORDERS}/`,
    });
    expect(claimsOf(access_token).aud).toBe(ORDERS);
  });

  it.each([
    'https://ORDERS.example',
    'https://orders.example/x',
    'http://orders.example',
    'https://orders.example//',
    'https://orders.example?x',
    'https://orders.example#x',
    'orders.example',
    '%',
  ])('is for no resource that is spelt otherwise: %s', async (resource) => {
    const { back } = await ask(browser, client, { scope: 'openid', resource });
    expect(back.get('error')).toBe('invalid_target');
  });

  it('has no scope that the user lacks there, and no scope of another resource', async () => {
    const { scope } = await signInTo(app, client, browser, {
      scope: 'orders:read orders:write',
      resource: ORDERS,
    });
    expect(scope).toBe('orders:read');
    const { back } = await ask(browser, client, { scope: 'stock:read', resource: ORDERS });
    expect(back.get('error')).toBe('invalid_scope');
    const own = await ask(browser, client, { scope: 'orders:read' });
    expect(own.back.get('error')).toBe('invalid_scope');
  });

  it('has all of the resource’s that the user has, where none is named', async () => {
    const { scope } = await signInTo(app, client, browser, { scope: undefined, resource: ORDERS });
    expect(scope).toBe('orders:read');
  });
});

/** A code for both resources. */
async function codeForBoth(): Promise<{ code: string; verifier: string }> {
  const { verifier, answer } = await askAlso([STOCK]);
  return { code: backOf(answer).get('code')!, verifier };
}

/** Asks for these resources beside the orders. */
async function askAlso(resources: string[]): Promise<{ verifier: string; answer: Answer }> {
  const { verifier, challenge } = pkce();
  const query = new URLSearchParams({
    client_id: client.clientId,
    redirect_uri: REDIRECT,
    response_type: 'code',
    scope: 'openid orders:read stock:read',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  for (const resource of [ORDERS, ...resources]) query.append('resource', resource);
  return { verifier, answer: await browser.get(`/oauth/authorize?${query.toString()}`) };
}

describe('a grant for two resources', () => {
  it('gives a token for one and, by a refresh, one for the other (RFC 8707 §2.2)', async () => {
    const { code, verifier } = await codeForBoth();
    const first = await exchange(app, client, code, verifier, { resource: `${ORDERS}/` });
    expect(claimsOf(first.body.access_token)).toMatchObject({ aud: ORDERS, scope: 'openid orders:read' });
    const second = await refresh(app, client, first.body.refresh_token, { resource: STOCK });
    expect(claimsOf(second.body.access_token)).toMatchObject({ aud: STOCK, scope: 'openid stock:read' });
    const both = await refresh(app, client, second.body.refresh_token);
    expect(claimsOf(both.body.access_token)).toMatchObject({
      aud: [ORDERS, STOCK],
      scope: 'openid orders:read stock:read',
    });
  });

  it('gives none for a third', async () => {
    const { code, verifier } = await codeForBoth();
    expectOAuthError(await exchange(app, client, code, verifier, { resource: OWN }), 400, 'invalid_target');
    const { body } = await exchange(app, client, code, verifier);
    expectOAuthError(
      await refresh(app, client, body.refresh_token, { resource: OWN }),
      400,
      'invalid_target',
    );
    expect((await refresh(app, client, body.refresh_token)).status).toBe(200);
  });

  it('is refused for eleven', async () => {
    const { answer } = await askAlso(Array<string>(10).fill(STOCK));
    expect(backOf(answer).get('error')).toBe('invalid_target');
  });
});

describe('a client that is registered for one resource', () => {
  it('gets tokens for that one and for Gatehouse’s own API alone', async () => {
    const narrow = await firstParty(app, { resources: [ORDERS] });
    expect((await ask(browser, narrow, { resource: STOCK })).back.get('error')).toBe('invalid_target');
    expect((await ask(browser, narrow, { resource: ORDERS })).back.has('code')).toBe(true);
    expect((await ask(browser, narrow, { resource: OWN })).back.has('code')).toBe(true);
  });

  it('gets the scopes that it is registered for alone', async () => {
    const narrow = await firstParty(app, { scopes: ['orders:read'] });
    const { back } = await ask(browser, narrow, { scope: 'openid account:read' });
    expect(back.get('error')).toBe('invalid_scope');
    const tokens = await signInTo(app, narrow, browser, { scope: undefined, resource: ORDERS });
    expect(tokens.scope).toBe('orders:read');
  });
});

describe('client credentials', () => {
  it('give the scopes that were asked for, of the client’s, of the service account’s', async () => {
    const admin = await app.as.admin();
    const service = await makeClient(app, {
      grantTypes: ['client_credentials'],
      redirectUris: [],
      scopes: ['orders:read', 'orders:write', 'users:read'],
    });
    const ask = (fields: Record<string, string> = {}) =>
      form(app, '/oauth/token', { grant_type: 'client_credentials', ...fields }, service.headers);

    // The account that was made along with it has no role yet.
    const none = await ask({ scope: 'orders:read', resource: ORDERS });
    expectOAuthError(none, 400, 'invalid_scope');
    expect((await ask({ resource: ORDERS })).body.scope).toBe('');

    await admin.post('/v1/roles', { name: 'clerk', scopes: ['orders:read', 'stock:read', 'users:read'] });
    const { serviceAccountId } = service.body;
    await admin.put(`/v1/users/${serviceAccountId}/roles`, { roles: ['clerk'] });
    const { body } = await ask({ scope: 'orders:read orders:write', resource: ORDERS });
    expect(body).toMatchObject({ scope: 'orders:read', token_type: 'Bearer', expires_in: 900 });
    expect(body).not.toHaveProperty('refresh_token');
    expect(body).not.toHaveProperty('id_token');
    expect(claimsOf(body.access_token)).toMatchObject({
      sub: serviceAccountId,
      client_id: service.clientId,
      aud: ORDERS,
    });
    // Its own scopes, where it names none.
    expect((await ask()).body.scope).toBe('users:read');
    expectOAuthError(await ask({ scope: 'stock:read', resource: STOCK }), 400, 'invalid_scope');
    expectOAuthError(await ask({ scope: 'openid' }), 400, 'invalid_scope');
    expectOAuthError(await ask({ scope: 'offline_access' }), 400, 'invalid_scope');
    expectOAuthError(await ask({ resource: 'https://unknown.example' }), 400, 'invalid_target');
    const own = await ask({ scope: 'users:read' });
    const listed = await app.as.anonymous().get('/v1/users?limit=1', bearer(own.body.access_token));
    expect(listed.status).toBe(200);

    // What it holds dies with the role.
    await admin.put(`/v1/users/${serviceAccountId}/roles`, { roles: [] });
    expect((await app.as.anonymous().get('/v1/users', bearer(own.body.access_token))).status).toBe(401);

    // And what it gets next is of its rights as they are, whatever was remembered of them.
    expect((await ask()).body.scope).toBe('');
    await admin.put(`/v1/users/${serviceAccountId}/roles`, { roles: ['clerk'] });
    expect((await ask()).body.scope).toBe('users:read');
    await admin.patch('/v1/roles/clerk', { scopes: ['stock:read'] });
    expect((await ask()).body.scope).toBe('');
    await admin.patch('/v1/roles/clerk', { scopes: ['users:read'] });
    expect((await ask()).body.scope).toBe('users:read');
  });

  it('act as nobody who has signed in', async () => {
    const service = await makeClient(app, { grantTypes: ['client_credentials'], redirectUris: [] });
    const admin = await app.as.admin();
    await admin.post('/v1/roles', { name: 'reader', scopes: ['account:read', 'account:write'] });
    await admin.put(`/v1/users/${service.body.serviceAccountId}/roles`, { roles: ['reader'] });
    const { body } = await form(app, '/oauth/token', { grant_type: 'client_credentials' }, service.headers);
    const client = app.as.anonymous().with(bearer(body.access_token));
    expect((await client.get('/v1/me/sessions')).body.items).toEqual([]);
    expect((await client.delete('/v1/me/sessions')).body.code).toBe('session_required');
    expect((await client.post('/v1/api-keys', { name: 'x', scopes: [] })).status).toBe(403);
    expect((await client.get('/oauth/userinfo')).body.error).toBe('insufficient_scope');
  });

  it('need an account that is active, which a client gets along with the grant', async () => {
    const later = await makeClient(app);
    const admin = await app.as.admin();
    const grantTypes = ['authorization_code', 'client_credentials'];
    const { body } = await admin.patch(`/v1/oauth/clients/${later.id}`, { grantTypes });
    expect(body.serviceAccountId).toMatch(/^[\da-f-]{36}$/);
    const ask = () => form(app, '/oauth/token', { grant_type: 'client_credentials' }, later.headers);
    expect((await ask()).status).toBe(200);
    await admin.patch(`/v1/users/${body.serviceAccountId}`, { status: 'disabled' });
    expectOAuthError(await ask(), 400, 'unauthorized_client');
    await admin.delete(`/v1/users/${body.serviceAccountId}`);
    expectOAuthError(await ask(), 400, 'unauthorized_client');
  });
});

describe('a resource that is retired or deleted', () => {
  it('gets no token any more', async () => {
    const tokens = await signInTo(app, client, browser, { scope: 'stock:read', resource: STOCK });
    const admin = await app.as.admin();
    await admin.patch(`/v1/resources/${ids['stock']}`, { status: 'retired' });
    expectOAuthError(await refresh(app, client, tokens.refresh_token), 400, 'invalid_target');
    expect((await ask(browser, client, { resource: STOCK })).back.get('error')).toBe('invalid_target');
    const { code, verifier } = await codeFor(browser, client, { scope: 'orders:read', resource: ORDERS });
    await admin.delete(`/v1/resources/${ids['orders']}`);
    expectOAuthError(await exchange(app, client, code, verifier), 400, 'invalid_target');
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { makeKey } from '../../support/api-keys.js';
import { Client, type Answer } from '../../support/client.js';
import {
  allowClient,
  ask,
  basic,
  bearer,
  Browser,
  exchange,
  expectOAuthError,
  form,
  REDIRECT,
  targetOf,
  type TestClient,
} from '../../support/oauth.js';

let app: TestApp;
let visitor: Client;

beforeAll(async () => {
  app = await startApp({ env: { REGISTRATION: 'open' } });
  visitor = app.as.anonymous();
});
afterAll(() => app.close());

const register = (metadata: unknown = {}, headers: Record<string, string> = {}): Promise<Answer> =>
  visitor.post('/oauth/register', { redirect_uris: [REDIRECT], ...(metadata as object) }, headers);

const pathOf = ({ registration_client_uri }: any) => new URL(registration_client_uri).pathname;

describe('a client that registers itself', () => {
  it('gets an id, a secret and the token of its registration (RFC 7591 §3.2.1)', async () => {
    const answer = await register({ client_name: 'Robot', something_unknown: 1 });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.body).toMatchObject({
      client_name: 'Robot',
      redirect_uris: [REDIRECT],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
      client_secret: expect.stringMatching(/^ghs_/),
      client_secret_expires_at: 0,
      registration_access_token: expect.any(String),
      registration_client_uri: `http://localhost:3000/oauth/register/${answer.body.client_id}`,
    });
    expect(answer.body).not.toHaveProperty('something_unknown');
  });

  it('signs users in, who are asked', async () => {
    const { body } = await register();
    const browser = await Browser.of(app, await app.as.member());
    const client: TestClient = {
      id: body.client_id,
      clientId: body.client_id,
      clientSecret: body.client_secret,
      headers: basic(body.client_id, body.client_secret),
      body,
    };
    expect(targetOf((await ask(browser, client)).answer)).toMatch(/^\/consent\?/);
    await allowClient(app, browser.person.id, client.id);
    const { verifier, back } = await ask(browser, client);
    expect((await exchange(app, client, back.get('code')!, verifier)).status).toBe(200);
  });

  it.each<[error: string, what: string, metadata: unknown]>([
    ['invalid_redirect_uri', 'no redirect URI', { redirect_uris: undefined }],
    ['invalid_redirect_uri', 'a script', { redirect_uris: ['javascript:alert(1)'] }],
    ['invalid_redirect_uri', 'plain http', { redirect_uris: ['http://app.example/'] }],
    ['invalid_redirect_uri', 'a fragment', { redirect_uris: ['https://app.example/#x'] }],
    ['invalid_redirect_uri', 'a sign-out to nowhere', { post_logout_redirect_uris: ['javascript:x'] }],
    ['invalid_client_metadata', 'an address that is no list', { redirect_uris: REDIRECT }],
    ['invalid_client_metadata', 'a list of numbers', { redirect_uris: [1] }],
    ['invalid_client_metadata', 'the implicit flow', { response_types: ['token'] }],
    ['invalid_client_metadata', 'client credentials', { grant_types: ['client_credentials'] }],
    ['invalid_client_metadata', 'an unknown method', { token_endpoint_auth_method: 'tls_client_auth' }],
    [
      'invalid_client_metadata',
      'keys and an address',
      { jwks: { keys: [] }, jwks_uri: 'https://app.example/' },
    ],
    [
      'invalid_client_metadata',
      'private_key_jwt without keys',
      { token_endpoint_auth_method: 'private_key_jwt' },
    ],
    ['invalid_client_metadata', 'an insecure logo', { logo_uri: 'http://app.example/logo.png' }],
    ['invalid_client_metadata', 'a script for a logo', { logo_uri: 'javascript:x' }],
    ['invalid_client_metadata', 'an insecure logout', { backchannel_logout_uri: 'http://app.example/' }],
    ['invalid_client_metadata', 'a name of 300 letters', { client_name: 'x'.repeat(300) }],
    ['invalid_client_metadata', 'a name that turns around', { client_name: 'a\u202eb' }],
    ['invalid_client_metadata', 'a name that is no text', { client_name: {} }],
    ['invalid_client_metadata', 'a scope with quotes', { scope: 'a"b' }],
    ['invalid_client_metadata', 'another ID token algorithm', { id_token_signed_response_alg: 'none' }],
  ])('is refused as %s for %s', async (error, _what, metadata) => {
    const answer = await register(metadata);
    expectOAuthError(answer, 400, error);
    // With the names of RFC 7591, and not those of our API.
    expect(answer.body.error_description).not.toMatch(/[a-z](?:Uri|Uris|Types)\b/);
  });

  it('is refused for what is no JSON object', async () => {
    for (const body of ['[]', '"x"', 'null', '{', '1']) {
      const answer = await visitor.post('/oauth/register', body);
      expect(answer.status).toBe(400);
      expect(answer.body.error).toMatch(/^invalid_/);
    }
  });

  it('cannot make itself the operator’s own', async () => {
    const { body } = await register({
      kind: 'first-party',
      skipConsent: true,
      serviceAccountId: 'x',
      client_id: 'mine',
    });
    expect(body.client_id).not.toBe('mine');
    const [row] = await app.database.query(
      'SELECT kind, service_account_id FROM oauth_clients WHERE id = :id',
      {
        id: body.client_id,
      },
    );
    expect(row).toEqual({ kind: 'dynamic', service_account_id: null });
  });
});

describe('a registration', () => {
  it('is read, replaced and removed with its own token (RFC 7592)', async () => {
    const { body } = await register({ client_name: 'Before', logo_uri: 'https://app.example/l.png' });
    const own = visitor.with(bearer(body.registration_access_token));
    const path = pathOf(body);
    const read = await own.get(path);
    expect(read.body).toMatchObject({ client_id: body.client_id, client_name: 'Before' });
    expect(read.text).not.toContain(body.client_secret);
    const { status, body: next } = await own.put(path, {
      client_id: body.client_id,
      client_name: 'After',
      redirect_uris: ['https://app.example/new'],
    });
    expect(status).toBe(200);
    expect(next).toMatchObject({ client_name: 'After', redirect_uris: ['https://app.example/new'] });
    // Replaced as a whole.
    expect(next).not.toHaveProperty('logo_uri');
    expect((await own.delete(path)).status).toBe(204);
    expect((await own.get(path)).status).toBe(401);
    const answer = await form(
      app,
      '/oauth/token',
      { grant_type: 'refresh_token' },
      basic(body.client_id, body.client_secret),
    );
    expectOAuthError(answer, 401, 'invalid_client');
  });

  it('is checked again when it is replaced', async () => {
    const { body } = await register();
    const own = visitor.with(bearer(body.registration_access_token));
    const put = (metadata: object) => own.put(pathOf(body), { redirect_uris: [REDIRECT], ...metadata });
    expectOAuthError(await put({ redirect_uris: ['javascript:x'] }), 400, 'invalid_redirect_uri');
    expectOAuthError(await put({ client_id: 'other' }), 400, 'invalid_client_metadata');
    expectOAuthError(await put({ token_endpoint_auth_method: 'none' }), 400, 'invalid_client_metadata');
    expectOAuthError(await put({ grant_types: ['client_credentials'] }), 400, 'invalid_client_metadata');
    expect((await own.get(pathOf(body))).body.redirect_uris).toEqual([REDIRECT]);
  });

  it('takes no other token', async () => {
    const [mine, other] = [(await register()).body, (await register()).body];
    const tokens = [
      other.registration_access_token,
      mine.client_secret,
      'x',
      (await app.as.admin()).tokens.access_token,
    ];
    for (const token of tokens) {
      const own = visitor.with(bearer(token));
      for (const answer of [
        await own.get(pathOf(mine)),
        await own.put(pathOf(mine), { redirect_uris: ['https://evil.example/'] }),
        await own.delete(pathOf(mine)),
      ]) {
        expectOAuthError(answer, 401, 'invalid_token');
      }
    }
    expectOAuthError(await visitor.get(pathOf(mine)), 401, 'invalid_token');
    const none = await visitor.with(bearer('x')).get('/oauth/register/nobody');
    expectOAuthError(none, 401, 'invalid_token');
  });

  it('is closed while an operator has disabled the client', async () => {
    const { body } = await register();
    await (await app.as.admin()).patch(`/v1/oauth/clients/${body.client_id}`, { status: 'disabled' });
    const own = visitor.with(bearer(body.registration_access_token));
    expectOAuthError(await own.get(pathOf(body)), 401, 'invalid_token');
    expectOAuthError(await own.put(pathOf(body), { redirect_uris: [REDIRECT] }), 401, 'invalid_token');
  });

  it('of a client that an operator trusts cannot be changed by itself', async () => {
    const { body } = await register();
    await (await app.as.admin()).patch(`/v1/oauth/clients/${body.client_id}`, { skipConsent: true });
    const own = visitor.with(bearer(body.registration_access_token));
    const answer = await own.put(pathOf(body), { redirect_uris: ['https://evil.example/'] });
    expect(answer.status).toBe(403);
    expect((await own.get(pathOf(body))).body.redirect_uris).toEqual([REDIRECT]);
  });
});

describe('REGISTRATION', () => {
  it('is off by default', async () => {
    const other = await startApp();
    try {
      const answer = await other.as.anonymous().post('/oauth/register', { redirect_uris: [REDIRECT] });
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    } finally {
      await other.close();
    }
  });

  it('token asks for an initial access token, of a session or an API key', async () => {
    const other = await startApp({ env: { REGISTRATION: 'token' } });
    try {
      const ask = (headers: Record<string, string> = {}) =>
        other.as.anonymous().post('/oauth/register', { redirect_uris: [REDIRECT] }, headers);
      const holder = await other.as.holderOf('clients:register', 'account:read', 'account:write');
      const key = await makeKey(other, holder, { scopes: ['clients:register'] });
      const keyWithout = await makeKey(other, holder, { scopes: ['account:read'] });
      expect((await ask(bearer(holder.tokens.access_token))).status).toBe(201);
      expect((await ask(bearer(key.key))).status).toBe(201);
      const without = [
        keyWithout.key,
        (await other.as.member()).tokens.access_token,
        holder.tokens.refresh_token,
        'x',
      ];
      for (const token of without) expectOAuthError(await ask(bearer(token)), 401, 'invalid_token');
      expectOAuthError(await ask(), 401, 'invalid_token');
      await (await other.as.admin()).patch(`/v1/users/${holder.id}`, { status: 'disabled' });
      expectOAuthError(await ask(bearer(holder.tokens.access_token)), 401, 'invalid_token');
      expectOAuthError(await ask(bearer(key.key)), 401, 'invalid_token');
    } finally {
      await other.close();
    }
  });
});

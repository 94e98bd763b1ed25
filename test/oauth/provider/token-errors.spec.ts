import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import {
  Browser,
  claimsOf,
  codeFor,
  exchange,
  expectOAuthError,
  firstParty,
  form,
  pkce,
  refresh,
  signInTo,
  tokenRequest,
  type TestClient,
} from '../../support/oauth.js';

let app: TestApp;
let client: TestClient;
let other: TestClient;
let browser: Browser;

beforeAll(async () => {
  app = await startApp();
  client = await firstParty(app, { redirectUris: ['https://app.example/callback', 'https://app.example/2'] });
  other = await firstParty(app);
  browser = await Browser.of(app, await app.as.member());
});
afterAll(() => app.close());

describe('the token endpoint', () => {
  it.each<[status: number, error: string, what: string, fields: Record<string, string>]>([
    [400, 'invalid_request', 'no grant type', {}],
    [
      400,
      'unsupported_grant_type',
      'the password grant',
      { grant_type: 'password', username: 'a', password: 'b' },
    ],
    [400, 'unsupported_grant_type', 'a name of Object.prototype', { grant_type: '__proto__' }],
    [400, 'unauthorized_client', 'a grant it lacks', { grant_type: 'client_credentials' }],
    [400, 'invalid_request', 'no code', { grant_type: 'authorization_code' }],
    [
      400,
      'invalid_grant',
      'an unknown code',
      { grant_type: 'authorization_code', code: 'x', code_verifier: 'y' },
    ],
    [400, 'invalid_request', 'no refresh token', { grant_type: 'refresh_token' }],
    [400, 'invalid_grant', 'an unknown refresh token', { grant_type: 'refresh_token', refresh_token: 'x' }],
    [
      400,
      'invalid_grant',
      '10 KB of a refresh token',
      { grant_type: 'refresh_token', refresh_token: 'x'.repeat(10_000) },
    ],
    [
      400,
      'invalid_request',
      'a letter that no text holds',
      { grant_type: 'authorization_code', code: 'a\0b' },
    ],
  ])('answers %i %s for %s', async (status, error, _what, fields) => {
    expectOAuthError(await tokenRequest(app, client, fields), status, error);
  });

  it('refuses a parameter that is repeated', async () => {
    const fields: [string, string][] = [
      ['grant_type', 'refresh_token'],
      ['grant_type', 'authorization_code'],
    ];
    expectOAuthError(await tokenRequest(app, client, fields), 400, 'invalid_request');
  });

  it.each<[what: string, status: number, type: string, body: string]>([
    ['JSON', 415, 'application/json', '{"grant_type":"refresh_token"}'],
    ['a text', 415, 'text/plain', 'grant_type=refresh_token'],
    ['100 KB', 413, 'application/x-www-form-urlencoded', `grant_type=${'x'.repeat(100_000)}`],
    ['broken escapes', 400, 'application/x-www-form-urlencoded', 'grant_type=%zz'],
  ])('speaks OAuth when it is sent %s', async (_what, status, type, body) => {
    const answer = await app.as
      .anonymous()
      .send('POST', '/oauth/token', body, { ...client.headers, 'content-type': type });
    expect(answer.body).toMatchObject({ error: expect.stringMatching(/^invalid_/) });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect([answer.status, 400]).toContain(status);
  });

  it.each(['/oauth/token', '/oauth/par', '/oauth/revoke', '/oauth/introspect', '/oauth/device'])(
    'and %s speak OAuth to who uses another method, or does not authenticate',
    async (path) => {
      const by = await app.as.anonymous().get(path, { accept: 'application/json' });
      expect(by.status).toBe(405);
      expect(by.headers.get('allow')).toBe('POST');
      expect(by.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(by.body.error).toBe('invalid_request');
      const answer = await form(app, path, { token: 'x' });
      expectOAuthError(answer, 401, 'invalid_client');
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
    },
  );

  it('speaks OAuth to browsers too', async () => {
    expectOAuthError(await form(app, '/oauth/token', {}, { accept: 'text/html' }), 401, 'invalid_client');
  });

  it('counts no credentials in the query', async () => {
    const query = new URLSearchParams({ client_id: client.clientId, client_secret: client.clientSecret });
    const answer = await form(app, `/oauth/token?${query.toString()}`, { grant_type: 'refresh_token' });
    expectOAuthError(answer, 401, 'invalid_client');
  });
});

describe('a code', () => {
  it.each<[what: string, change: Record<string, string>]>([
    ['another verifier', { code_verifier: pkce().verifier }],
    ['no verifier', { code_verifier: '' }],
    ['a short verifier', { code_verifier: 'abc' }],
    ['a verifier with other letters', { code_verifier: 'ö'.repeat(43) }],
    ['another registered address', { redirect_uri: 'https://app.example/2' }],
    ['an address with a slash more', { redirect_uri: 'https://app.example/callback/' }],
    ['a resource that was not granted', { resource: 'https://unknown.example' }],
  ])('is refused with %s, and works afterwards', async (_what, change) => {
    const { code, verifier } = await codeFor(browser, client);
    const refused = await exchange(app, client, code, verifier, change);
    expectOAuthError(refused, 400, 'resource' in change ? 'invalid_target' : 'invalid_grant');
    expect((await exchange(app, client, code, verifier)).status).toBe(200);
  });

  it('needs no redirect_uri, for PKCE does the same', async () => {
    const { code, verifier } = await codeFor(browser, client);
    expect((await exchange(app, client, code, verifier, { redirect_uri: '' })).status).toBe(200);
  });

  it('is nothing to another client, which harms neither it nor what it gave', async () => {
    const { code, verifier } = await codeFor(browser, client);
    expectOAuthError(await exchange(app, other, code, verifier), 400, 'invalid_grant');
    const { body } = await exchange(app, client, code, verifier);
    expectOAuthError(await exchange(app, other, code, verifier), 400, 'invalid_grant');
    expect((await refresh(app, client, body.refresh_token)).status).toBe(200);
  });

  it('that comes again without its verifier harms nothing: whoever saw the redirect alone could end sessions', async () => {
    const { code, verifier } = await codeFor(browser, client);
    const { body } = await exchange(app, client, code, verifier);
    expectOAuthError(await exchange(app, client, code, pkce().verifier), 400, 'invalid_grant');
    expect((await refresh(app, client, body.refresh_token)).status).toBe(200);
  });

  it('is kept as a hash only', async () => {
    const { code } = await codeFor(browser, client);
    const stored = JSON.stringify(await app.database.query('SELECT * FROM oauth_codes'));
    expect(stored).not.toContain(code);
    expect(app.log.join('')).not.toContain(code);
  });

  it('dies with the sign-in that it came from', async () => {
    const person = await Browser.of(app, await app.as.member());
    const { code, verifier } = await codeFor(person, client);
    await person.person.delete('/v1/me/sessions');
    expectOAuthError(await exchange(app, client, code, verifier), 400, 'invalid_grant');
  });

  it('dies with its user', async () => {
    const person = await Browser.of(app, await app.as.member());
    const { code, verifier } = await codeFor(person, client);
    const admin = await app.as.admin();
    await admin.patch(`/v1/users/${person.person.id}`, { status: 'disabled' });
    await admin.patch(`/v1/users/${person.person.id}`, { status: 'active' });
    expectOAuthError(await exchange(app, client, code, verifier), 400, 'invalid_grant');
  });
});

describe('a refresh token', () => {
  it('is nothing to another client, and nothing rotates', async () => {
    const { refresh_token } = await signInTo(app, client, browser);
    expectOAuthError(await refresh(app, other, refresh_token), 400, 'invalid_grant');
    const { body } = await refresh(app, client, refresh_token);
    // The first rotation, then.
    expect(await generationOf(claimsOf(body.access_token).sid)).toBe(1);
  });

  it('may ask for less, for this answer alone, and never for more', async () => {
    const { refresh_token } = await signInTo(app, client, browser, { scope: 'openid email account:read' });
    expectOAuthError(
      await refresh(app, client, refresh_token, { scope: 'openid account:write' }),
      400,
      'invalid_scope',
    );
    expectOAuthError(
      await refresh(app, client, refresh_token, { resource: 'https://unknown.example' }),
      400,
      'invalid_target',
    );
    const less = await refresh(app, client, refresh_token, { scope: 'openid' });
    expect(less.body.scope).toBe('openid');
    expect(await generationOf(claimsOf(less.body.access_token).sid)).toBe(1);
    const all = await refresh(app, client, less.body.refresh_token);
    expect(all.body.scope).toBe('openid email account:read');
  });

  it('of a client without the grant is not given out', async () => {
    const short = await firstParty(app, { grantTypes: ['authorization_code'] });
    expect((await signInTo(app, short, browser)).refresh_token).toBeUndefined();
  });

  it('gives no new rights when its user gains some, and fewer when they lose some', async () => {
    const person = await Browser.of(app, await app.as.holderOf('users:read', 'account:read'));
    const tokens = await signInTo(app, client, person, { scope: 'openid users:read account:read' });
    expect(tokens.scope).toBe('openid users:read account:read');
    await (await app.as.admin()).put(`/v1/users/${person.person.id}/roles`, { roles: ['user'] });
    const { body } = await refresh(app, client, tokens.refresh_token);
    expect(body.scope).toBe('openid account:read');
  });
});

async function generationOf(id: string): Promise<number> {
  const [row] = await app.database.query<{ generation: number }>(
    'SELECT generation FROM sessions WHERE id = :id',
    { id },
  );
  return row!.generation;
}

describe('CORS', () => {
  const origin = { origin: 'https://spa.example' };

  it.each(['/oauth/token', '/oauth/userinfo', '/.well-known/openid-configuration', '/.well-known/jwks.json'])(
    'lets any page call %s, without its cookies',
    async (path) => {
      const asked = await app.as.anonymous().send('OPTIONS', path, undefined, {
        ...origin,
        'access-control-request-method': path === '/oauth/token' ? 'POST' : 'GET',
        'access-control-request-headers': 'authorization, content-type, dpop',
      });
      expect(asked.status).toBe(204);
      expect(asked.headers.get('access-control-allow-origin')).toBe('*');
      expect(asked.headers.get('access-control-allow-headers')).toMatch(/authorization.*content-type.*dpop/);
      const answer = await app.as.anonymous().get(path, origin);
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
      expect(answer.headers.get('access-control-expose-headers')).toMatch(/dpop-nonce.*www-authenticate/);
    },
  );

  it.each(['/oauth/authorize', '/oauth/logout', '/oauth/introspect', '/v1/me'])(
    'lets no page read %s',
    async (path) => {
      const answer = await app.as.anonymous().get(path, origin);
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    },
  );
});

import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';
import { createHash, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { clock, MINUTE } from '../../support/clock.js';
import {
  ask,
  bearer,
  Browser,
  claimsOf,
  codeFor,
  exchange,
  expectOAuthError,
  firstParty,
  form,
  refresh,
  type TestClient,
} from '../../support/oauth.js';

const OWN = 'http://localhost:3000';
const TOKEN = `${OWN}/oauth/token`;
let app: TestApp;
let browser: Browser;
let spa: TestClient;
let web: TestClient;
let key: Key;

beforeAll(async () => {
  app = await startApp();
  spa = await firstParty(app, { applicationType: 'native', dpop: true });
  web = await firstParty(app, { dpop: true });
  browser = await Browser.of(app, await app.as.member());
  key = await Key.make();
});
afterEach(() => clock.release());
afterAll(() => app.close());

/** The key of a client, which proves it with requests (RFC 9449 §4). */
class Key {
  nonce: string | undefined;

  private constructor(
    readonly privateKey: CryptoKey,
    readonly jwk: JWK,
  ) {}

  static async make(): Promise<Key> {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    return new Key(privateKey, await exportJWK(publicKey));
  }

  get thumbprint(): string {
    const { crv, kty, x, y } = this.jwk;
    return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
  }

  /** A proof for a request; what is `undefined` is left out. */
  proof(claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): Promise<string> {
    const payload = {
      htm: 'POST',
      htu: TOKEN,
      jti: randomUUID(),
      iat: Math.floor(Date.now() / 1000),
      nonce: this.nonce,
      ...claims,
    };
    return new SignJWT(JSON.parse(JSON.stringify(payload)) as never)
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: this.jwk, ...header } as never)
      .sign(this.privateKey, { crit: { x: true } });
  }

  /** A proof for the use of an access token. */
  proofFor(token: string, claims: Record<string, unknown> = {}): Promise<string> {
    const ath = createHash('sha256').update(token).digest('base64url');
    return this.proof({ htm: 'GET', htu: `${OWN}/v1/me`, ath, ...claims });
  }
}

/** Learns the nonce, as clients do: by a first request that is refused. */
async function learnNonce(of: Key): Promise<void> {
  const answer = await form(
    app,
    '/oauth/token',
    { grant_type: 'refresh_token', refresh_token: 'x' },
    {
      ...web.headers,
      dpop: await of.proof({ nonce: undefined }),
    },
  );
  expectOAuthError(answer, 400, 'use_dpop_nonce');
  of.nonce = answer.headers.get('dpop-nonce')!;
}

/** Signs in and exchanges the code with a proof. */
async function signIn(client: TestClient, by: Key = key): Promise<any> {
  const { code, verifier } = await codeFor(browser, client, { scope: 'openid account:read' });
  await learnNonce(by);
  const { status, body, text } = await exchange(app, client, code, verifier, {}, { dpop: await by.proof() });
  if (status !== 200) throw new Error(text);
  return body;
}

const renew = async (client: TestClient, token: string, by?: Key) =>
  refresh(app, by ? { ...client, headers: { ...client.headers, dpop: await by.proof() } } : client, token);

const me = (token: string, dpop: string, scheme = 'DPoP') =>
  app.as.anonymous().get('/v1/me', { authorization: `${scheme} ${token}`, dpop });

describe('a proof at the token endpoint', () => {
  it('binds the tokens to its key', async () => {
    const tokens = await signIn(spa);
    expect(tokens.token_type).toBe('DPoP');
    expect(claimsOf(tokens.access_token).cnf).toEqual({ jkt: key.thumbprint });
    const answer = await me(tokens.access_token, await key.proofFor(tokens.access_token));
    expect(answer.body.email).toBe(browser.person.email);
  });

  it('must be there for a client that is registered so', async () => {
    const { code, verifier } = await codeFor(browser, spa);
    expectOAuthError(await exchange(app, spa, code, verifier), 400, 'invalid_dpop_proof');
  });

  it.each<[what: string, claims: Record<string, unknown>, header: Record<string, unknown>]>([
    ['another method', { htm: 'GET' }, {}],
    ['another URL', { htu: `${OWN}/oauth/par` }, {}],
    ['another host', { htu: 'https://evil.example/oauth/token' }, {}],
    ['the path alone', { htu: '/oauth/token' }, {}],
    ['no jti', { jti: undefined }, {}],
    ['an empty jti', { jti: '' }, {}],
    ['a jti of 300 letters', { jti: 'x'.repeat(300) }, {}],
    ['a jti that is a number', { jti: 1 }, {}],
    ['no iat', { iat: undefined }, {}],
    ['an iat an hour ago', { iat: Math.floor(Date.now() / 1000) - 3_600 }, {}],
    ['an iat in an hour', { iat: Math.floor(Date.now() / 1000) + 3_600 }, {}],
    ['another type', {}, { typ: 'JWT' }],
    ['no type', {}, { typ: undefined }],
    ['no key', {}, { jwk: undefined }],
    ['an extension', {}, { crit: ['x'], x: 1 }],
  ])('is refused with %s, and the code works afterwards', async (_what, claims, header) => {
    await learnNonce(key);
    const { code, verifier } = await codeFor(browser, spa);
    const dpop = await key.proof(claims, header);
    expectOAuthError(await exchange(app, spa, code, verifier, {}, { dpop }), 400, 'invalid_dpop_proof');
    const good = await exchange(app, spa, code, verifier, {}, { dpop: await key.proof() });
    expect(good.status).toBe(200);
  });

  it.each<[what: string, make: () => Promise<string>]>([
    ['that is no JWT', async () => 'x'],
    [
      'without a signature',
      async () => {
        const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'dpop+jwt', jwk: key.jwk })).toString(
          'base64url',
        );
        return `${header}.${(await key.proof()).split('.')[1]}.`;
      },
    ],
    ['with a private key in its header', async () => key.proof({}, { jwk: await exportJWK(key.privateKey) })],
    ['that another key has signed', async () => key.proof({}, { jwk: (await Key.make()).jwk })],
    [
      'of a shared secret',
      async () =>
        new SignJWT({ htm: 'POST', htu: TOKEN, jti: 'a', nonce: key.nonce! })
          .setIssuedAt()
          .setProtectedHeader({ alg: 'HS256', typ: 'dpop+jwt', jwk: { kty: 'oct', k: 'c2VjcmV0' } as never })
          .sign(Buffer.from('secret')),
    ],
    ['that stands there twice', async () => `${await key.proof()}, ${await key.proof()}`],
  ])('is refused %s', async (_what, make) => {
    await learnNonce(key);
    const { code, verifier } = await codeFor(browser, spa);
    const answer = await exchange(app, spa, code, verifier, {}, { dpop: await make() });
    expectOAuthError(answer, 400, 'invalid_dpop_proof');
  });

  it('works once', async () => {
    const { refresh_token } = await signIn(spa);
    const dpop = await key.proof();
    const client = { ...spa, headers: { dpop } };
    expect((await refresh(app, client, refresh_token)).status).toBe(200);
    expectOAuthError(await refresh(app, client, refresh_token), 400, 'invalid_dpop_proof');
  });

  it('works with the nonce of four minutes, and then with another', async () => {
    const { refresh_token } = await signIn(spa);
    clock.stop();
    clock.forward(5 * MINUTE);
    const answer = await renew(spa, refresh_token, key);
    expectOAuthError(answer, 400, 'use_dpop_nonce');
    key.nonce = answer.headers.get('dpop-nonce')!;
    expect((await renew(spa, refresh_token, key)).status).toBe(200);
  });
});

describe('a refresh token that is bound to a key', () => {
  it('of a public client works with that key alone, and nothing rotates without', async () => {
    const { refresh_token } = await signIn(spa);
    const other = await Key.make();
    await learnNonce(other);
    expectOAuthError(await renew(spa, refresh_token), 400, 'invalid_dpop_proof');
    expectOAuthError(await renew(spa, refresh_token, other), 400, 'invalid_grant');
    const answer = await renew(spa, refresh_token, key);
    expect(answer.body.token_type).toBe('DPoP');
    expect(claimsOf(answer.body.access_token).cnf).toEqual({ jkt: key.thumbprint });
  });

  it('of a confidential client works with another key, which the client may rotate (RFC 9449 §5)', async () => {
    const { refresh_token } = await signIn(web);
    const other = await Key.make();
    await learnNonce(other);
    const { body } = await renew(web, refresh_token, other);
    expect(claimsOf(body.access_token).cnf).toEqual({ jkt: other.thumbprint });
  });

  it('is never one for bearer tokens, whatever becomes of the client', async () => {
    const loose = await firstParty(app);
    const { refresh_token } = await signIn(loose);
    expectOAuthError(await renew(loose, refresh_token), 400, 'invalid_grant');
    expect((await renew(loose, refresh_token, key)).body.token_type).toBe('DPoP');
  });
});

describe('a code that is bound to a key', () => {
  it('works with the proof of that key alone', async () => {
    const { verifier, back } = await ask(browser, spa, { dpop_jkt: key.thumbprint });
    const code = back.get('code')!;
    const other = await Key.make();
    await learnNonce(other);
    const refused = await exchange(app, spa, code, verifier, {}, { dpop: await other.proof() });
    expectOAuthError(refused, 400, 'invalid_grant');
    await learnNonce(key);
    expect((await exchange(app, spa, code, verifier, {}, { dpop: await key.proof() })).status).toBe(200);
  });
});

describe('an access token that is bound to a key', () => {
  it('is refused as a bearer token', async () => {
    const { access_token } = await signIn(spa);
    for (const path of ['/v1/me', '/oauth/userinfo']) {
      const answer = await app.as.anonymous().get(path, bearer(access_token));
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    }
    const answer = await me(access_token, await key.proofFor(access_token), 'Bearer');
    expect(answer.status).toBe(401);
  });

  it.each<[what: string, claims: Record<string, unknown>]>([
    ['of another token', { ath: createHash('sha256').update('other').digest('base64url') }],
    ['of no token', { ath: undefined }],
    ['for another method', { htm: 'POST' }],
    ['for another route', { htu: `${OWN}/v1/users` }],
    ['for another host', { htu: 'https://evil.example/v1/me' }],
  ])('is refused with a proof %s', async (_what, claims) => {
    const { access_token } = await signIn(spa);
    const answer = await me(access_token, await key.proofFor(access_token, claims));
    expect([answer.status, answer.body.code]).toEqual([401, 'invalid_token']);
    expect(answer.headers.get('www-authenticate')).toMatch(/^DPoP error="invalid_token"/);
  });

  it('is refused with a proof that was used, and with that of another key', async () => {
    const { access_token } = await signIn(spa);
    const dpop = await key.proofFor(access_token);
    expect((await me(access_token, dpop)).status).toBe(200);
    expect((await me(access_token, dpop)).status).toBe(401);
    const other = await Key.make();
    await learnNonce(other);
    expect((await me(access_token, await other.proofFor(access_token))).status).toBe(401);
  });

  it('asks for a nonce by a challenge (RFC 9449 §9)', async () => {
    const { access_token } = await signIn(spa);
    const answer = await me(access_token, await key.proofFor(access_token, { nonce: undefined }));
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^DPoP error="use_dpop_nonce"/);
    expect(answer.headers.get('dpop-nonce')).toBe(key.nonce);
  });

  it('is a bearer token’s proof of nothing', async () => {
    const { access_token } = browser.person.tokens;
    const answer = await me(access_token, await key.proofFor(access_token));
    expect(answer.status).toBe(401);
  });

  it('is told apart by introspection', async () => {
    const { access_token } = await signIn(web);
    const { body } = await form(app, '/oauth/introspect', { token: access_token }, web.headers);
    expect(body).toMatchObject({ active: true, token_type: 'DPoP', cnf: { jkt: key.thumbprint } });
  });
});

import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { Client, type Answer } from '../../support/client.js';
import { clock, SECOND } from '../../support/clock.js';
import {
  ask,
  backOf,
  Browser,
  claimsOf,
  exchange,
  expectOAuthError,
  firstParty,
  form,
  headerOf,
  makeClient,
  pkce,
  REDIRECT,
  targetOf,
  type TestClient,
} from '../../support/oauth.js';

const OWN = 'http://localhost:3000';
let app: TestApp;
let client: TestClient;
let browser: Browser;

beforeAll(async () => {
  app = await startApp();
  client = await firstParty(app, { par: true });
  browser = await Browser.of(app, await app.as.member());
});
afterEach(() => clock.release());
afterAll(() => app.close());

const { verifier, challenge } = pkce();

function push(
  by: TestClient = client,
  parameters: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  const all = {
    redirect_uri: REDIRECT,
    response_type: 'code',
    scope: 'openid',
    state: 'pushed-state',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...parameters,
  };
  return form(app, '/oauth/par', all, { ...by.headers, ...headers });
}

const show = (request_uri: string, by: TestClient = client, viewer: Client = browser) =>
  viewer.get(`/oauth/authorize?${new URLSearchParams({ client_id: by.clientId, request_uri }).toString()}`);

describe('a pushed request', () => {
  it('is answered by an address that leads to a code', async () => {
    const { status, body, headers } = await push();
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      request_uri: expect.stringMatching(/^urn:ietf:params:oauth:request_uri:[\w-]{43}$/),
      expires_in: 90,
    });
    const back = backOf(await show(body.request_uri));
    expect(back.get('state')).toBe('pushed-state');
    expect((await exchange(app, client, back.get('code')!, verifier)).status).toBe(200);
  });

  it('works once, of eight at the same time too', async () => {
    const { body } = await push();
    const answers = await Promise.all(Array.from({ length: 8 }, () => show(body.request_uri)));
    expect(answers.filter((answer) => backOf(answer).has('code'))).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(7);
  });

  it('works for 90 seconds', async () => {
    const { body } = await push();
    clock.stop();
    clock.forward(91 * SECOND);
    const answer = await show(body.request_uri);
    expect([answer.status, targetOf(answer)]).toEqual([400, null]);
  });

  it('is nothing to another client, which does not use it up', async () => {
    const { body } = await push();
    const other = await firstParty(app);
    expect((await show(body.request_uri, other)).status).toBe(400);
    expect(backOf(await show(body.request_uri)).has('code')).toBe(true);
  });

  it('is used up by the first who is sent to sign in, whose sign-in goes on with it', async () => {
    const { body } = await push();
    const visitor = new Client(app.url, { accept: 'text/html' });
    const page = await show(body.request_uri, client, visitor);
    const next = new URL(targetOf(page)!, app.url).searchParams.get('continue')!;
    expect((await show(body.request_uri)).status).toBe(400);
    expect(backOf(await browser.get(next)).get('state')).toBe('pushed-state');
  });

  it('cannot be changed by what stands beside it', async () => {
    const { body } = await push();
    const query = new URLSearchParams({
      client_id: client.clientId,
      request_uri: body.request_uri,
      redirect_uri: 'https://evil.example/',
      state: 'other',
      scope: 'account:write',
    });
    const back = backOf(await browser.get(`/oauth/authorize?${query.toString()}`));
    expect(back.get('state')).toBe('pushed-state');
  });

  it('leads nowhere once its redirect URI was taken away', async () => {
    const own = await firstParty(app, { redirectUris: [REDIRECT, 'https://app.example/new'] });
    const { body } = await push(own);
    await (
      await app.as.admin()
    ).patch(`/v1/oauth/clients/${own.id}`, { redirectUris: ['https://app.example/new'] });
    expect((await show(body.request_uri, own)).status).toBe(400);
  });

  it.each<[error: string, what: string, parameters: Record<string, string>]>([
    ['invalid_request', 'an unregistered address', { redirect_uri: 'https://evil.example/' }],
    ['invalid_request', 'a request_uri', { request_uri: 'urn:x' }],
    ['invalid_request', 'no challenge', { code_challenge: '' }],
    ['invalid_scope', 'an unknown scope', { scope: 'nothing:ever' }],
    ['invalid_target', 'an unknown resource', { resource: 'https://unknown.example' }],
    ['unsupported_response_type', 'another response type', { response_type: 'token' }],
    ['request_not_supported', 'a request object', { request: 'e30.e30.' }],
    ['invalid_request', 'another client', { client_id: 'other' }],
  ])('is refused as %s for %s, to the client itself', async (error, _what, parameters) => {
    expectOAuthError(await push(client, parameters), 400, error);
  });

  it('is the only way for a client that is registered so', async () => {
    expect((await ask(browser, client)).back.get('error')).toBe('invalid_request');
  });

  it.each(['urn:ietf:params:oauth:request_uri:x', 'https://evil.example/request.jwt', 'x'])(
    'is not fetched from elsewhere: %s',
    async (request_uri) => {
      const answer = await show(request_uri);
      expect([answer.status, targetOf(answer)]).toEqual([400, null]);
    },
  );
});

describe('the profile fapi2', () => {
  const fields = { profile: 'fapi2', authMethod: 'private_key_jwt', idTokenAlg: undefined };
  const jwks = { keys: [{ kty: 'EC', crv: 'P-256', x: 'a'.repeat(43), y: 'b'.repeat(43) }] };

  it.each<[what: string, settings: object]>([
    ['a secret', { authMethod: 'client_secret_basic', jwks: null }],
    ['no secret at all', { authMethod: 'none', jwks: null }],
    ['requests that are not pushed', { par: false }],
    ['tokens without a key', { dpop: false }],
    ['RS256', { idTokenAlg: 'RS256' }],
    ['assertions for the token endpoint', { assertionAudience: 'token_endpoint' }],
    ['a redirect without TLS', { redirectUris: ['http://127.0.0.1/callback'] }],
  ])('refuses %s', async (_what, settings) => {
    const body = { name: 'Bank', redirectUris: [REDIRECT], ...fields, jwks, ...settings };
    const answer = await (await app.as.admin()).post('/v1/oauth/clients', body);
    expect([answer.status, answer.body.code]).toEqual([400, 'validation_failed']);
  });

  it('signs in by a pushed request, a signed assertion and a key', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(publicKey);
    const bank = await makeClient(app, { ...fields, kind: 'first-party', jwks: { keys: [jwk] } });
    const now = () => Math.floor(Date.now() / 1000);
    const authenticated = async (more: Record<string, string>) => ({
      ...more,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await new SignJWT({
        iss: bank.clientId,
        sub: bank.clientId,
        aud: OWN,
        jti: randomUUID(),
      })
        .setProtectedHeader({ alg: 'ES256' })
        .setExpirationTime(now() + 60)
        .sign(privateKey),
    });
    let nonce: string | undefined;
    const proof = (htu: string) =>
      new SignJWT({ htm: 'POST', htu, jti: randomUUID(), ...(nonce && { nonce }) })
        .setIssuedAt()
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
        .sign(privateKey);

    expect((await ask(browser, bank)).back.get('error')).toBe('invalid_request');
    const wanting = await push(bank, await authenticated({}), { dpop: await proof(`${OWN}/oauth/par`) });
    expectOAuthError(wanting, 400, 'use_dpop_nonce');
    nonce = wanting.headers.get('dpop-nonce')!;
    const pushed = await push(bank, await authenticated({}), { dpop: await proof(`${OWN}/oauth/par`) });
    expect(pushed.status, pushed.text).toBe(201);
    const back = backOf(await show(pushed.body.request_uri, bank));
    expect(back.get('iss')).toBe(OWN);

    const fieldsOf = async () =>
      authenticated({
        grant_type: 'authorization_code',
        code: back.get('code')!,
        code_verifier: verifier,
        redirect_uri: REDIRECT,
      });
    expectOAuthError(await form(app, '/oauth/token', await fieldsOf()), 400, 'invalid_dpop_proof');
    const { body } = await form(app, '/oauth/token', await fieldsOf(), {
      dpop: await proof(`${OWN}/oauth/token`),
    });
    expect(body.token_type).toBe('DPoP');
    expect(headerOf(body.id_token).alg).toBe('ES256');
    expect(claimsOf(body.access_token).cnf.jkt).toMatch(/^[\w-]{43}$/);
  });
});

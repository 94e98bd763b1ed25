import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type JWK } from 'jose';
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { Answer } from '../../support/client.js';
import { clock, MINUTE } from '../../support/clock.js';
import { expectOAuthError, form, makeClient, type TestClient } from '../../support/oauth.js';

const OWN = 'http://localhost:3000';
const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

let app: TestApp;
let client: TestClient;
let keys: { privateKey: CryptoKey; publicKey: CryptoKey; jwk: JWK };
/** Where another client's keys are. */
let host: Server;
let published: JWK[] = [];
let asked = 0;
let url: string;

beforeAll(async () => {
  app = await startApp({ env: { OUTBOUND_ALLOW: '127.0.0.1' } });
  keys = await newKeys('one');
  client = await service({ jwks: { keys: [keys.jwk] } });
  host = createServer((_request, response) => {
    asked++;
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: published }));
  }).listen(0, '127.0.0.1');
  await once(host, 'listening');
  url = `http://127.0.0.1:${(host.address() as AddressInfo).port}/jwks.json`;
});
afterEach(() => clock.release());
afterAll(async () => {
  host.close();
  await app.close();
});

async function newKeys(kid: string, alg = 'ES256') {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid } };
}

const service = (settings: object) =>
  makeClient(app, {
    authMethod: 'private_key_jwt',
    grantTypes: ['client_credentials'],
    redirectUris: [],
    ...settings,
  });

const now = () => Math.floor(Date.now() / 1000);

/** What a client signs; what is `undefined` is left out. */
function assertionOf(
  { clientId }: TestClient,
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  key: CryptoKey | Uint8Array = keys.privateKey,
): Promise<string> {
  const payload = {
    iss: clientId,
    sub: clientId,
    aud: OWN,
    jti: randomUUID(),
    exp: now() + 60,
    iat: now(),
    ...claims,
  };
  return new SignJWT(JSON.parse(JSON.stringify(payload)) as never)
    .setProtectedHeader({ alg: 'ES256', kid: 'one', ...header } as never)
    .sign(key, { crit: { x: true } });
}

const send = (assertion: string, more: Record<string, string> = {}): Promise<Answer> =>
  form(app, '/oauth/token', {
    grant_type: 'client_credentials',
    client_assertion_type: TYPE,
    client_assertion: assertion,
    ...more,
  });

describe('private_key_jwt', () => {
  it('takes what the client’s key has signed, once', async () => {
    const assertion = await assertionOf(client);
    expect((await send(assertion)).status).toBe(200);
    expectOAuthError(await send(assertion), 401, 'invalid_client');
    expect((await send(await assertionOf(client), { client_id: client.clientId })).status).toBe(200);
  });

  it('takes one of ten at once', async () => {
    const assertion = await assertionOf(client);
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(assertion)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('takes no id twice, from a clock ahead or behind either', async () => {
    const jti = randomUUID();
    expect((await send(await assertionOf(client, { jti, exp: now() - 30 }))).status).toBe(200);
    expectOAuthError(await send(await assertionOf(client, { jti })), 401, 'invalid_client');
  });

  it.each<[what: string, claims: Record<string, unknown>, header?: Record<string, unknown>]>([
    ['for another server', { aud: 'https://other.example' }],
    ['for several servers', { aud: [OWN, 'https://other.example'] }],
    ['for a list of this one', { aud: [OWN] }],
    ['for the token endpoint', { aud: `${OWN}/oauth/token` }],
    ['for this server with a slash', { aud: `${OWN}/` }],
    ['for nobody', { aud: undefined }],
    ['without an id', { jti: undefined }],
    ['with an id that is a number', { jti: 7 }],
    ['with an empty id', { jti: '' }],
    ['that has expired', { exp: now() - 120 }],
    ['that never expires', { exp: undefined }],
    ['that expires in two hours', { exp: now() + 7_200 }],
    ['that is not valid yet', { nbf: now() + 600 }],
    ['of another issuer', { iss: 'https://other.example' }],
    ['without an issuer', { iss: undefined }],
    ['with an extension', {}, { crit: ['x'], x: 1 }],
    ['by a key that it does not have', {}, { kid: 'two' }],
  ])('refuses an assertion %s', async (_what, claims, header = {}) => {
    expectOAuthError(await send(await assertionOf(client, claims, header)), 401, 'invalid_client');
  });

  it.each<[what: string, sub: unknown]>([
    ['of another subject', 'nobody'],
    ['of nobody', undefined],
    ['of a number', 7],
    ['of an object', {}],
    ['of a list', ['a', 'b']],
    ['of letters that no text holds', 'a\0b\ud800'],
  ])('refuses an assertion %s', async (_what, sub) => {
    expectOAuthError(await send(await assertionOf(client, { sub })), 401, 'invalid_client');
  });

  it('refuses the signature of another key, whatever the header offers', async () => {
    const other = await newKeys('one');
    const { jwk } = other;
    for (const header of [{}, { jwk }, { jku: url }, { x5u: url }, { x5c: ['MIIB'] }]) {
      published = [jwk];
      const assertion = await assertionOf(client, {}, header, other.privateKey);
      expectOAuthError(await send(assertion), 401, 'invalid_client');
    }
    expect(asked).toBe(0);
  });

  it('refuses no signature, and the public key as a shared secret', async () => {
    const [, claims] = (await assertionOf(client)).split('.');
    for (const alg of ['none', 'None', 'NONE', '']) {
      const header = Buffer.from(JSON.stringify({ alg, kid: 'one' })).toString('base64url');
      expectOAuthError(await send(`${header}.${claims}.`), 401, 'invalid_client');
    }
    for (const secret of [await exportSPKI(keys.publicKey), JSON.stringify(keys.jwk)]) {
      const assertion = await assertionOf(client, {}, { alg: 'HS256' }, Buffer.from(secret));
      expectOAuthError(await send(assertion), 401, 'invalid_client');
    }
  });

  it.each(['', 'x', 'e30.e30.', 'a.b.c', '.'.repeat(1_000), 'x'.repeat(20_000)])(
    'refuses what is no JWT: %.20s',
    async (assertion) => {
      const answer = await send(assertion);
      expect(answer.body.error).toMatch(/^invalid_(client|request)$/);
    },
  );

  it('refuses another type of assertion', async () => {
    const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer';
    const assertion = await assertionOf(client);
    expectOAuthError(await send(assertion, { client_assertion_type }), 400, 'invalid_request');
    expectOAuthError(await send(assertion, { client_assertion_type: '' }), 400, 'invalid_request');
    // Nothing was used up.
    expect((await send(assertion)).status).toBe(200);
  });

  it('refuses one of another client by its id', async () => {
    const other = await service({ jwks: { keys: [(await newKeys('x')).jwk] } });
    const answer = await send(await assertionOf(client), { client_id: other.clientId });
    expectOAuthError(answer, 400, 'invalid_request');
  });

  it('is refused for a client that authenticates otherwise, and a secret for one of these', async () => {
    const other = await makeClient(app, { grantTypes: ['client_credentials'], redirectUris: [] });
    expectOAuthError(await send(await assertionOf(other)), 401, 'invalid_client');
    const answer = await form(app, '/oauth/token', {
      grant_type: 'client_credentials',
      client_id: client.clientId,
      client_secret: 'x',
    });
    expectOAuthError(answer, 401, 'invalid_client');
  });

  it('takes the URL of the token endpoint where the client says so', async () => {
    const older = await service({ jwks: { keys: [keys.jwk] }, assertionAudience: 'token_endpoint' });
    expect((await send(await assertionOf(older, { aud: `${OWN}/oauth/token` }))).status).toBe(200);
    expect((await send(await assertionOf(older))).status).toBe(200);
    expectOAuthError(
      await send(await assertionOf(older, { aud: `${OWN}/oauth/par` })),
      401,
      'invalid_client',
    );
  });

  it('finds the key among several, without a kid too', async () => {
    const both = await service({ jwks: { keys: [(await newKeys('x')).jwk, keys.jwk] } });
    expect((await send(await assertionOf(both))).status).toBe(200);
    expect((await send(await assertionOf(both, {}, { kid: undefined }))).status).toBe(200);
  });
});

describe('the keys at a jwks_uri', () => {
  it('are fetched once, and again for a key that is new, though not all the time', async () => {
    const [first, second] = [await newKeys('first'), await newKeys('second')];
    published = [first.jwk];
    const remote = await service({ jwksUri: url });
    const sign = ({ privateKey, jwk }: typeof first) => assertionOf(remote, {}, { kid: jwk.kid }, privateKey);
    clock.stop();
    asked = 0;
    expect((await send(await sign(first))).status).toBe(200);
    expect((await send(await sign(first))).status).toBe(200);
    expect(asked).toBe(1);

    published = [second.jwk];
    expectOAuthError(await send(await sign(second)), 401, 'invalid_client');
    expect(asked).toBe(1);
    clock.forward(MINUTE / 2 + 1_000);
    expect((await send(await sign(second))).status).toBe(200);
    expect(asked).toBe(2);
    // The old one is gone with it.
    expectOAuthError(await send(await sign(first)), 401, 'invalid_client');
  });

  it('that cannot be fetched are no keys', async () => {
    for (const jwksUri of [
      'https://127.0.0.1:1/jwks',
      'https://10.0.0.1/jwks',
      `${url.replace('.json', '')}`,
    ]) {
      published = 'nothing' as never;
      const remote = await service({ jwksUri });
      expectOAuthError(await send(await assertionOf(remote)), 401, 'invalid_client');
    }
  });
});

describe('the keys of a registration', () => {
  it.each<[what: string, settings: object]>([
    ['none', {}],
    ['a private key', { jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'a', y: 'b', d: 'c' }] } }],
    ['a shared secret', { jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] } }],
    ['no list', { jwks: { keys: 'x' } }],
    [
      'twenty-one keys',
      { jwks: { keys: Array.from({ length: 21 }, () => ({ kty: 'EC', crv: 'P-256', x: 'a', y: 'b' })) } },
    ],
    ['keys and an address', { jwks: { keys: [] }, jwksUri: 'https://app.example/jwks' }],
    ['an address without TLS', { jwksUri: 'http://app.example/jwks' }],
    ['an address with credentials', { jwksUri: 'https://a:b@app.example/jwks' }],
    ['an address with a fragment', { jwksUri: 'https://app.example/jwks#x' }],
  ])('are refused: %s', async (_what, settings) => {
    const fields = {
      name: 'S',
      authMethod: 'private_key_jwt',
      grantTypes: ['client_credentials'],
      ...settings,
    };
    const { status, body } = await (await app.as.admin()).post('/v1/oauth/clients', fields);
    expect([status, body.code]).toEqual([400, 'validation_failed']);
  });
});

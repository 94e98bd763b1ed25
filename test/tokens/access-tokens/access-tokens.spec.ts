import {
  constants,
  createHash,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SigningKeysService } from '../../../src/tokens/keys/signing-keys.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { clock, MINUTE, SECOND } from '../../support/clock.js';
import { expectSoon } from '../../support/soon.js';
import { secondSpelling } from '../../support/signing-keys.js';
import { canonicalSignature } from '../../../src/tokens/access-tokens/ecdsa-spelling.js';
import { rowsOfUser, works } from '../../support/sessions.js';

type Json = Record<string, unknown>;

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part: string): Json => JSON.parse(Buffer.from(part, 'base64url').toString()) as Json;
const headerOf = (token: string) => decode(token.split('.')[0]!);
const claimsOf = (token: string) => decode(token.split('.')[1]!);

function es256(signed: string, key: KeyObject): string {
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return canonicalSignature('ES256', signature).toString('base64url');
}

/** A token with these parts, signed with `key`. `undefined` takes a member away. */
function signedWith(key: KeyObject, header: Json, claims: unknown): string {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${es256(signed, key)}`;
}

const now = () => Math.floor(Date.now() / 1000);

describe('an access token', () => {
  let app: TestApp;
  let member: SignedIn;

  beforeAll(async () => {
    app = await startApp();
    await app.as.admin();
    member = await app.as.member();
  });
  afterEach(() => clock.release());
  afterAll(() => app.close());

  const jwks = async () => (await app.as.anonymous().get('/.well-known/jwks.json')).body.keys as Json[];
  const publishedKey = async (token: string) =>
    (await jwks()).find(({ kid }) => kid === headerOf(token)['kid'])!;
  /** The member's token with other claims or another header, signed with the server's own key. */
  const forged = ({ claims = {}, header = {} }: { claims?: Json; header?: Json } = {}) => {
    const token = member.tokens.access_token;
    const { privateKey } = app.nest.get(SigningKeysService).current;
    return signedWith(privateKey, { ...headerOf(token), ...header }, { ...claimsOf(token), ...claims });
  };

  async function expectRefused(token: string): Promise<void> {
    const { status, body, headers } = await app.as
      .anonymous()
      .get('/v1/auth/whoami', { authorization: `Bearer ${token}` });
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'invalid_token' });
    expect(headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  }

  describe('is what it says', () => {
    it('by its header and claims', async () => {
      const { access_token: token } = member.tokens;
      const { iat } = claimsOf(token) as { iat: number };
      expect(headerOf(token)).toEqual({ typ: 'at+jwt', alg: 'ES256', kid: expect.any(String) });
      expect(claimsOf(token)).toEqual({
        iss: 'http://localhost:3000',
        sub: member.id,
        aud: 'http://localhost:3000',
        exp: iat + 900,
        iat,
        jti: expect.stringMatching(/^[\da-f-]{36}$/),
        client_id: expect.any(String),
        scope: 'account:read account:write resources:read',
        roles: ['user'],
        sid: (await rowsOfUser(app, member.id))[0]!.id,
        ver: expect.any(Number),
        auth_time: expect.any(Number),
        amr: ['pwd'],
        acr: 'sfa',
      });
    });

    it('another one each time, of the sign-in that it goes back to', async () => {
      clock.stop();
      const somebody = await app.as.member();
      clock.forward(10 * MINUTE);
      const { access_token: next } = (await somebody.refreshed()).tokens;
      const [before, after] = [claimsOf(somebody.tokens.access_token), claimsOf(next)];
      expect(after['jti']).not.toBe(before['jti']);
      expect(after['auth_time']).toBe(before['auth_time']);
      expect(after['iat']).toBe(Number(before['iat']) + 600);
      expect(after['sid']).toBe(before['sid']);
    });

    it('to a service that has nothing but the JWKS', async () => {
      const { access_token: token } = member.tokens;
      const [header, payload, signature] = token.split('.') as [string, string, string];
      const key = createPublicKey({ key: await publishedKey(token), format: 'jwk' });
      const signed = Buffer.from(`${header}.${payload}`);
      const check = (bytes: Buffer) => verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, bytes);
      expect(check(Buffer.from(signature, 'base64url'))).toBe(true);
      expect(check(Buffer.alloc(64, 1))).toBe(false);
    });

    it('with nothing private in the JWKS, which may be cached', async () => {
      const { status, headers, body } = await app.as.anonymous().get('/.well-known/jwks.json');
      expect(status).toBe(200);
      expect(headers.get('content-type')).toMatch(/^application\/jwk-set\+json/);
      expect(headers.get('cache-control')).toMatch(/^public, max-age=[1-9]\d*$/);
      expect(Object.keys(body)).toEqual(['keys']);
      for (const key of body.keys) {
        expect(Object.keys(key).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
        expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' });
        // RFC 7638 §3: the required members in lexicographic order, without white space.
        const thumbprint = JSON.stringify({ crv: key.crv, kty: key.kty, x: key.x, y: key.y });
        expect(key.kid).toBe(createHash('sha256').update(thumbprint).digest('base64url'));
      }
      expect(new Set(body.keys.map(({ kid }: Json) => kid)).size).toBe(body.keys.length);
      expect(body.keys.map(({ kid }: Json) => kid)).toContain(headerOf(member.tokens.access_token)['kid']);
    });
  });

  describe('is refused', () => {
    /** Each forgery is one change away from a token that works. */
    it('not when it is forged well, with the server’s own key', async () => {
      expect(await works(app, forged())).toBe(true);
      expect(
        await works(app, forged({ claims: { aud: ['https://api.example', app.settings.PUBLIC_URL] } })),
      ).toBe(true);
    });

    it.each([
      'none',
      'None',
      'NONE',
      'nOnE',
      '',
      null,
      undefined,
      ['ES256'],
      'es256',
      'ES384',
      'ES512',
      'RS256',
      'PS256',
      'HS256',
      'EdDSA',
    ])('when its alg is %j', async (alg) => {
      const token = forged({ header: { alg } });
      await expectRefused(token);
      await expectRefused(`${token.slice(0, token.lastIndexOf('.'))}.`);
      await expectRefused(token.slice(0, token.lastIndexOf('.')));
    });

    it('when the public key is its HMAC secret', async () => {
      const { access_token: token } = member.tokens;
      const jwk = await publishedKey(token);
      const key = createPublicKey({ key: jwk, format: 'jwk' });
      const { kid: _kid, alg: _alg, use: _use, ...bare } = jwk;
      const secrets = [
        key.export({ format: 'pem', type: 'spki' }),
        String(key.export({ format: 'pem', type: 'spki' })).trim(),
        key.export({ format: 'der', type: 'spki' }),
        JSON.stringify(jwk),
        JSON.stringify(bare),
        '',
      ];
      for (const [alg, hash] of [
        ['HS256', 'sha256'],
        ['HS384', 'sha384'],
        ['HS512', 'sha512'],
        ['ES256', 'sha256'],
      ]) {
        const signed = `${encode({ ...headerOf(token), alg })}.${token.split('.')[1]}`;
        for (const secret of secrets) {
          await expectRefused(`${signed}.${createHmac(hash!, secret).update(signed).digest('base64url')}`);
        }
      }
    });

    it('when another key signed it, no matter what its header offers, and asks no server for a key', async () => {
      const listener = await listen();
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const { access_token: token } = member.tokens;
      const own = publicKey.export({ format: 'jwk' });
      const url = `http://127.0.0.1:${(listener.server.address() as AddressInfo).port}/jwks.json`;
      const offers: Json[] = [
        {},
        { jwk: own },
        { jku: url },
        { x5u: url },
        { x5c: [publicKey.export({ format: 'der', type: 'spki' }).toString('base64')] },
        { jwk: own, jku: url, x5u: url },
      ];
      for (const offer of offers) {
        for (const kid of [headerOf(token)['kid'], 'evil', url]) {
          await expectRefused(signedWith(privateKey, { ...headerOf(token), kid, ...offer }, claimsOf(token)));
        }
      }
      // A good one is judged by our key, not by what it points to.
      await app.as
        .anonymous()
        .get('/v1/auth/whoami', { authorization: `Bearer ${forged({ header: { jku: url } })}` });
      expect(listener.requests).toEqual([]);
      await listener.close();
    });

    it.each([
      'unknown',
      '__proto__',
      'constructor',
      'toString',
      '../../../../dev/null',
      '/etc/passwd',
      "' OR 1=1 --",
      'https://evil.example/key',
      '',
      0,
      null,
      undefined,
      true,
      {},
    ])('when its kid is %j', async (kid) => {
      await expectRefused(forged({ header: { kid } }));
      expect(await works(app, forged())).toBe(true);
    });

    it('when its kid is a list with the right one in it', async () => {
      await expectRefused(forged({ header: { kid: [app.nest.get(SigningKeysService).current.kid] } }));
    });

    it('when its key is published but has not signed it', async () => {
      const kid = (await jwks())
        .map((key) => key['kid'])
        .find((each) => each !== headerOf(member.tokens.access_token)['kid']);
      await expectRefused(forged({ header: { kid } }));
    });

    it.each(['JWT', 'jwt', 'dpop+jwt', 'id_token', 'at+JWT ', 'logout+jwt', '', null, undefined, ['at+jwt']])(
      'when its typ is %j',
      (typ) => expectRefused(forged({ header: { typ } })),
    );

    it.each([[['exp']], [['b64']], [[]], ['exp'], [null]])(
      'when it is critical that %j is understood',
      (crit) => expectRefused(forged({ header: { crit, b64: true } })),
    );

    it.each([
      ['iss', 'https://evil.example'],
      ['iss', 'http://localhost:3000/'],
      ['iss', 'http://LOCALHOST:3000'],
      ['iss', ['http://localhost:3000']],
      ['iss', ''],
      ['iss', null],
      ['iss', undefined],
      ['aud', 'https://api.example'],
      ['aud', ['https://api.example']],
      ['aud', 'http://localhost:3000.evil.example'],
      ['aud', 'http://localhost:300'],
      ['aud', []],
      ['aud', ''],
      ['aud', null],
      ['aud', undefined],
    ])('when its %s is %j', (claim, value) => expectRefused(forged({ claims: { [claim]: value } })));

    it.each([
      ['its exp is past', () => ({ exp: now() - 1 })],
      ['its exp is now', () => ({ exp: now() })],
      ['its exp is text', () => ({ exp: `${now() + 600}` })],
      ['its exp is null', () => ({ exp: null })],
      ['it has no exp', () => ({ exp: undefined })],
      ['its nbf is to come', () => ({ nbf: now() + 30 })],
      ['its nbf is text', () => ({ nbf: `${now() - 1}` })],
      ['its iat is far ahead', () => ({ iat: now() + 3_600 })],
      ['its iat is text', () => ({ iat: 'later' })],
      ['it has no iat', () => ({ iat: undefined })],
      ['it has no sub', () => ({ sub: undefined })],
      ['its sub is a list', () => ({ sub: [member.id] })],
      ['it has no sid', () => ({ sid: undefined })],
      ['it has no ver', () => ({ ver: undefined })],
      ['its ver is text', () => ({ ver: 'latest' })],
      ['it has no scope', () => ({ scope: undefined })],
      ['its scope is a list', () => ({ scope: ['users:write'] })],
      ['it has no roles', () => ({ roles: undefined })],
      ['its roles are text', () => ({ roles: 'admin' })],
    ])('when %s', async (_, claims: () => Json) => {
      await expectRefused(forged({ claims: claims() }));
    });

    it.each([
      ['a list', []],
      ['null', null],
      ['text', 'x'],
      ['a number', 1],
      ['nothing much', {}],
    ])('when its payload is %s', (_, payload) => {
      const { privateKey } = app.nest.get(SigningKeysService).current;
      return expectRefused(signedWith(privateKey, headerOf(member.tokens.access_token), payload));
    });

    it('as soon as it has expired', async () => {
      clock.stop();
      const { tokens } = await app.as.member();
      const exp = Number(claimsOf(tokens.access_token)['exp']);
      clock.forward(exp * SECOND - 1 - Date.now());
      expect(await works(app, tokens.access_token)).toBe(true);
      clock.forward(1);
      await expectRefused(tokens.access_token);
    });

    it('when it is spelled in any other way', async () => {
      const { access_token: token } = member.tokens;
      const [header, payload, signature] = token.split('.') as [string, string, string];
      const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      // 64 bytes leave four spare bits in the last of 86 characters.
      const lastOnes = [...ALPHABET].filter((character) => character !== signature.at(-1));
      const spellings = [
        ...lastOnes.map((character) => `${header}.${payload}.${signature.slice(0, -1)}${character}`),
        `${header}.${payload}.${signature}=`,
        `${header}.${payload}.${signature}==`,
        `${header}.${payload}=.${signature}`,
        `${header}=.${payload}.${signature}`,
        `${token}.`,
        `${token}..`,
        `.${token}`,
        `${token}.${signature}`,
        `${token}.e30.e30`,
        `${header}.${payload}.`,
        `${header}..${signature}`,
        `${header}.${payload}`,
        `..`,
        `${token.slice(0, -1)}`,
        `${token.slice(0, -20)}`,
        `${token}A`,
        `${header}.${payload}.${signature.replaceAll('-', '+').replaceAll('_', '/')}+`,
        `${header}.${payload}!.${signature}`,
        `${header}.${payload}.%${signature}`,
        `${header}.${payload}.${Buffer.from(signature, 'base64url').toString('hex')}`,
        JSON.stringify({ protected: header, payload, signature }),
      ];
      for (const spelling of spellings) await expectRefused(spelling);
      expect(await works(app, token)).toBe(true);
    });

    it('with the other signature that ECDSA takes for it, (r, n - s)', async () => {
      for (let n = 0; n < 4; n++) {
        const { access_token: token } = (await member.refreshed()).tokens;
        await expectRefused(secondSpelling(token));
        expect(await works(app, token)).toBe(true);
      }
    });

    it('when it is 20 KB long, in no time', async () => {
      const long = forged({ claims: { padding: 'x'.repeat(15_000) } });
      expect(long.length).toBeGreaterThan(20_000);
      expect(await works(app, forged({ claims: { padding: 'x'.repeat(100) } }))).toBe(true);
      for (const token of [
        long,
        'x'.repeat(20_000),
        '.'.repeat(20_000),
        `${'a'.repeat(10_000)}.${'a'.repeat(10_000)}.`,
      ]) {
        await expectSoon(token.slice(0, 10), () => expectRefused(token), 50);
      }
    });

    it('as a refresh token or anything else', async () => {
      await expectRefused(member.tokens.refresh_token);
      await expectRefused('null');
      await expectRefused('undefined');
    });
  });
});

describe('an access token that an RSA key has signed', () => {
  it('works with the algorithm of its key, and with no other that the key could do', async () => {
    const app = await startApp({ env: { SIGNING_ALG: 'RS256' } });
    const { access_token: token } = (await app.as.member()).tokens;
    const { privateKey: key } = app.nest.get(SigningKeysService).current;
    const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
    const resigned = (alg: string, hash: string, options: object) => {
      const signed = `${encode({ ...headerOf(token), alg })}.${token.split('.')[1]}`;
      return `${signed}.${sign(hash, Buffer.from(signed), { key, ...options }).toString('base64url')}`;
    };
    expect(headerOf(token)['alg']).toBe('RS256');
    expect(await works(app, token)).toBe(true);
    expect(await works(app, resigned('RS256', 'sha256', {}))).toBe(true);
    expect(await works(app, resigned('RS384', 'sha384', {}))).toBe(false);
    expect(await works(app, resigned('RS512', 'sha512', {}))).toBe(false);
    expect(await works(app, resigned('PS256', 'sha256', PSS))).toBe(false);
    await app.close();
  });
});

/** A server that must not be asked. */
async function listen(): Promise<{ server: Server; requests: string[]; close: () => Promise<unknown> }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url!);
    response.end('{"keys":[]}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { server, requests, close: () => new Promise((done) => server.close(done)) };
}

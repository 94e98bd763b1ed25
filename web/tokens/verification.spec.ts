import { createSign, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Jwk } from './algorithms.js';
import { toBase64Url } from './bytes.js';
import { decode } from './decoding.js';
import { readKeys } from './key-reading.js';
import { GENERATABLE, generateKey, writeKey } from './key-writing.js';
import { say } from './messages.js';
import { NotSigned, sign } from './signing.js';
import { verify as check } from './verification.js';
import { ES256, HS256, RS256 } from './vectors/jose.js';

const CLAIMS = '{ "sub": "ada",\n "z": 1 }';
const verify = (token: string, source: string) => check(decode(token), { ...readKeys(source), source });
const codes = (notes: { code: string }[]) => notes.map(({ code }) => code);
const secretOf = (text: string | Buffer): Jwk => ({ kty: 'oct', k: Buffer.from(text).toString('base64url') });
const LONG = 'c29tZSBsb25nIHNlY3JldCBvZiBtb3JlIHRoYW4gMzIgYnl0ZXMgaW4gYWxs';

describe('what was signed here', () => {
  /** An RSA key takes a second; one is enough for all algorithms. */
  const rsa = generateKey('RS256');
  const keyFor = async (alg: string) => (/^[RP]S/.test(alg) ? { ...(await rsa), alg } : generateKey(alg));

  it.each(GENERATABLE)(
    'with %s verifies, and with one claim changed does not',
    { timeout: 60_000 },
    async (alg) => {
      const key = await keyFor(alg);
      const token = await sign({ alg, kid: key.kid }, CLAIMS, key);
      expect(decode(token).parts[1]!.text, 'as it was typed').toBe(CLAIMS);
      const { publicJwk = key, publicPem } = await writeKey(key);
      expect(await verify(token, JSON.stringify(publicJwk))).toMatchObject({
        state: 'valid',
        note: { code: 'verified-kid' },
        warnings: [],
      });
      const unnamed = publicPem ?? JSON.stringify({ ...key, kid: undefined });
      expect(await verify(token, unnamed)).toMatchObject({ state: 'valid', note: { code: 'verified' } });
      const [head, , signature] = token.split('.');
      const changed = `${head}.${toBase64Url(CLAIMS.replace('ada', 'bob'))}.${signature}`;
      expect(await verify(changed, JSON.stringify(publicJwk))).toMatchObject({ state: 'invalid' });
    },
  );

  it('keeps the header in order and the payload plain when it is to be', async () => {
    const header = { typ: 'JWT', alg: 'HS256', b64: false, crit: ['b64'] };
    const token = await sign(header, '{"a":1}', HS256.key);
    expect(token.split('.')[1]).toBe('{"a":1}');
    expect(decode(token).parts[0]!.text).toBe(JSON.stringify(header));
    expect(await verify(token, JSON.stringify(HS256.key))).toMatchObject({ state: 'valid' });
  });
});

describe('which key verified', () => {
  it.each([
    ['as text', LONG, LONG, 'key-as-utf8'],
    ['from base64url', Buffer.from(LONG, 'base64url'), LONG, 'key-as-base64url'],
    ['from base64', Buffer.from(`${LONG}Pz8/`, 'base64'), `${LONG}Pz8/`, 'key-as-base64'],
    ['from hex', Buffer.from('ab'.repeat(32), 'hex'), 'ab'.repeat(32), 'key-as-hex'],
  ])('is said of a secret %s', async (_, bytes, text, code) => {
    const token = await sign({ alg: 'HS256' }, CLAIMS, secretOf(bytes));
    const { state, key } = await verify(token, text);
    expect([state, key?.readAs.code]).toEqual(['valid', code]);
  });

  it('is the one that kid names, or else any that fits, and it is named', async () => {
    const keys = await Promise.all([generateKey('ES256'), generateKey('ES256'), generateKey('RS256')]);
    const jwks = JSON.stringify({ keys: [HS256.key, ...keys] });
    const named = await verify(await sign({ alg: 'ES256', kid: keys[1]!.kid }, CLAIMS, keys[1]), jwks);
    expect(say(named.note)).toBe(
      `signature verified with key "${keys[1]!.kid}" of the JWKS, which its kid names`,
    );
    const unnamed = await verify(await sign({ alg: 'ES256' }, CLAIMS, keys[1]), jwks);
    expect(say(unnamed.note)).toBe(`signature verified with key "${keys[1]!.kid}" of the JWKS`);
    const misnamed = await verify(await sign({ alg: 'ES256', kid: keys[0]!.kid }, CLAIMS, keys[1]), jwks);
    expect([misnamed.state, codes(misnamed.warnings)]).toEqual(['valid', ['kid-other']]);
    const foreign = await verify(
      await sign({ alg: 'ES256', kid: 'x' }, CLAIMS, await generateKey('ES256')),
      jwks,
    );
    expect([foreign.state, codes(foreign.warnings)]).toEqual(['invalid', ['kid-unknown']]);
    expect(say(foreign.note)).toBe('signature does not match any of 2 keys');
  });

  it.each([
    ['no key', RS256.token, '', 'unchecked', 'no-key'],
    ['a key of another type', RS256.token, JSON.stringify(ES256.key), 'unchecked', 'no-fitting-key'],
    [
      'a key of another curve',
      ES256.token,
      JSON.stringify({ ...ES256.key, crv: 'P-384' }),
      'unchecked',
      'no-fitting-key',
    ],
    ['a broken key', ES256.token, JSON.stringify({ ...ES256.key, x: 'AAAA' }), 'invalid', 'unverified'],
    [
      'an unknown algorithm',
      `${toBase64Url('{"alg":"XS256"}')}.e30.c2ln`,
      LONG,
      'unsupported',
      'alg-unknown',
    ],
    ['no algorithm', `${toBase64Url('{}')}.e30.c2ln`, LONG, 'unchecked', 'alg-missing'],
    ['None', `${toBase64Url('{"alg":"nOnE"}')}.e30.c2ln`, LONG, 'unsecured', 'alg-none'],
  ])('is none for %s', async (_, token, source, state, code) => {
    expect(await verify(token, source)).toMatchObject({ state, note: { code } });
  });
});

describe('warnings', () => {
  it('a secret that is on the list, whether it was given or not', async () => {
    const token = await sign({ alg: 'HS256' }, CLAIMS, secretOf('your-256-bit-secret'), true);
    for (const source of ['', 'other', 'your-256-bit-secret']) {
      const { state, warnings } = await verify(token, source);
      expect([source, state, codes(warnings).includes('weak-secret')]).toEqual([source, 'valid', true]);
    }
  });

  it('a secret shorter than the hash', async () => {
    const token = await sign({ alg: 'HS512' }, CLAIMS, secretOf('x'.repeat(40)), true);
    expect(codes((await verify(token, 'x'.repeat(40))).warnings)).toEqual(['short-secret']);
  });

  it.each(['pem', 'jwk'])('a public key as the secret of an HMAC, as %s', async (format) => {
    const { publicPem, publicJwk } = await writeKey(RS256.key);
    const text = format === 'pem' ? publicPem! : JSON.stringify(publicJwk);
    const token = await sign({ alg: 'HS256' }, CLAIMS, secretOf(text), true);
    const { state, warnings } = await verify(token, text);
    expect(state).toBe('valid');
    expect(codes(warnings)).toContain('alg-confusion');
  });

  it('but no confusion where public keys are given with a secret', async () => {
    const secret = secretOf('x'.repeat(40));
    const token = await sign({ alg: 'HS256' }, CLAIMS, secret);
    const keys = [...readKeys('x'.repeat(40)).keys, ...readKeys(JSON.stringify(RS256.key)).keys];
    const { state, warnings } = await check(decode(token), { keys, source: 'x'.repeat(40) });
    expect([state, codes(warnings)]).toEqual(['valid', []]);
    const none = await check(decode(token), { keys: readKeys(JSON.stringify(RS256.key)).keys, source: '' });
    expect(none).toMatchObject({ state: 'unchecked', note: { code: 'no-fitting-key' } });
  });

  it('a signature of OpenSSL that is DER', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const input = `${toBase64Url('{"alg":"ES256"}')}.${toBase64Url(CLAIMS)}`;
    const signature = createSign('SHA256').update(input).sign(privateKey);
    const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
    const { state, warnings } = await verify(`${input}.${signature.toString('base64url')}`, pem);
    expect([state, codes(warnings)]).toEqual(['invalid', ['signature-der']]);
  });

  it('a signature of the wrong length', async () => {
    const { state, warnings } = await verify(RS256.token.slice(0, -8), JSON.stringify(RS256.key));
    expect([state, codes(warnings)]).toEqual(['invalid', ['signature-length']]);
    expect((await verify(ES256.token.slice(0, -8), JSON.stringify(ES256.key))).state).toBe('invalid');
  });

  it('an RSA key that is short, and a key that is meant for another algorithm', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const short = privateKey.export({ format: 'jwk' }) as unknown as Jwk;
    await expect(sign({ alg: 'RS256' }, CLAIMS, short)).rejects.toMatchObject({
      note: { code: 'short-rsa' },
    });
    const token = await sign({ alg: 'RS256' }, CLAIMS, short, true);
    const jwk = { ...publicKey.export({ format: 'jwk' }), alg: 'PS256' };
    expect(codes((await verify(token, JSON.stringify(jwk))).warnings)).toEqual(['short-rsa', 'key-alg']);
  });
});

describe('what is not signed', () => {
  it.each([
    ['a short secret', { alg: 'HS256' }, secretOf('short'), 'short-secret', true],
    [
      'a public key as a secret',
      { alg: 'HS256' },
      secretOf('-----BEGIN PUBLIC KEY-----AAAAAAAAAAAA'),
      'secret-is-public',
      true,
    ],
    [
      'a well-known secret',
      { alg: 'HS256' },
      secretOf('my-32-character-ultra-secure-and-ultra-long-secret'),
      'weak-secret',
      true,
    ],
    ['no key', { alg: 'ES256' }, undefined, 'no-key', false],
    ['a key of another type', { alg: 'ES256' }, RS256.key, 'key-does-not-fit', false],
    ['a public key', { alg: 'RS256' }, RS256.key, 'needs-private', false],
    ['no algorithm', {}, HS256.key, 'alg-missing', false],
    ['an unknown algorithm', { alg: 'XS1' }, HS256.key, 'alg-unknown', false],
  ])('%s', async (_, header, key, code, isAdvice) => {
    const refused = sign(header, CLAIMS, key as Jwk | undefined);
    await expect(refused).rejects.toBeInstanceOf(NotSigned);
    await expect(refused).rejects.toMatchObject({ note: { code }, isAdvice });
  });

  it.each(['short', '-----BEGIN PUBLIC KEY-----AAAAAAAAAAAA', 'secret'])(
    'is signed with the secret %s after all, when that is insisted on',
    async (secret) => {
      expect(await sign({ alg: 'HS256' }, CLAIMS, secretOf(secret), true)).toMatch(/^ey/);
    },
  );

  it('with none, and without a key', async () => {
    expect(await sign({ alg: 'none' }, CLAIMS, undefined)).toMatch(/\.$/);
  });
});

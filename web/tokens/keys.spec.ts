import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { algorithmsOf, publicOf, type Jwk } from './algorithms.js';
import { completed } from './engines.js';
import { bare } from './key-structures.js';
import { readKeys } from './key-reading.js';
import { GENERATABLE, generateKey, writeKey } from './key-writing.js';
import { say } from './messages.js';
import { CERTIFICATE, ENCRYPTED, OPENSSH } from './vectors/keys.js';
import { ED25519, ES256, RS256, THUMBPRINT } from './vectors/jose.js';

const only = (text: string) => {
  const { keys, problems } = readKeys(text);
  expect(problems).toEqual([]);
  expect(keys).toHaveLength(1);
  return keys[0]!;
};
const jwkOf = (key: KeyObject) => key.export({ format: 'jwk' }) as unknown as Jwk;
const pem = (key: KeyObject, type: 'spki' | 'pkcs1' | 'pkcs8' | 'sec1') =>
  key.export({ format: 'pem', type: type as 'spki' }).toString();

/** A short RSA key takes less time. */
const keyFor = (alg: string) => generateKey(alg, /^[RP]S/.test(alg) ? 1024 : undefined);

describe('keys that OpenSSL wrote', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });

  it.each(['spki', 'pkcs1'] as const)('public RSA as %s', (type) => {
    expect(only(pem(rsa.publicKey, type)).jwk).toEqual(jwkOf(rsa.publicKey));
  });

  it.each(['pkcs8', 'pkcs1'] as const)('private RSA as %s', (type) => {
    const { jwk, readAs } = only(pem(rsa.privateKey, type));
    expect(jwk).toEqual(jwkOf(rsa.privateKey));
    expect(say(readAs)).toMatch(/^private key, PEM \(PKCS#[18]\)$/);
  });

  it('RSA that is for PSS alone', () => {
    expect(only(pem(pss.publicKey, 'spki')).jwk).toMatchObject({ kty: 'RSA', e: 'AQAB' });
  });

  it.each(['P-256', 'P-384', 'P-521', 'secp256k1'])('elliptic ones of %s', async (namedCurve) => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
    expect(only(pem(publicKey, 'spki')).jwk).toEqual(jwkOf(publicKey));
    for (const type of ['pkcs8', 'sec1'] as const)
      expect(only(pem(privateKey, type)).jwk).toEqual(jwkOf(privateKey));
  });

  it.each(['ed25519', 'ed448', 'x25519'] as const)(
    '%s, of which the private file lacks the public half',
    async (type) => {
      const { publicKey, privateKey } = generateKeyPairSync(type as 'ed25519');
      expect(only(pem(publicKey, 'spki')).jwk).toEqual(jwkOf(publicKey));
      const { jwk } = only(pem(privateKey, 'pkcs8'));
      expect(jwk.x).toBeUndefined();
      expect(await completed(jwk)).toEqual(jwkOf(privateKey));
    },
  );

  it.each(['P-256', 'secp256k1'])('a private one of %s without its public half', async (namedCurve) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve });
    const { x: _, y: __, ...half } = jwkOf(privateKey);
    expect(await completed(half)).toEqual(jwkOf(privateKey));
  });

  it('the parameters in front of a key are no key', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
    expect(only(parameters + pem(privateKey, 'sec1')).jwk).toEqual(jwkOf(privateKey));
  });
});

describe('other forms', () => {
  it('a certificate, with names and dates', () => {
    const { keys } = readKeys(CERTIFICATE.pem);
    expect(keys[0]!.jwk).toMatchObject(CERTIFICATE.key);
    expect(keys[0]!.chain[0]).toMatchObject({
      subject: 'CN=issuer.example, O=Example',
      issuer: 'CN=issuer.example, O=Example',
      notBefore: Date.parse(CERTIFICATE.notBefore),
      notAfter: Date.parse(CERTIFICATE.notAfter),
    });
  });

  it('a JWK with its certificates', () => {
    const x5c = [CERTIFICATE.pem.replaceAll(/-----.*-----|\n/g, '')];
    const { chain } = only(JSON.stringify({ ...CERTIFICATE.key, x5c }));
    expect(chain.map(({ subject }) => subject)).toEqual(['CN=issuer.example, O=Example']);
  });

  it('OpenSSH, public and private', () => {
    expect(only(OPENSSH.public).jwk).toEqual(publicOf(OPENSSH.key));
    expect(only(OPENSSH.private).jwk).toEqual(OPENSSH.key);
  });

  it('a JWKS, key by key', () => {
    const { keys } = readKeys(JSON.stringify({ keys: [THUMBPRINT.key, ES256.key] }));
    expect(keys.map(({ readAs }) => say(readAs))).toEqual([
      'key "2011-04-29" of the JWKS',
      'key 2 of the JWKS',
    ]);
  });

  it.each([
    ['secret', ['secret', undefined, undefined]],
    ['c2VjcmV0', ['c2VjcmV0', 'secret']],
    ['c2VjcmV0Pz8/', ['c2VjcmV0Pz8/', 'secret???']],
    ['c2VjcmV0Pz8_', ['c2VjcmV0Pz8_', 'secret???']],
    ['736563726574', ['736563726574', 'secret']],
  ])('the secret %s, in each reading', (text, expected) => {
    const readings = readKeys(text).keys.map(({ jwk }) => Buffer.from(jwk.k!, 'base64url').toString());
    for (const each of expected.filter((one) => one !== undefined)) expect(readings).toContain(each);
  });
});

describe('what is no key', () => {
  it.each([
    ['an encrypted one', ENCRYPTED, 'key-encrypted'],
    [
      'a request for a certificate',
      '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----',
      'key-unsupported',
    ],
    [
      'one that was cut off',
      '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----',
      'key-broken',
    ],
    ['no base64', '-----BEGIN PUBLIC KEY-----\n%%%\n-----END PUBLIC KEY-----', 'key-broken'],
    ['an RSA key of OpenSSH', 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQ== a', 'key-unsupported'],
    ['JSON without kty', '{"alg":"ES256"}', 'key-broken'],
    ['an empty JWKS', '{"keys":[]}', 'key-none'],
    ['a JWKS of numbers', '{"keys":[1]}', 'key-broken'],
  ])('%s says so', (_, text, code) => {
    const { keys, problems } = readKeys(text);
    expect(keys).toEqual([]);
    expect(problems.map((each) => each.code)).toEqual([code]);
    expect(say(problems[0]!)).not.toMatch(/\{|undefined/);
  });

  it('never fails, wherever a key is cut off', () => {
    for (const text of [CERTIFICATE.pem, OPENSSH.private, OPENSSH.public, JSON.stringify(ES256.key)])
      for (let length = 1; length < text.length; length += 7) {
        const { keys, problems } = readKeys(text.slice(0, length));
        expect(keys.length + problems.length).toBeGreaterThan(0);
      }
  });
});

describe('keys that are generated', () => {
  it.each(GENERATABLE.filter((alg) => !alg.startsWith('HS')))(
    '%s comes back from every form it is written in',
    { timeout: 60_000 },
    async (alg) => {
      const key = await keyFor(alg);
      expect(algorithmsOf(key)[0]!.name).toBe(alg === 'EdDSA' ? 'EdDSA' : alg);
      const written = await writeKey(key);
      expect(key.kid).toBe(written.thumbprint);
      expect(written.publicJwk).not.toHaveProperty('d');
      expect(written.publicJwk).not.toHaveProperty('priv');
      expect(bare(only(written.publicPem!).jwk)).toEqual(bare(key));
      const back = await completed(only(written.privatePem!).jwk);
      expect(bare(back)).toEqual(bare(key));
      expect([back.d, back.priv]).toEqual([key.d, key.priv]);
    },
  );

  it.each([256, 384, 512])('HS%d is a secret as long as the hash, and has no other half', async (bits) => {
    const key = await generateKey(`HS${bits}`);
    expect(Buffer.from(key.k!, 'base64url')).toHaveLength(bits / 8);
    expect(await writeKey(key)).toEqual({ jwk: key, thumbprint: key.kid });
  });

  it('are written as OpenSSL reads them', async () => {
    const { createPrivateKey, createPublicKey } = await import('node:crypto');
    for (const alg of ['RS256', 'ES384', 'ES256K', 'Ed25519', 'Ed448']) {
      const { publicPem, privatePem, publicJwk } = await writeKey(await generateKey(alg));
      const { alg: _, use: __, kid: ___, ...members } = publicJwk!;
      expect(jwkOf(createPublicKey(publicPem!))).toEqual(members);
      expect(jwkOf(createPublicKey(createPrivateKey(privatePem!)))).toEqual(members);
    }
  });

  it('keep nothing but what a key of that type has', () => {
    expect(publicOf({ ...ED25519.key, kid: 'a' })).toEqual({
      kty: 'OKP',
      kid: 'a',
      crv: 'Ed25519',
      x: ED25519.key.x,
    });
    expect(publicOf(RS256.key)).toEqual(RS256.key);
  });

  it('are of no algorithm that does not exist', async () => {
    await expect(generateKey('HS1')).rejects.toThrow('there is no algorithm HS1');
  });
});

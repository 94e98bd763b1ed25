import { describe, expect, it } from 'vitest';
import type { TokenTool } from '../../src/operations/cli/token-tool.js';
import { convertKeys, decodeTokens, makeKey, signClaims, verifyTokens } from './command-line.js';
import { ES256, HS256, JOE_CLAIMS, JWE, THUMBPRINT } from './vectors/jose.js';
import { ISSUER_KEY, PRESENTED } from './vectors/rfc9901.js';

const THEN = JOE_CLAIMS.exp * 1000 - 60_000;
const KEY = JSON.stringify(ES256.key);

it('is what the command line of the server loads', () => {
  const tool: TokenTool = { decodeTokens, verifyTokens, signClaims, makeKey, convertKeys };
  for (const command of Object.values(tool)) expect(command).toBeTypeOf('function');
});

describe('decoding', () => {
  it('says first when it ends, then what it holds', async () => {
    const { lines, data, isFailure } = await decodeTokens(`Authorization: Bearer ${HS256.token}`, THEN);
    expect(lines[0]).toBe('Authorization:');
    expect(lines[1]).toBe('· not expired: ends in 1 minute');
    expect(JSON.parse(lines.at(-1)!)).toEqual(JOE_CLAIMS);
    expect(data).toMatchObject([{ label: 'Authorization', kind: 'jws', claims: JOE_CLAIMS, defects: [] }]);
    expect(isFailure).toBe(false);
  });

  it('says where a token is broken, and fails', async () => {
    const { lines, data, isFailure } = await decodeTokens(HS256.token.slice(0, 60), THEN);
    expect(lines).toContainEqual(
      expect.stringMatching(/^✗ JSON ends too early.*\(payload, character 5\d, byte 1\d of it\)$/),
    );
    expect(data).toMatchObject([
      { defects: expect.arrayContaining([expect.objectContaining({ code: 'json-end' })]) },
    ]);
    expect(isFailure).toBe(true);
  });

  it('puts disclosures in, and takes several tokens', async () => {
    const { data } = await decodeTokens(`${PRESENTED}\n${HS256.token}`);
    expect(data).toMatchObject([{ kind: 'sd-jwt', claims: { given_name: 'John' } }, { kind: 'jws' }]);
  });

  it('fails for what is no token', async () => {
    expect(await decodeTokens('hello')).toMatchObject({
      lines: ['✗ is not a token: nothing in it decodes (token, character 0)'],
      isFailure: true,
    });
    expect((await decodeTokens('')).isFailure).toBe(true);
  });
});

describe('verifying', () => {
  it.each([
    ['right and in time', ES256.token, KEY, THEN, '· signature verified with JWK', false],
    ['right and expired', ES256.token, KEY, THEN + 100_000, '✗ expired 40 seconds ago', true],
    [
      'right within the skew',
      ES256.token,
      KEY,
      THEN + 89_000,
      '· expired 29 seconds ago, which is within the skew allowed',
      false,
    ],
    ['another key', ES256.token, JSON.stringify(ISSUER_KEY), THEN, '✗ signature does not match JWK', true],
    ['no key', ES256.token, '', THEN, '✗ not verified: no key was given', true],
    ['a broken key', ES256.token, '{"kty":1}', THEN, '✗ JWK cannot be read: key 1 has no kty', true],
    ['an encrypted token', JWE.token, JSON.stringify(JWE.key), THEN, '· decrypted with JWK', false],
    ['the wrong key for an encrypted one', JWE.token, KEY, THEN, '✗ does not decrypt with JWK', true],
    [
      'a bound token',
      PRESENTED,
      JSON.stringify(ISSUER_KEY),
      1_800_000_000_000,
      '· key binding verified with the key in cnf',
      false,
    ],
    [
      'a bound token with less',
      PRESENTED.replace(/~WyJsa2x[^~]*/, ''),
      JSON.stringify(ISSUER_KEY),
      1_800_000_000_000,
      '✗ sd_hash of the key binding does not match what is presented',
      true,
    ],
  ])('%s', async (_, token, key, now, line, isFailure) => {
    const said = await verifyTokens(token, key, { now, skewS: 30 });
    expect(said.lines).toContain(line);
    expect(said.isFailure).toBe(isFailure);
  });
});

describe('signing and keys', () => {
  it('signs what the tool verifies, with the algorithm and the kid of the key', async () => {
    const key = (await makeKey('ES384', 'jwk')).lines[0]!;
    const { lines, data } = await signClaims('{"sub":"ada"}\n', key, { header: '{"typ":"at+jwt"}' });
    expect(data).toMatchObject({ header: { alg: 'ES384', typ: 'at+jwt', kid: JSON.parse(key).kid } });
    expect((await verifyTokens(lines[0]!, key)).lines[0]).toMatch(/^· signature verified with key "/);
  });

  it('refuses a short secret, unless it is insisted on', async () => {
    await expect(signClaims('{}', 'short', { alg: 'HS256' })).rejects.toThrow(
      'the secret has 40 bits; HS256 wants at least 256',
    );
    expect((await signClaims('{}', 'short', { alg: 'HS256', isInsisting: true })).lines[0]).toMatch(/^ey/);
  });

  it('writes a key as PEM, and one as JWK', async () => {
    const { lines } = await makeKey('Ed25519', 'pem');
    expect(lines.map((line) => line.split('\n')[0])).toEqual([
      '-----BEGIN PRIVATE KEY-----',
      '-----BEGIN PUBLIC KEY-----',
    ]);
    const converted = await convertKeys(lines.join('\n'), 'jwk');
    expect(JSON.parse(converted.lines[0]!)).toMatchObject({
      kty: 'OKP',
      crv: 'Ed25519',
      d: expect.any(String),
    });
    expect(converted.isFailure).toBe(false);
  });

  it('tells the thumbprint of each key', async () => {
    const { data } = await convertKeys(JSON.stringify({ keys: [THUMBPRINT.key] }), 'jwk');
    expect(data).toMatchObject([{ thumbprint: THUMBPRINT.thumbprint }]);
    expect((await convertKeys('{"keys":[]}', 'jwk')).isFailure).toBe(true);
  });
});

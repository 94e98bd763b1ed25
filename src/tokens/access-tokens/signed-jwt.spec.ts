import { JwtService } from '@nestjs/jwt';
import { generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../../platform/config/signing-algorithms.js';
import { canonicalSignature, isCanonicalSignature } from './ecdsa-spelling.js';
import { signedJwt } from './signed-jwt.js';

const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const CURVES: Record<string, KeyPairKeyObjectResult> = {
  ES256: ec('P-256'),
  ES384: ec('P-384'),
  ES512: ec('P-521'),
};
const pairOf = (alg: SigningAlgorithm) => CURVES[alg] ?? rsa;
const CLAIMS = { iss: 'https://id.example', sub: 'ada', name: 'Zoë 𝒵', exp: 4_000_000_000, roles: ['user'] };
/** Signs nothing here, so that it is another's judgement. */
const library = new JwtService({});

describe('a token signed here', () => {
  for (const typ of ['at+jwt', 'api-key+jwt']) {
    it.each(SIGNING_ALGORITHMS)(`is one for the library that verifies: ${typ}, %s`, (alg) => {
      const { privateKey, publicKey } = pairOf(alg);
      const token = signedJwt(typ, CLAIMS, { kid: 'key-1', alg, privateKey });
      const verified = library.verify<object>(token, {
        publicKey: publicKey as never,
        algorithms: [alg],
        complete: true,
      });
      expect(verified).toMatchObject({ header: { alg, typ, kid: 'key-1' }, payload: CLAIMS });
      expect(Object.keys((verified as { header: object }).header)).toHaveLength(3);
    });
  }

  it.each([
    ['ES256', 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n],
    [
      'ES384',
      0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    ],
    [
      'ES512',
      0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
    ],
  ] as const)('has the canonical one of the two signatures that ECDSA takes: %s', (alg, order) => {
    const { privateKey, publicKey } = pairOf(alg);
    const options = { publicKey: publicKey as never, algorithms: [alg] };
    // Each has an even chance to be right by accident.
    for (let n = 0; n < 24; n++) {
      const token = signedJwt('at+jwt', { ...CLAIMS, n }, { kid: 'key-1', alg, privateKey });
      const [header, body, signature] = token.split('.');
      const bytes = Buffer.from(signature!, 'base64url');
      const half = bytes.length / 2;
      const other = Buffer.from(bytes);
      other.write(
        (order - BigInt(`0x${bytes.toString('hex', half)}`)).toString(16).padStart(bytes.length, '0'),
        half,
        'hex',
      );
      expect(isCanonicalSignature(alg, bytes)).toBe(true);
      expect(isCanonicalSignature(alg, other)).toBe(false);
      expect(canonicalSignature(alg, other)).toEqual(bytes);
      const second = [header, body, other.toString('base64url')].join('.');
      expect(library.verify(second, options)).toMatchObject({ n });
    }
  });

  it.each(SIGNING_ALGORITHMS)('is none with one bit of it changed: %s', (alg) => {
    const { privateKey, publicKey } = pairOf(alg);
    const token = signedJwt('at+jwt', CLAIMS, { kid: 'key-1', alg, privateKey });
    const [header, body, signature] = token.split('.');
    const bytes = Buffer.from(signature!, 'base64url');
    bytes[0]! ^= 1;
    const changed = [header, body, bytes.toString('base64url')].join('.');
    const options = { publicKey: publicKey as never, algorithms: [alg] };
    expect(library.verify(token, options)).toMatchObject({ sub: 'ada' });
    expect(() => library.verify(changed, options)).toThrow('invalid signature');
  });
});

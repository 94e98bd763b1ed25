import { JwtService } from '@nestjs/jwt';
import { generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../config/signing-algorithms.js';
import { signedJwt } from './signed-jwt.js';
import { ACCESS_TOKEN_TYPE, API_KEY_TYPE } from './token-format.js';

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
  for (const typ of [ACCESS_TOKEN_TYPE, API_KEY_TYPE] as const) {
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

  it.each(SIGNING_ALGORITHMS)('is none with one bit of it changed: %s', (alg) => {
    const { privateKey, publicKey } = pairOf(alg);
    const token = signedJwt(ACCESS_TOKEN_TYPE, CLAIMS, { kid: 'key-1', alg, privateKey });
    const [header, body, signature] = token.split('.');
    const bytes = Buffer.from(signature!, 'base64url');
    bytes[0]! ^= 1;
    const changed = [header, body, bytes.toString('base64url')].join('.');
    const options = { publicKey: publicKey as never, algorithms: [alg] };
    expect(library.verify(token, options)).toMatchObject({ sub: 'ada' });
    expect(() => library.verify(changed, options)).toThrow('invalid signature');
  });
});

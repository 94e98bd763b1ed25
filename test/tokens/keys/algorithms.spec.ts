import { constants, createPublicKey, verify, type JsonWebKey, type KeyObject } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
} from '../../../src/platform/config/signing-algorithms.js';
import { startApp, type TestApp } from '../../support/app.js';
import { makeDatabase, type TestDatabase } from '../../support/database.js';
import { refresh, works } from '../../support/sessions.js';
import { decoded, jwksOf, type ShownKey } from '../../support/signing-keys.js';
import { GATEHOUSE_SECRET } from '../../support/process.js';

const CURVES: Record<string, string> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

/** Two RSA keys take a while, on a busy machine a long one. */
const PATIENCE_MS = 90_000;

describe.each(SIGNING_ALGORITHMS)('%s', (alg) => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({ env: { SIGNING_ALG: alg } });
  }, PATIENCE_MS);
  afterAll(() => app.close());

  it('signs tokens that any service verifies with the JWKS alone', async () => {
    const { access_token: token } = (await app.as.member()).tokens;
    const { header } = decoded(token);
    expect(header).toMatchObject({ alg, typ: 'at+jwt' });

    const keys = await jwksOf(app);
    expect(keys.map((key) => key.alg)).toEqual([alg, alg]);
    const [key, ...others] = keys.filter(({ kid }) => kid === header['kid']);
    expect(others).toEqual([]);
    expect(verifies(token, key!)).toBe(true);
    // The control: the other key of the set does not, nor does this one for another token.
    expect(
      verifies(
        token,
        keys.find(({ kid }) => kid !== header['kid'])!,
      ),
    ).toBe(false);
    expect(verifies(withOtherClaims(token), key!)).toBe(false);

    expect(await works(app, token)).toBe(true);
    expect(await works(app, withOtherClaims(token))).toBe(false);
  });

  it('has keys of 128 bits of security or more', async () => {
    for (const jwk of await jwksOf(app)) {
      const { asymmetricKeyType: type, asymmetricKeyDetails: detail } = publicKeyOf(jwk);
      const isStrong = type === 'rsa' && detail!.modulusLength! >= 3072 && detail!.publicExponent === 65_537n;
      expect({ kty: jwk.kty, crv: jwk.crv, isStrong: isStrong || jwk.kty === 'EC' }).toEqual({
        kty: CURVES[alg] ? 'EC' : 'RSA',
        crv: CURVES[alg],
        isStrong: true,
      });
    }
  });
});

describe('a change of SIGNING_ALG', () => {
  let database: TestDatabase;
  let app: TestApp | undefined;

  beforeEach(async () => {
    database = await makeDatabase({ isShared: true });
  });
  afterEach(async () => {
    await app?.close();
    await database.drop();
  });

  async function restart(alg: SigningAlgorithm): Promise<TestApp> {
    await app?.close();
    app = undefined;
    app = await startApp({
      env: { SIGNING_ALG: alg, DATABASE_URL: database.url, GATEHOUSE_SECRET },
    });
    return app;
  }

  it(
    'keeps every live token working and signs new ones with the new algorithm',
    async () => {
      const { access_token, refresh_token } = (await (await restart('ES256')).as.member()).tokens;
      const tokens = [access_token];
      let renewal = refresh_token;

      for (const alg of ['PS384', 'ES512', 'ES256'] as const) {
        const restarted = await restart(alg);
        const { status, body } = await refresh(restarted, renewal);
        expect(status).toBe(200);
        renewal = body.refresh_token;
        tokens.push(body.access_token);
        expect(decoded(body.access_token).header['alg']).toBe(alg);

        const keys = await jwksOf(restarted);
        for (const token of tokens) {
          expect(await works(restarted, token)).toBe(true);
          const key = keys.find(({ kid }) => kid === decoded(token).header['kid'])!;
          expect(key.alg).toBe(decoded(token).header['alg']);
          expect(verifies(token, key)).toBe(true);
        }
        const { body: list } = await (await restarted.as.admin()).get('/v1/keys');
        const live = (list.items as ShownKey[]).filter(({ stage }) => stage !== 'previous');
        expect(live.map((key) => [key.stage, key.alg])).toEqual([
          ['next', alg],
          ['current', alg],
        ]);
      }
    },
    PATIENCE_MS,
  );

  it('is no change when it stays the same', async () => {
    const before = await jwksOf(await restart('ES384'));
    expect(await jwksOf(await restart('ES384'))).toEqual(before);
  });
});

/** As an implementer would who has read RFC 7518 §3 and has the JWKS, without a JWT library. */
function verifies(token: string, jwk: JsonWebKey & { alg: string }): boolean {
  const [header, claims, signature] = token.split('.');
  const hash = `sha${jwk.alg.slice(2)}`;
  const key = publicKeyOf(jwk);
  const options = {
    ES: { key, dsaEncoding: 'ieee-p1363' as const },
    RS: { key, padding: constants.RSA_PKCS1_PADDING },
    PS: { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
  }[jwk.alg.slice(0, 2) as 'ES' | 'RS' | 'PS'];
  const body = Buffer.from(`${header}.${claims}`);
  return verify(hash, body, options, Buffer.from(signature!, 'base64url'));
}

function publicKeyOf(jwk: JsonWebKey): KeyObject {
  return createPublicKey({ key: jwk, format: 'jwk' });
}

function withOtherClaims(token: string): string {
  const [header, claims, signature] = token.split('.');
  const other = claims!.startsWith('eyJpc3M') ? claims!.replace('eyJpc3M', 'eyJpc3N') : `${claims}A`;
  return [header, other, signature].join('.');
}

import { Injectable } from '@nestjs/common';
import type { JSONWebKeySet, JWTPayload, JWTVerifyOptions } from 'jose';
import { Settings } from '../../platform/config/settings.js';
import { DocumentsService } from '../../platform/outbound/documents.service.js';
import { OutboundRefused } from '../../platform/outbound/outbound.errors.js';
import type { KnownClient } from './client.types.js';
import { InvalidClient } from './clients.errors.js';
import { UsedIdsService } from './used-ids.service.js';

/** RFC 7523 §2.2 */
export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** Never an HMAC: a public key would do for its secret (RFC 8725 §2.1). */
export const ASSERTION_ALGS = [
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
  'EdDSA',
  'Ed25519',
];
/** FAPI 2.0 Security Profile §5.4.1 */
const FAPI2_ALGS = ['PS256', 'ES256', 'EdDSA', 'Ed25519'];
/** An assertion is made for one request. */
const LIVES_AT_MOST_S = 3_600;
const CLOCK_SKEW_S = 60;
const JWKS_BYTES = 64 * 1024;

/** Loaded for the first assertion. */
const jose = () => import('jose');

/** Verifies what clients sign in place of a secret: `private_key_jwt` (OIDC Core §9, RFC 7523). */
@Injectable()
export class ClientAssertionsService {
  constructor(
    private readonly settings: Settings,
    private readonly documents: DocumentsService,
    private readonly usedIds: UsedIdsService,
  ) {}

  /** Whom an assertion says it is of, unverified; `undefined` for what is no JWT. */
  subjectOf(assertion: string): string | undefined {
    try {
      const payload = Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString();
      const { sub } = JSON.parse(payload) as { sub?: unknown };
      return typeof sub === 'string' ? sub : undefined;
    } catch {
      return undefined;
    }
  }

  /** @throws InvalidClient, whatever is wrong with it */
  async verify(assertion: string, client: KnownClient): Promise<void> {
    const { jti, exp, aud } = await this.claimsOf(assertion, client);
    // A string, and not a list with others in it: what is sent to them must not be of use here.
    if (typeof aud !== 'string' || !this.audiencesFor(client).includes(aud)) throw new InvalidClient('aud');
    if (typeof jti !== 'string' || jti === '') throw new InvalidClient('jti');
    if (exp! > Date.now() / 1000 + LIVES_AT_MOST_S) throw new InvalidClient('exp is too far ahead');
    const isNew = await this.usedIds.use('assertion', client.id, jti, (exp! + CLOCK_SKEW_S) * 1000);
    if (!isNew) throw new InvalidClient('the assertion was used before');
  }

  private async claimsOf(assertion: string, client: KnownClient) {
    const { clientId: issuer, profile } = client;
    const options = {
      algorithms: profile === 'fapi2' ? FAPI2_ALGS : ASSERTION_ALGS,
      issuer,
      subject: issuer,
      clockTolerance: CLOCK_SKEW_S,
      requiredClaims: ['exp', 'jti', 'aud'],
    };
    try {
      return await verifiedBy(await this.keysOf(client), assertion, options);
    } catch (error) {
      const { errors } = await jose();
      if (!(error instanceof errors.JWKSNoMatchingKey) || !client.jwksUri) throw new InvalidClient(error);
    }
    try {
      // The client may have rotated its keys since.
      const { document } = await this.documents.refreshed(client.jwksUri, JWKS_BYTES);
      return await verifiedBy(jwksOf(document), assertion, options);
    } catch (error) {
      throw new InvalidClient(error);
    }
  }

  private async keysOf({ jwks, jwksUri }: KnownClient): Promise<JSONWebKeySet> {
    if (jwks) return jwksOf(jwks);
    if (!jwksUri) throw new InvalidClient('the client has no keys');
    return jwksOf((await this.documents.get(jwksUri, JWKS_BYTES)).document);
  }

  private audiencesFor({ assertionAudience }: KnownClient): string[] {
    const issuer = this.settings.PUBLIC_URL;
    return assertionAudience === 'issuer' ? [issuer] : [issuer, `${issuer}/oauth/token`];
  }
}

/** By a key of the set alone: `jwk`, `jku` and `x5u` of the header are never followed. By each of them, where none is named. */
async function verifiedBy(
  keys: JSONWebKeySet,
  assertion: string,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  const { createLocalJWKSet, errors, jwtVerify } = await jose();
  /** The next key may be the one. */
  const ifOtherKey = (error: unknown): undefined => {
    if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
  };
  try {
    return (await jwtVerify(assertion, createLocalJWKSet(keys), options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      const verified = await jwtVerify(assertion, key, options).catch(ifOtherKey);
      if (verified) return verified.payload;
    }
    throw error;
  }
}

/** @throws OutboundRefused for what is no set of keys */
function jwksOf(document: object): JSONWebKeySet {
  const { keys } = document as Partial<JSONWebKeySet>;
  if (!Array.isArray(keys)) throw new OutboundRefused('it is no set of keys');
  return { keys };
}

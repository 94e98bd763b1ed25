import { constants, sign } from 'node:crypto';
import type { SigningAlgorithm } from '../../platform/config/signing-algorithms.js';

import type { Signer } from '../keys/key.types.js';
import { canonicalSignature } from './ecdsa-spelling.js';

/**
 * A signed JWT in the compact serialization (RFC 7515 §7.1). What it means is the caller's. Not by the library that
 * verifies, which takes half as long again as the signature to get there
 * (docs/decisions/0012-signing-by-node-itself.md).
 */
export function signedJwt(typ: string, claims: object, { kid, alg, privateKey }: Signer): string {
  const input = `${encoded({ alg, typ, kid })}.${encoded(claims)}`;
  const signature = sign(`sha${alg.slice(2)}`, Buffer.from(input), { key: privateKey, ...formatOf(alg) });
  return `${input}.${canonicalSignature(alg, signature).toString('base64url')}`;
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

/** How RFC 7518 §3.3 to §3.5 want a signature to be made and written down. */
function formatOf(alg: SigningAlgorithm) {
  if (alg.startsWith('ES')) return { dsaEncoding: 'ieee-p1363' as const };
  if (alg.startsWith('RS')) return { padding: constants.RSA_PKCS1_PADDING };
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
}

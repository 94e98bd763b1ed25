import { createHash, type JsonWebKey } from 'node:crypto';

/** The members that count, in the order that RFC 7638 §3.2 asks for. */
const REQUIRED_MEMBERS: Record<string, (keyof JsonWebKey)[]> = {
  EC: ['crv', 'kty', 'x', 'y'],
  RSA: ['e', 'kty', 'n'],
};

/** The RFC 7638 SHA-256 thumbprint of a public key, base64url. */
export function thumbprint(jwk: JsonWebKey): string {
  const members = REQUIRED_MEMBERS[jwk.kty!]!.map((name) => [name, jwk[name]]);
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(members)))
    .digest('base64url');
}

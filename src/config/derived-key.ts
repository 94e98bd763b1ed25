import { hkdfSync } from 'node:crypto';

/**
 * A 256-bit key for one purpose, derived from the server secret (HKDF-SHA-256, RFC 5869), so that no two uses
 * share a key.
 */
export function derivedKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `gatehouse:${purpose}`, 32));
}

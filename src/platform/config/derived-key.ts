import { hkdfSync } from 'node:crypto';

/**
 * A 256-bit key for one purpose, derived from the server secret (HKDF-SHA-256, RFC 5869), so that no two uses
 * share a key.
 */
export function derivedKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `gatehouse:${purpose}`, 32));
}

/** What the nodes of one installation, which share a secret, are told apart by where others use the same Redis. */
export function installationName(secret: string): string {
  return derivedKey(secret, 'installation').toString('hex').slice(0, 8);
}

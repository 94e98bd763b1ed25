import type { Algorithm, Jwk } from './algorithms.js';
import { fromBase64, textOf } from './bytes.js';
import { note, type Note } from './messages.js';
import { WEAK_SECRETS } from './weak-secrets.js';

const LEAST_RSA = 2048;

/** What is weak about a key: too short, well known, or not secret at all. */
export function strengthNotes({ name: alg, kty, hashBits: least }: Algorithm, key: Jwk): Note[] {
  if (kty === 'RSA') {
    const bits = fromBase64(key.n ?? '').length * 8;
    return bits < LEAST_RSA ? [note('short-rsa', { bits, alg })] : [];
  }
  if (kty !== 'oct') return [];
  const secret = fromBase64(key.k ?? '');
  const text = textOf(secret);
  const said: Note[] = [];
  if (secret.length * 8 < least) said.push(note('short-secret', { bits: secret.length * 8, alg, least }));
  if (text !== undefined && isPublicKey(text)) said.push(note('secret-is-public'));
  return said;
}

/** A secret that is on the list. */
export function isWellKnown(key: Jwk): boolean {
  return key.kty === 'oct' && WEAK_SECRETS.includes(textOf(fromBase64(key.k ?? '')) ?? 'x'.repeat(99));
}

function isPublicKey(text: string): boolean {
  if (/-----BEGIN (?:RSA )?PUBLIC KEY|-----BEGIN CERTIFICATE|^ssh-/.test(text)) return true;
  return text.trimStart().startsWith('{') && /"kty"\s*:\s*"(?:RSA|EC|OKP)"/.test(text);
}

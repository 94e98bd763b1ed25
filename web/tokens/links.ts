import type { Jwk } from './algorithms.js';
import { algorithmFor } from './algorithms.js';
import { bytesOf, toBase64Url } from './bytes.js';
import type { Decoded } from './decoding.js';
import { thumbprintOf } from './engines.js';
import { isJson, textIn } from './json.js';
import { note, type Code, type Note } from './messages.js';

/** What one token says of another. */
export interface Link {
  isRight: boolean;
  note: Note;
}

/** Half the hash of a value, with the hash of the token's algorithm (OpenID Connect Core §3.1.3.6). */
export async function halfHash(value: string, alg: string): Promise<string> {
  const bits = algorithmFor(alg)?.hashBits ?? 256;
  const hash = new Uint8Array(await crypto.subtle.digest(`SHA-${bits}`, bytesOf(value)));
  return toBase64Url(hash.subarray(0, hash.length / 2));
}

/**
 * Checks what a token says of others: `at_hash` of its access token, `c_hash` of a code, `ath` and `cnf` between a DPoP
 * proof and its token.
 */
export async function linksOf(decoded: Decoded, others: readonly Decoded[], code?: string): Promise<Link[]> {
  const { header, claims = {} } = decoded;
  const alg = textIn(header, 'alg') ?? '';
  const tokens = others.filter((other) => other !== decoded && isAccessToken(other));
  const links: Link[] = [];
  if (typeof claims['at_hash'] === 'string' && tokens.length > 0) {
    const hashes = await Promise.all(tokens.map(({ token }) => halfHash(token, alg)));
    links.push(link(hashes.includes(claims['at_hash']), 'at_hash', 'of-access-token'));
  }
  if (typeof claims['c_hash'] === 'string' && code)
    links.push(link((await halfHash(code, alg)) === claims['c_hash'], 'c_hash', 'of-code'));
  if (typeof claims['ath'] === 'string' && tokens.length > 0) {
    const hashes = await Promise.all(tokens.map(({ token }) => sha256(token)));
    links.push(link(hashes.includes(claims['ath']), 'ath', 'of-access-token'));
  }
  return [...links, ...(await bindingOf(decoded, others))];
}

/** RFC 9449 §6.1: the token names the key that the proof brings. */
async function bindingOf({ claims }: Decoded, others: readonly Decoded[]): Promise<Link[]> {
  const { cnf } = claims ?? {};
  const jkt = isJson(cnf) ? textIn(cnf, 'jkt') : undefined;
  const proofs = others.filter(
    ({ header }) => textIn(header, 'typ') === 'dpop+jwt' && isJson(header?.['jwk']),
  );
  if (jkt === undefined || proofs.length === 0) return [];
  const prints = await Promise.all(
    proofs.map(({ header }) => thumbprintOf(header!['jwk'] as Jwk).catch(() => '')),
  );
  return [link(prints.includes(jkt), 'cnf.jkt', 'of-dpop-key')];
}

function isAccessToken({ header, claims, kind }: Decoded): boolean {
  if (kind === 'opaque' || textIn(header, 'typ') === 'dpop+jwt') return kind === 'opaque';
  return claims?.['at_hash'] === undefined && claims?.['nonce'] === undefined;
}

function link(isRight: boolean, name: string, other: Code): Link {
  return { isRight, note: note(isRight ? 'hash-matches' : 'hash-differs', { name, other: note(other) }) };
}

async function sha256(text: string): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytesOf(text))));
}

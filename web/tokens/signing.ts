import { algorithmFor, algorithmsOf, fits, isPrivate, type Jwk } from './algorithms.js';
import { bytesOf, toBase64Url } from './bytes.js';
import { signBytes } from './engines.js';
import type { Json } from './json.js';
import { note, say, type Note } from './messages.js';
import { isWellKnown, strengthNotes } from './strength.js';

/** Why a token was not signed. `isAdvice` when it is signed all the same on request. */
export class NotSigned extends Error {
  constructor(
    readonly note: Note,
    readonly isAdvice = false,
  ) {
    super(say(note));
  }
}

/**
 * A signed token of a header and a payload as it was typed, byte for byte.
 * @param isInsisting signs with a secret that is too short or well known, too
 * @throws NotSigned for a key that does not fit `alg`, has no private half, or is weak
 */
export async function sign(
  header: Json,
  payload: string,
  key: Jwk | undefined,
  isInsisting = false,
): Promise<string> {
  const { alg } = header;
  const content = header['b64'] === false ? payload : toBase64Url(payload);
  const input = `${toBase64Url(JSON.stringify(header))}.${content}`;
  if (alg === 'none') return `${input}.`;
  if (typeof alg !== 'string') throw new NotSigned(note('alg-missing'));
  const algorithm = algorithmFor(alg, key);
  if (!algorithm) throw new NotSigned(note('alg-unknown', { alg }));
  if (!key) throw new NotSigned(note('no-key'));
  if (!fits(algorithm, key))
    throw new NotSigned(
      note('key-does-not-fit', { kind: [key.kty, key.crv].filter(Boolean).join(' '), alg }),
    );
  if (!isPrivate(key)) throw new NotSigned(note('needs-private'));
  const [weakness] = strengthNotes(algorithm, key);
  if (weakness && !isInsisting) throw new NotSigned(weakness, true);
  if (isWellKnown(key) && !isInsisting) throw new NotSigned(note('weak-secret', { secret: '…' }), true);
  return `${input}.${toBase64Url(await signBytes(algorithm, key, bytesOf(input)))}`;
}

/** The algorithm that a key usually signs with; `undefined` when it signs with none. */
export function defaultAlgorithm(key: Jwk): string | undefined {
  return algorithmsOf(key)[0]?.name;
}

import { algorithmFor, fits, type Algorithm, type Jwk } from './algorithms.js';
import { bytesOf, fromBase64, toBase64Url, type Bytes } from './bytes.js';
import type { Decoded } from './decoding.js';
import { p1363Of } from './der-signatures.js';
import { verifyBytes } from './engines.js';
import { textIn } from './json.js';
import { secretsOf, triedNote, type Key } from './key-reading.js';
import { note, type Note } from './messages.js';
import { strengthNotes } from './strength.js';
import { WEAK_SECRETS } from './weak-secrets.js';

/** Whether a signature is right, by which key, and what is to be said of that. */
export interface Verification {
  state: 'valid' | 'invalid' | 'unsecured' | 'unchecked' | 'unsupported';
  note: Note;
  /** The key that verified it. */
  key?: Key;
  warnings: Note[];
}

/** What a token is verified with. */
export interface Given {
  keys: readonly Key[];
  /** The text that the keys were read from: an HMAC may have been made with a public key as its secret. */
  source?: string;
}

/** Tries every key that fits, the one that `kid` names first, and the well-known secrets. Never throws. */
export async function verify(decoded: Decoded, given: Given): Promise<Verification> {
  const { header } = decoded;
  const alg = header?.['alg'];
  if (alg === undefined || typeof alg !== 'string') return unchecked(note('alg-missing'));
  if (alg.toLowerCase() === 'none') return { state: 'unsecured', note: note('alg-none'), warnings: [] };
  const algorithm = algorithmFor(alg);
  if (!algorithm) return { state: 'unsupported', note: note('alg-unknown', { alg }), warnings: [] };

  const weak = algorithm.kty === 'oct' ? await weakSecretOf(decoded, algorithm) : undefined;
  const keys = inOrder(candidatesFor(algorithm, given), textIn(header, 'kid'));
  for (const key of keys)
    if (await isRight(decoded, alg, key.jwk)) return valid(decoded, algorithm, key, weak);
  const confused = algorithm.kty === 'oct' ? await publicSecretOf(decoded, algorithm, given) : undefined;
  if (confused) return confused;
  if (weak) return guessed(weak);
  if (given.keys.length === 0) return unchecked(note('no-key'));
  if (keys.length === 0) return unchecked(note('no-fitting-key', { alg }));
  return {
    state: 'invalid',
    note: note('unverified', { tried: triedNote(keys) }),
    warnings: await complaints(decoded, algorithm, keys),
  };
}

/** What was signed: the two parts as they stand there (RFC 7515 §5.2). */
export function signedBytes({ jwt }: Decoded): Bytes {
  return bytesOf(jwt.slice(0, jwt.lastIndexOf('.')));
}

export function signatureOf({ parts }: Decoded): Bytes {
  return parts.find(({ name }) => name === 'signature')?.bytes ?? new Uint8Array();
}

/** Whether one key verifies it; a key that is broken does not. */
export async function isRight(
  decoded: Decoded,
  alg: string,
  jwk: Jwk,
  signature = signatureOf(decoded),
): Promise<boolean> {
  const algorithm = algorithmFor(alg, jwk);
  if (!algorithm || !fits(algorithm, jwk)) return false;
  try {
    return await verifyBytes(algorithm, jwk, signedBytes(decoded), signature);
  } catch {
    return false;
  }
}

function unchecked(what: Note): Verification {
  return { state: 'unchecked', note: what, warnings: [] };
}

function candidatesFor({ name }: Algorithm, { keys }: Given): Key[] {
  return keys.filter(({ jwk }) => fits(algorithmFor(name, jwk)!, jwk));
}

/** RFC 8725 §2.1: whether the text of a public key is what the HMAC was made with. */
async function publicSecretOf(decoded: Decoded, algorithm: Algorithm, { keys, source = '' }: Given) {
  if (source.trim() === '' || keys.some(({ jwk }) => jwk.kty === 'oct')) return undefined;
  for (const key of secretsOf(source).filter(({ readAs }) => readAs.code === 'key-as-utf8')) {
    if (!(await isRight(decoded, algorithm.name, key.jwk))) continue;
    const said = valid(decoded, algorithm, key);
    return { ...said, warnings: [note('alg-confusion'), ...said.warnings] };
  }
  return undefined;
}

function inOrder(keys: Key[], kid: string | undefined): Key[] {
  if (kid === undefined) return keys;
  return keys.toSorted((a, b) => Number(b.jwk.kid === kid) - Number(a.jwk.kid === kid));
}

function valid({ header }: Decoded, algorithm: Algorithm, key: Key, weak?: Key): Verification {
  const kid = textIn(header, 'kid');
  const warnings = strengthNotes(algorithm, key.jwk);
  if (weak) warnings.push(note('weak-secret', { secret: weak.readAs }));
  if (kid !== undefined && key.jwk.kid !== undefined && kid !== key.jwk.kid)
    warnings.push(note('kid-other', { kid }));
  if (key.jwk.alg !== undefined && key.jwk.alg !== algorithm.name && algorithm.name !== 'EdDSA')
    warnings.push(note('key-alg', { alg: key.jwk.alg }));
  const isNamed = kid !== undefined && kid === key.jwk.kid;
  return {
    state: 'valid',
    note: note(isNamed ? 'verified-kid' : 'verified', { key: key.readAs }),
    key,
    warnings,
  };
}

/** The secret was not given: it is on the public list. */
function guessed(key: Key): Verification {
  const secret = key.readAs;
  const verified = note('verified', { key: note('key-well-known', { secret }) });
  return { state: 'valid', note: verified, key, warnings: [note('weak-secret', { secret })] };
}

async function weakSecretOf(decoded: Decoded, { name }: Algorithm): Promise<Key | undefined> {
  for (const secret of WEAK_SECRETS) {
    // WebCrypto refuses an empty key.
    if (secret === '') continue;
    const jwk = { kty: 'oct', k: toBase64Url(secret) };
    if (await isRight(decoded, name, jwk))
      return { jwk, readAs: note('key-as', { format: secret }), chain: [] };
  }
  return undefined;
}

/** Why it may be that no key verifies it. */
async function complaints(decoded: Decoded, algorithm: Algorithm, keys: Key[]): Promise<Note[]> {
  const said: Note[] = [];
  const signature = signatureOf(decoded);
  const { name: alg, signatureLength: expected } = algorithm;
  const kid = textIn(decoded.header, 'kid');
  const kids = keys.flatMap(({ jwk }) => jwk.kid ?? []);
  if (kid !== undefined && kids.length > 0 && !kids.includes(kid)) said.push(note('kid-unknown', { kid }));
  const plain = algorithm.kty === 'EC' ? p1363Of(signature, expected! / 2) : undefined;
  for (const { jwk } of plain ? keys : [])
    if (await isRight(decoded, alg, jwk, plain)) return [...said, note('signature-der')];
  // The key decides how long a signature of RSA has to be.
  const modulus = algorithm.kty === 'RSA' ? fromBase64(keys[0]!.jwk.n ?? '').length : signature.length;
  if (signature.length !== modulus)
    said.push(note('signature-length', { length: signature.length, alg, expected: modulus }));
  return said;
}

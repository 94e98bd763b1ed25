import type { Jwk } from './algorithms.js';
import { fromBase64, textOf } from './bytes.js';
import type { Decoded, PartName } from './decoding.js';
import { completed } from './engines.js';
import { textIn } from './json.js';
import { triedNote, type Key } from './key-reading.js';
import { note, type Note } from './messages.js';

/** What came out of an encrypted token. */
export interface Decryption {
  state: 'decrypted' | 'undecryptable' | 'unchecked';
  note: Note;
  /** What was encrypted; a token in a token is text, too. */
  plaintext?: string;
}

/** How many bytes each part has, which can be read without a key. */
export function sizesOf({ parts }: Decoded): { name: PartName; bytes: number }[] {
  return parts.map(({ name, bytes }) => ({ name, bytes: bytes.length }));
}

/** How it is encrypted, by its header. */
export function encryptionNote({ header }: Decoded): Note {
  return note('encrypted', { alg: textIn(header, 'alg') ?? '?', enc: textIn(header, 'enc') ?? '?' });
}

/** Tries every key (RFC 7516 §5.2). Secrets serve as they are, and as passwords. Never throws. */
export async function decrypt({ jwt, header }: Decoded, keys: readonly Key[]): Promise<Decryption> {
  if (keys.length === 0) return { state: 'unchecked', note: note('no-key') };
  const { compactDecrypt } = await import('jose/jwe/compact/decrypt');
  const kid = textIn(header, 'kid');
  const ordered = keys.toSorted((a, b) => Number(b.jwk.kid === kid) - Number(a.jwk.kid === kid));
  let unsupported: string | undefined;
  for (const key of ordered) {
    try {
      const { plaintext } = await compactDecrypt(jwt, await materialOf(key.jwk), {
        keyManagementAlgorithms: [textIn(header, 'alg') ?? ''],
        maxPBES2Count: MAX_PBES2,
      });
      const text = textOf(plaintext) ?? new TextDecoder().decode(plaintext);
      return { state: 'decrypted', note: note('decrypted', { key: key.readAs }), plaintext: text };
    } catch (error) {
      if ((error as { code?: string }).code === 'ERR_JOSE_NOT_SUPPORTED')
        unsupported = (error as Error).message;
    }
  }
  const name = textIn(header, 'alg') ?? '?';
  if (unsupported) return { state: 'unchecked', note: note('enc-unsupported', { name }) };
  return { state: 'undecryptable', note: note('undecryptable', { tried: triedNote(keys) }) };
}

/** More rounds than OWASP asks for, and no more than a browser computes in a few seconds. */
const MAX_PBES2 = 5_000_000;

/** Without `alg`, `use` and `key_ops`, which are for the caller to judge. */
async function materialOf(key: Jwk): Promise<Uint8Array | Jwk> {
  if (key.kty === 'oct') return fromBase64(key.k ?? '');
  const { alg: _, use: __, kid: ___, ...members } = await completed(key);
  return Object.fromEntries(
    Object.entries(members).filter(([name]) => name !== 'key_ops' && name !== 'ext'),
  ) as unknown as Jwk;
}

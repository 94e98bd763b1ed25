import type { SignedKind } from '../access-tokens/token-kind.types.js';
import type { TokenKinds } from '../access-tokens/token-kinds.service.js';
import { MEANINGS, TIMES, timeInWords } from './claim-meanings.js';
import type { InspectionResponse } from './tokens.dto.js';

/** Deeper than any claim of ours; what is much deeper can be read, but not written out again. */
const MAX_DEPTH = 10;

export type Json = Record<string, unknown>;

/** The header and the claims of a token, for reading only: nothing is believed of it. */
export function partsOf(token: string): [header: Json | undefined, claims: Json | undefined] {
  const [header = '', claims = ''] = token.split('.', 2);
  return [decode(header), decode(claims)];
}

/** The kind of a signed token, by what its header says; `undefined` for what is none. */
export function kindOf(sent: string, kinds: TokenKinds): SignedKind | undefined {
  const token = kinds.withoutPrefix(sent);
  const [header] = partsOf(token);
  return kinds.ofType(header?.['typ'], token);
}

/** Each member with what it means, and times in words. */
export function explain(members: Json | undefined): InspectionResponse['claims'] {
  return Object.entries(members ?? {}).map(([name, value]) => ({
    name,
    value,
    meaning: MEANINGS.get(name) ?? 'Not one that this server knows',
    ...(TIMES.has(name) && { inWords: timeInWords(value) }),
  }));
}

function decode(part: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
    return isShallow(value, MAX_DEPTH) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

function isShallow(value: unknown, depth: number): boolean {
  if (value === null || typeof value !== 'object') return true;
  return depth > 0 && Object.values(value).every((each) => isShallow(each, depth - 1));
}

/** Longer ones are refused unread; none of ours is. */
export const MAX_TOKEN_LENGTH = 8_192;

/** RFC 9068 §2.1 */
export const ACCESS_TOKEN_TYPE = 'at+jwt';
export const API_KEY_TYPE = 'api-key+jwt';
/** The kinds of tokens that we sign, as their headers say it; none passes for another (RFC 8725 §3.11). */
const TYPES = [ACCESS_TOKEN_TYPE, API_KEY_TYPE] as const;
export type TokenType = (typeof TYPES)[number];

/** In front of an API key, so that scanners for leaked secrets know it; see docs/api-keys.md. */
export const API_KEY_PREFIX = 'ghk_';

/** `undefined` for a kind of token that is not ours. */
export function tokenType({ typ }: TokenHeader): TokenType | undefined {
  return TYPES.find((each) => each === typ);
}

export interface TokenHeader {
  typ?: unknown;
  alg?: unknown;
  kid?: unknown;
  crit?: unknown;
}

/**
 * The header of a compact JWS; `undefined` for anything but three non-empty parts in canonical base64url whose
 * header is a JSON object. Strict, so that one token has one spelling (RFC 7515 §2, RFC 8725 §2.4).
 */
export function readHeader(token: string): TokenHeader | undefined {
  if (token.length > MAX_TOKEN_LENGTH) return undefined;
  const parts = token.split('.', 4);
  if (parts.length !== 3 || !parts.every((part) => part !== '' && isCanonical(part))) return undefined;
  try {
    const header: unknown = JSON.parse(Buffer.from(parts[0]!, 'base64url').toString());
    return header !== null && typeof header === 'object' && !Array.isArray(header) ? header : undefined;
  } catch {
    return undefined;
  }
}

function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part;
}

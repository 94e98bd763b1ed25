/** Longer ones are refused unread; none of ours is. */
export const MAX_TOKEN_LENGTH = 8_192;

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

/** The bytes of the last part of a compact JWS. */
export function signatureOf(token: string): Buffer {
  return Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url');
}

function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part;
}

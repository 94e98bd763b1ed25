import { createHmac, timingSafeEqual } from 'node:crypto';
import { parse, stringify } from 'uuid';
import { REFRESH_TOKEN } from '../../platform/http/fields.js';

const ID_BYTES = 16;
const GENERATION_BYTES = 6;
const BODY_BYTES = ID_BYTES + GENERATION_BYTES;
const MAC_BYTES = 32;
const TOKEN_BYTES = BODY_BYTES + MAC_BYTES;

/** A refresh token taken apart, its MAC not yet checked. */
export interface ParsedRefreshToken {
  sessionId: string;
  generation: number;
  /** What the MAC is of. */
  body: Buffer;
  mac: Buffer;
}

/**
 * The key of a session's refresh tokens, from the session's salt and a key of the server's: neither a database dump
 * nor the secret alone makes a token.
 */
export function sessionKey(salt: string, serverKey: Buffer): Buffer {
  return createHmac('sha256', serverKey).update(salt).digest();
}

/** A refresh token: base64url(session id, generation, MAC). */
export function refreshToken(sessionId: string, generation: number, key: Buffer): string {
  const bytes = Buffer.allocUnsafe(TOKEN_BYTES);
  bytes.set(parse(sessionId));
  bytes.writeUIntBE(generation, ID_BYTES, GENERATION_BYTES);
  bytes.set(macOf(bytes.subarray(0, BODY_BYTES), key), BODY_BYTES);
  return bytes.toString('base64url');
}

/** Takes a token apart; `undefined` for what cannot be one. */
export function parseRefreshToken(token: string): ParsedRefreshToken | undefined {
  if (!REFRESH_TOKEN.test(token)) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  return {
    sessionId: stringifyId(bytes.subarray(0, ID_BYTES)),
    generation: bytes.readUIntBE(ID_BYTES, GENERATION_BYTES),
    body: bytes.subarray(0, BODY_BYTES),
    mac: bytes.subarray(BODY_BYTES),
  };
}

/** Whether one of the session's keys, the current or an earlier one, made this token. */
export function isAuthentic({ body, mac }: ParsedRefreshToken, keys: Buffer[]): boolean {
  return keys.some((key) => timingSafeEqual(macOf(body, key), mac));
}

function macOf(body: Buffer, key: Buffer): Buffer {
  return createHmac('sha256', key).update(body).digest();
}

/** Random bytes are no UUID; they lead to no session either. */
function stringifyId(bytes: Buffer): string {
  try {
    return stringify(bytes);
  } catch {
    return '00000000-0000-0000-0000-000000000000';
  }
}

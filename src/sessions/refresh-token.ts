import { createHmac, timingSafeEqual } from 'node:crypto';
import { parse, stringify } from 'uuid';

const ID_BYTES = 16;
const GENERATION_BYTES = 6;
const MAC_BYTES = 32;
const TOKEN_BYTES = ID_BYTES + GENERATION_BYTES + MAC_BYTES;
/** 54 bytes are 72 characters without a spare bit, so a token has one spelling. */
const SPELLING = /^[\w-]{72}$/;

/** A refresh token taken apart, its MAC not yet checked. */
export interface ParsedRefreshToken {
  sessionId: string;
  generation: number;
  mac: Buffer;
}

/**
 * A refresh token: base64url(session id, generation, MAC). The key of the MAC is derived from the server secret
 * and the session's salt, so neither a database dump nor the secret alone makes one.
 */
export function refreshToken(sessionId: string, generation: number, salt: string, key: Buffer): string {
  const body = bodyOf(sessionId, generation);
  return Buffer.concat([body, macOf(body, salt, key)]).toString('base64url');
}

/** Takes a token apart; `undefined` for what cannot be one. */
export function parseRefreshToken(token: string): ParsedRefreshToken | undefined {
  if (!SPELLING.test(token)) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  return {
    sessionId: stringifyId(bytes.subarray(0, ID_BYTES)),
    generation: bytes.readUIntBE(ID_BYTES, GENERATION_BYTES),
    mac: bytes.subarray(TOKEN_BYTES - MAC_BYTES),
  };
}

/** Whether one of the server's keys, the current or an earlier one, made this token. */
export function isAuthentic(token: ParsedRefreshToken, salt: string, keys: Buffer[]): boolean {
  const body = bodyOf(token.sessionId, token.generation);
  return keys.some((key) => timingSafeEqual(macOf(body, salt, key), token.mac));
}

function bodyOf(sessionId: string, generation: number): Buffer {
  const body = Buffer.alloc(ID_BYTES + GENERATION_BYTES);
  body.set(parse(sessionId));
  body.writeUIntBE(generation, ID_BYTES, GENERATION_BYTES);
  return body;
}

function macOf(body: Buffer, salt: string, key: Buffer): Buffer {
  const sessionKey = createHmac('sha256', key).update(salt).digest();
  return createHmac('sha256', sessionKey).update(body).digest();
}

/** Random bytes are no UUID; they lead to no session either. */
function stringifyId(bytes: Buffer): string {
  try {
    return stringify(bytes);
  } catch {
    return '00000000-0000-0000-0000-000000000000';
  }
}

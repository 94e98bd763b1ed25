import { createHmac, timingSafeEqual } from 'node:crypto';
import { parse, stringify } from 'uuid';

const ID_BYTES = 16;
/** 48 bytes are 64 characters without a spare bit, so a token has one spelling. */
const SPELLING = /^[\w-]{64}$/;

/** What the single sign-on cookie holds, taken apart; its MAC is not checked yet. */
export interface ParsedSsoToken {
  sessionId: string;
  mac: Buffer;
}

/** The value of the single sign-on cookie: base64url(session id, MAC). It is the same for as long as the session lives. */
export function ssoToken(sessionId: string, key: Buffer): string {
  const id = parse(sessionId);
  return Buffer.concat([id, macOf(id, key)]).toString('base64url');
}

/** Takes a token apart; `undefined` for what cannot be one. */
export function parseSsoToken(token: string): ParsedSsoToken | undefined {
  if (!SPELLING.test(token)) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  try {
    return { sessionId: stringify(bytes.subarray(0, ID_BYTES)), mac: bytes.subarray(ID_BYTES) };
  } catch {
    // Random bytes are no UUID.
    return undefined;
  }
}

/** Whether one of the session's keys, the current or an earlier one, made this token. */
export function isAuthenticSso({ sessionId, mac }: ParsedSsoToken, keys: Buffer[]): boolean {
  const id = parse(sessionId);
  return keys.some((key) => timingSafeEqual(macOf(id, key), mac));
}

function macOf(id: Uint8Array, key: Buffer): Buffer {
  return createHmac('sha256', key).update(id).digest();
}

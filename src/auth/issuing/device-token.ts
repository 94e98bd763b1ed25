import { createHmac, timingSafeEqual } from 'node:crypto';
import { parse, stringify } from 'uuid';

const USER_BYTES = 16;
const DEVICE_BYTES = 12;
const TIME_BYTES = 6;
const BODY_BYTES = USER_BYTES + DEVICE_BYTES + TIME_BYTES;
/** 66 bytes are 88 characters without a spare bit, so a token has one spelling. */
const SPELLING = /^[\w-]{88}$/;
/** Of the answer that hands the token out, and of the login that sends it back. */
export const DEVICE_TOKEN_HEADER = 'device-token';
/** A device that has not signed in for so long is a stranger again. */
export const DEVICE_TOKEN_TTL_MS = 365 * 86_400_000;

/** A device that has signed in to an account. */
export interface KnownDevice {
  userId: string;
  deviceId: string;
}

/**
 * What a device is given when somebody signs in on it: base64url(user id, device id, time, MAC). It signs nobody in.
 * Whoever sends it back, with the address it was made for, is not held back by what strangers do.
 * @param deviceId 12 bytes in base64url
 */
export function deviceToken(
  { userId, deviceId }: KnownDevice,
  email: string,
  now: number,
  key: Buffer,
): string {
  const body = Buffer.alloc(BODY_BYTES);
  body.set(parse(userId));
  body.set(Buffer.from(deviceId, 'base64url'), USER_BYTES);
  body.writeUIntBE(now, USER_BYTES + DEVICE_BYTES, TIME_BYTES);
  return Buffer.concat([body, macOf(body, email, key)]).toString('base64url');
}

/** The device that a token was made for; `undefined` unless one of the keys made it, for this address, within a year. */
export function deviceOf(token: string, email: string, now: number, keys: Buffer[]): KnownDevice | undefined {
  if (!SPELLING.test(token)) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  const body = bytes.subarray(0, BODY_BYTES);
  const isOurs = keys.some((key) => timingSafeEqual(macOf(body, email, key), bytes.subarray(BODY_BYTES)));
  if (!isOurs || body.readUIntBE(USER_BYTES + DEVICE_BYTES, TIME_BYTES) + DEVICE_TOKEN_TTL_MS <= now)
    return undefined;
  return {
    userId: stringify(body.subarray(0, USER_BYTES)),
    deviceId: body.subarray(USER_BYTES, USER_BYTES + DEVICE_BYTES).toString('base64url'),
  };
}

function macOf(body: Buffer, email: string, key: Buffer): Buffer {
  return createHmac('sha256', key).update(body).update(email).digest();
}

import { createHmac, timingSafeEqual } from 'node:crypto';
import { parse, stringify } from 'uuid';

const USER_BYTES = 16;
const DEVICE_BYTES = 12;
const EPOCH_BYTES = 3;
const TIME_BYTES = 6;
const EPOCH_AT = USER_BYTES + DEVICE_BYTES;
const TIME_AT = EPOCH_AT + EPOCH_BYTES;
const BODY_BYTES = TIME_AT + TIME_BYTES;
/** 69 bytes are 92 characters without a spare bit, so a token has one spelling. */
const SPELLING = /^[\w-]{92}$/;
/** A device that has not signed in for so long is a stranger again. */
export const DEVICE_TOKEN_TTL_MS = 365 * 86_400_000;

/** A device that has signed in to an account. */
export interface KnownDevice {
  userId: string;
  deviceId: string;
  /** The user's number of the time; see `DeviceEpoch`. Modulo 2^24. */
  epoch: number;
}

/**
 * What a device gets when a user signs in on it: base64url(user id, device id, epoch, time, MAC). It is no credential.
 * A login that sends it back, for the address it was made for, does not wait for guesses of unknown devices.
 * @param deviceId 12 bytes in base64url
 */
export function deviceToken(
  { userId, deviceId, epoch }: KnownDevice,
  email: string,
  now: number,
  key: Buffer,
): string {
  const body = Buffer.alloc(BODY_BYTES);
  body.set(parse(userId));
  body.set(Buffer.from(deviceId, 'base64url'), USER_BYTES);
  body.writeUIntBE(epoch, EPOCH_AT, EPOCH_BYTES);
  body.writeUIntBE(now, TIME_AT, TIME_BYTES);
  return Buffer.concat([body, macOf(body, email, key)]).toString('base64url');
}

/** The device that a token was made for; `undefined` unless one of the keys made it, for this address, within a year. */
export function deviceOf(token: string, email: string, now: number, keys: Buffer[]): KnownDevice | undefined {
  if (!SPELLING.test(token)) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  const body = bytes.subarray(0, BODY_BYTES);
  const isOurs = keys.some((key) => timingSafeEqual(macOf(body, email, key), bytes.subarray(BODY_BYTES)));
  if (!isOurs || body.readUIntBE(TIME_AT, TIME_BYTES) + DEVICE_TOKEN_TTL_MS <= now) return undefined;
  return {
    userId: stringify(body.subarray(0, USER_BYTES)),
    deviceId: body.subarray(USER_BYTES, EPOCH_AT).toString('base64url'),
    epoch: body.readUIntBE(EPOCH_AT, EPOCH_BYTES),
  };
}

function macOf(body: Buffer, email: string, key: Buffer): Buffer {
  return createHmac('sha256', key).update(body).update(email).digest();
}

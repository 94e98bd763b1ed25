import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { DEVICE_TOKEN_TTL_MS, deviceOf, deviceToken } from './device-token.js';

const KEY = randomBytes(32);
const NOW = Date.UTC(2026, 10, 30);
const EMAIL = 'ada@example.com';
const DEVICE = { userId: uuidv7(), deviceId: randomBytes(12).toString('base64url'), epoch: 2 ** 24 - 1 };
const TOKEN = deviceToken(DEVICE, EMAIL, NOW, KEY);

describe('the token of a device', () => {
  it('names the device that it was made for, to the same address', () => {
    expect(deviceOf(TOKEN, EMAIL, NOW, [KEY])).toEqual(DEVICE);
    expect(deviceOf(TOKEN, 'eve@example.com', NOW, [KEY])).toBeUndefined();
  });

  it('is known by a key of before, and by no other', () => {
    expect(deviceOf(TOKEN, EMAIL, NOW, [randomBytes(32), KEY])).toEqual(DEVICE);
    expect(deviceOf(TOKEN, EMAIL, NOW, [randomBytes(32)])).toBeUndefined();
    expect(deviceOf(TOKEN, EMAIL, NOW, [])).toBeUndefined();
  });

  it('ends after a year, to the millisecond', () => {
    expect(deviceOf(TOKEN, EMAIL, NOW + DEVICE_TOKEN_TTL_MS - 1, [KEY])).toEqual(DEVICE);
    expect(deviceOf(TOKEN, EMAIL, NOW + DEVICE_TOKEN_TTL_MS, [KEY])).toBeUndefined();
  });

  it('is worth nothing with any byte changed', () => {
    const bytes = Buffer.from(TOKEN, 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(deviceOf(changed.toString('base64url'), EMAIL, NOW, [KEY]), `byte ${at}`).toBeUndefined();
    }
  });

  it.each([
    ['nothing', ''],
    ['a character less', TOKEN.slice(1)],
    ['a character more', `${TOKEN}A`],
    ['padding', `${TOKEN.slice(0, -1)}=`],
    ['a space', ` ${TOKEN}`],
  ])('is not %s', (_, text) => {
    expect(deviceOf(text, EMAIL, NOW, [KEY])).toBeUndefined();
  });
});

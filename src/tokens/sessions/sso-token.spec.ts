import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { isAuthenticSso, parseSsoToken, ssoToken } from './sso-token.js';

const KEY = randomBytes(32);
const SESSION = uuidv7();
const TOKEN = ssoToken(SESSION, KEY);

const isKnown = (token: string, ...keys: Buffer[]) => {
  const parsed = parseSsoToken(token);
  return parsed !== undefined && isAuthenticSso(parsed, keys);
};

describe('the single sign-on token', () => {
  it('is the same for as long as the session lives', () => {
    expect(ssoToken(SESSION, KEY)).toBe(TOKEN);
    expect(ssoToken(uuidv7(), KEY)).not.toBe(TOKEN);
  });

  it('names its session', () => {
    expect(parseSsoToken(TOKEN)?.sessionId).toBe(SESSION);
  });

  it('is known by the key of the session or one of before, and by no other', () => {
    expect(isKnown(TOKEN, KEY)).toBe(true);
    expect(isKnown(TOKEN, randomBytes(32), KEY)).toBe(true);
    expect(isKnown(TOKEN, randomBytes(32))).toBe(false);
    expect(isKnown(TOKEN)).toBe(false);
  });

  it('is worth nothing with any byte changed', () => {
    const bytes = Buffer.from(TOKEN, 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(isKnown(changed.toString('base64url'), KEY), `byte ${at}`).toBe(false);
    }
  });

  it('is worth nothing with the MAC of another session', () => {
    const [own, other] = [TOKEN, ssoToken(uuidv7(), KEY)].map((each) => Buffer.from(each, 'base64url'));
    const mixed = Buffer.concat([own!.subarray(0, 16), other!.subarray(16)]);
    expect(isKnown(mixed.toString('base64url'), KEY)).toBe(false);
  });

  it.each([
    ['nothing', ''],
    ['a character less', TOKEN.slice(1)],
    ['a character more', `${TOKEN}A`],
    ['letters of base64', `${TOKEN.slice(0, -1)}+`],
    ['zeros, of which no session has its id', 'A'.repeat(64)],
    ['bytes that are no UUID', '_'.repeat(64)],
  ])('is not %s', (_, text) => {
    expect(isKnown(text, KEY)).toBe(false);
  });
});

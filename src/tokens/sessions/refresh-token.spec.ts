import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { isAuthentic, parseRefreshToken, refreshToken, sessionKey } from './refresh-token.js';

const KEY = randomBytes(32);
const SALT = randomBytes(32).toString('base64url');
const ID = uuidv7();

const isOurs = (token: string, salt = SALT, keys = [KEY]) => {
  const parsed = parseRefreshToken(token);
  return (
    parsed !== undefined &&
    isAuthentic(
      parsed,
      keys.map((key) => sessionKey(salt, key)),
    )
  );
};
const tokenOf = (id: string, generation: number, salt = SALT, key = KEY) =>
  refreshToken(id, generation, sessionKey(salt, key));

describe('a refresh token', () => {
  it.each([0, 1, 255, 256, 2 ** 31, 2 ** 32, 2 ** 48 - 1])(
    'carries its session and generation %i',
    (generation) => {
      const token = tokenOf(ID, generation);
      expect(parseRefreshToken(token)).toMatchObject({ sessionId: ID, generation });
      expect(isOurs(token)).toBe(true);
    },
  );

  it('is the same each time, and another for each session, generation, salt and key', () => {
    const tokens = [
      tokenOf(ID, 1),
      tokenOf(uuidv7(), 1),
      tokenOf(ID, 2),
      tokenOf(ID, 1, randomBytes(32).toString('base64url')),
      tokenOf(ID, 1, SALT, randomBytes(32)),
    ];
    expect(tokenOf(ID, 1)).toBe(tokens[0]);
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  it('is nobody’s when the salt or the key is another', () => {
    const token = tokenOf(ID, 1);
    expect(isOurs(token, `${SALT}A`)).toBe(false);
    expect(isOurs(token, '')).toBe(false);
    expect(isOurs(token, SALT, [randomBytes(32)])).toBe(false);
    expect(isOurs(token, SALT, [])).toBe(false);
    expect(isOurs(token, SALT, [randomBytes(32), KEY])).toBe(true);
  });

  it('is refused when any one of its bits is flipped', () => {
    const bytes = Buffer.from(tokenOf(ID, 7), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(isOurs(flipped.toString('base64url'))).toBe(false);
    }
    expect(isOurs(bytes.toString('base64url'))).toBe(true);
  });

  it('has one spelling', () => {
    const token = tokenOf(ID, 7);
    const bytes = Buffer.from(token, 'base64url');
    const spellings = [
      `${token}=`,
      `${token}==`,
      ` ${token}`,
      `${token} `,
      `${token}\n`,
      `${token}A`,
      token.slice(0, -1),
      `${token.slice(0, 36)}.${token.slice(36)}`,
      `${token.slice(0, 36)}\n${token.slice(37)}`,
      bytes.toString('hex'),
      '',
    ];
    for (const spelling of spellings) expect(parseRefreshToken(spelling)).toBeUndefined();
    // No two of the 64 characters mean the same at any place.
    for (let at = 0; at < token.length; at++) {
      for (const character of 'Aa0-_') {
        const other = token.slice(0, at) + character + token.slice(at + 1);
        expect(isOurs(other)).toBe(other === token);
      }
    }
  });

  it('is never spelled with + or /', () => {
    for (let times = 0; times < 64; times++) {
      const token = tokenOf(uuidv7(), times);
      expect(token).toMatch(/^[\w-]{72}$/);
      const plain = token.replaceAll('-', '+').replaceAll('_', '/');
      expect(plain === token || parseRefreshToken(plain) === undefined).toBe(true);
    }
  });

  it('leads to no session when its id is no UUID', () => {
    const bytes = Buffer.from(tokenOf(ID, 7), 'base64url').fill(0xee, 0, 16);
    const parsed = parseRefreshToken(bytes.toString('base64url'))!;
    expect(parsed.sessionId).toBe('00000000-0000-0000-0000-000000000000');
    expect(isAuthentic(parsed, [sessionKey(SALT, KEY)])).toBe(false);
  });
});

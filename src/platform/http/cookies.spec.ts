import type { FastifyReply, FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import type { Settings } from '../config/settings.js';
import {
  accessCookie,
  clearSessionCookies,
  cookieOf,
  hasSessionCookies,
  refreshCookie,
  setAccessCookie,
  setDeviceCookie,
  setSessionCookies,
} from './cookies.js';
import { CookieTooLarge, RepeatedCookie } from './http.errors.js';

const HTTPS = { isPlainLocalhost: false } as Settings;
const LOCALHOST = { isPlainLocalhost: true } as Settings;
const TOKENS = {
  accessToken: 'access',
  expiresIn: 900,
  refreshToken: 'refresh',
  refreshExpiresIn: 2_592_000,
};

const asking = (cookie?: string) => ({ headers: { cookie } }) as FastifyRequest;

/** The cookies that `set` sets: name, value, and attributes in their order. */
function cookiesOf(set: (reply: FastifyReply) => void): string[] {
  const cookies: string[] = [];
  set({ header: (_: string, cookie: string) => cookies.push(cookie) } as never);
  return cookies;
}

describe('a cookie of a request', () => {
  it.each<[string, string | undefined, string | undefined]>([
    ['no header', undefined, undefined],
    ['other cookies', 'a=1; b=2', undefined],
    ['the cookie among others', 'a=1; name=value; b=2', 'value'],
    ['no space between', 'a=1;name=value', 'value'],
    ['an encoded value', 'name=a%20b', 'a b'],
    ['quotes, which belong to the value', 'name="value"', '"value"'],
    ['an empty value', 'name=', ''],
    ['a name that only ends alike', 'my-name=value', undefined],
    ['a name in another case', 'Name=value', undefined],
    ['a space of another kind before the name, which makes it another', '\u00a0name=value', undefined],
    ['a name alone', 'name', undefined],
  ])('is read from %s', (_, header, expected) => {
    expect(cookieOf(asking(header), 'name')).toBe(expected);
  });

  it.each(['name=a; name=b', 'name=a; x=1;\tname=a', 'name=; name='])(
    'is refused when it is there twice: %j',
    (header) => {
      expect(() => cookieOf(asking(header), 'name')).toThrow(RepeatedCookie);
    },
  );

  it('is read by the name that its prefix binds to the host', () => {
    const both = asking('gatehouse_access=plain; __Host-gatehouse_access=bound');
    expect(accessCookie(both, HTTPS)).toBe('bound');
    expect(accessCookie(both, LOCALHOST)).toBe('plain');
    expect(accessCookie(asking('gatehouse_access=plain'), HTTPS)).toBeUndefined();
    expect(accessCookie(asking('__Secure-gatehouse_access=x'), HTTPS)).toBeUndefined();
  });

  it('is one of a session, whichever of the two is there', () => {
    expect(hasSessionCookies(asking('__Host-gatehouse_refresh=a'), HTTPS)).toBe(true);
    expect(hasSessionCookies(asking('__Host-gatehouse_access='), HTTPS)).toBe(true);
    expect(hasSessionCookies(asking('__Host-gatehouse_device=a'), HTTPS)).toBe(false);
    expect(refreshCookie(asking('__Host-gatehouse_refresh=a'), HTTPS)).toBe('a');
  });
});

describe('the cookies of a session', () => {
  it('are bound to the host over https, and out of the reach of scripts', () => {
    expect(cookiesOf((reply) => setSessionCookies(reply, HTTPS, TOKENS))).toEqual([
      '__Host-gatehouse_access=access; Max-Age=900; Path=/; HttpOnly; Secure; SameSite=Lax',
      '__Host-gatehouse_refresh=refresh; Max-Age=2592000; Path=/; HttpOnly; Secure; SameSite=Strict',
    ]);
  });

  it('are without prefix and Secure on plain localhost, where the refresh cookie has a path', () => {
    expect(cookiesOf((reply) => setSessionCookies(reply, LOCALHOST, TOKENS))).toEqual([
      'gatehouse_access=access; Max-Age=900; Path=/; HttpOnly; SameSite=Lax',
      'gatehouse_refresh=refresh; Max-Age=2592000; Path=/v1/auth; HttpOnly; SameSite=Strict',
    ]);
  });

  it('are taken away by the same names and paths', () => {
    const gone = 'Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure';
    expect(cookiesOf((reply) => clearSessionCookies(reply, HTTPS))).toEqual([
      `__Host-gatehouse_access=; ${gone}; SameSite=Lax`,
      `__Host-gatehouse_refresh=; ${gone}; SameSite=Strict`,
    ]);
  });

  it('leave the cookie of the device, which is as strict', () => {
    expect(cookiesOf((reply) => setDeviceCookie(reply, HTTPS, 'device', 60))).toEqual([
      '__Host-gatehouse_device=device; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Strict',
    ]);
  });
});

const ROOM = 4_096 - '__Host-gatehouse_access=; Max-Age=900; Path=/; HttpOnly; Secure; SameSite=Lax'.length;
const setAccess = (length: number) => (reply: FastifyReply) =>
  setAccessCookie(reply, HTTPS, { ...TOKENS, accessToken: 'x'.repeat(length) });

describe('a cookie that no browser would keep', () => {
  it('has more than 4096 bytes, with its attributes', () => {
    expect(cookiesOf(setAccess(ROOM))).toHaveLength(1);
    expect(() => cookiesOf(setAccess(ROOM + 1))).toThrow(CookieTooLarge);
  });

  it('leaves the refresh cookie, so that the session goes on', () => {
    const cookies: string[] = [];
    const reply = { header: (_: string, cookie: string) => cookies.push(cookie) } as never;
    const tokens = { ...TOKENS, accessToken: 'x'.repeat(ROOM + 1) };
    expect(() => setSessionCookies(reply, HTTPS, tokens)).toThrow(CookieTooLarge);
    expect(cookies.map((each) => each.split('=', 1)[0])).toEqual(['__Host-gatehouse_refresh']);
  });
});

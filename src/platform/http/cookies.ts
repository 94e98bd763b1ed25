import { parseCookie, stringifySetCookie, type SerializeOptions } from 'cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Settings } from '../config/settings.js';
import { CookieTooLarge, RepeatedCookie } from './http.errors.js';

/** Name, value and attributes: what RFC 6265 §6.1 lets every server rely on, and no browser goes much beyond. */
const MAX_BYTES = 4_096;

/** What the two session cookies carry, with their lifetimes in seconds. */
export interface SessionCookies {
  accessToken: string;
  expiresIn: number;
  refreshToken: string;
  refreshExpiresIn: number;
}

export function accessCookie(request: FastifyRequest, settings: Settings): string | undefined {
  return cookieOf(request, accessName(settings));
}

export function refreshCookie(request: FastifyRequest, settings: Settings): string | undefined {
  return cookieOf(request, refreshName(settings));
}

export function hasSessionCookies(request: FastifyRequest, settings: Settings): boolean {
  return [accessCookie(request, settings), refreshCookie(request, settings)].some(
    (cookie) => cookie !== undefined,
  );
}

/** @throws CookieTooLarge */
export function setAccessCookie(
  reply: FastifyReply,
  settings: Settings,
  { accessToken, expiresIn }: Pick<SessionCookies, 'accessToken' | 'expiresIn'>,
): void {
  setCookie(reply, accessName(settings), accessToken, { ...accessOptions(settings), maxAge: expiresIn });
}

/** @throws CookieTooLarge for the access token; the refresh cookie is set all the same, so that the session goes on */
export function setSessionCookies(reply: FastifyReply, settings: Settings, tokens: SessionCookies): void {
  try {
    setAccessCookie(reply, settings, tokens);
  } finally {
    const options = { ...refreshOptions(settings), maxAge: tokens.refreshExpiresIn };
    setCookie(reply, refreshName(settings), tokens.refreshToken, options);
  }
}

/** What this device was given at a sign-in; it outlives the session. */
export function deviceCookie(request: FastifyRequest, settings: Settings): string | undefined {
  return cookieOf(request, deviceName(settings));
}

/** @param maxAge seconds */
export function setDeviceCookie(
  reply: FastifyReply,
  settings: Settings,
  token: string,
  maxAge: number,
): void {
  setCookie(reply, deviceName(settings), token, { ...refreshOptions(settings), maxAge });
}

export function clearSessionCookies(reply: FastifyReply, settings: Settings): void {
  const gone = { expires: new Date(0), maxAge: 0 };
  setCookie(reply, accessName(settings), '', { ...accessOptions(settings), ...gone });
  setCookie(reply, refreshName(settings), '', { ...refreshOptions(settings), ...gone });
}

/**
 * Read when asked for: the plugin's hooks would do so, and look for cookies to set, on every request.
 * @throws RepeatedCookie: a page of a sibling host may have set one of two (RFC 6265 §8.6), and nothing says which
 */
export function cookieOf({ headers: { cookie } }: FastifyRequest, name: string): string | undefined {
  if (cookie === undefined) return undefined;
  const [found, ...more] = cookie.split(';').filter((each) => nameOf(each) === name);
  if (more.length > 0) throw new RepeatedCookie(name);
  return found && parseCookie(found)[name];
}

/** Without spaces and tabs alone: what else a browser sends before a prefix makes it another name. */
function nameOf(pair: string): string {
  return pair.slice(0, pair.indexOf('=')).replaceAll(/^[ \t]+|[ \t]+$/g, '');
}

/** Besides those that the reply sets already; Fastify joins them to a list. */
export function setCookie(reply: FastifyReply, name: string, value: string, options: SerializeOptions): void {
  const cookie = stringifySetCookie(name, value, options);
  if (cookie.length > MAX_BYTES) throw new CookieTooLarge(cookie.length, MAX_BYTES);
  void reply.header('set-cookie', cookie);
}

/**
 * `__Host-` binds a cookie to this host and to https: no sibling host can set it, which `__Secure-` alone would allow. It
 * asks for `Path=/`. Plain-http localhost cannot have it.
 */
export const nameIn = (settings: Settings, name: string) =>
  settings.isPlainLocalhost ? name : `__Host-${name}`;
const accessName = (settings: Settings) => nameIn(settings, 'gatehouse_access');
const refreshName = (settings: Settings) => nameIn(settings, 'gatehouse_refresh');
export const deviceName = (settings: Settings) => nameIn(settings, 'gatehouse_device');

export const accessOptions = (settings: Settings): SerializeOptions => ({
  httpOnly: true,
  secure: !settings.isPlainLocalhost,
  sameSite: 'lax',
  path: '/',
});

const refreshOptions = (settings: Settings): SerializeOptions => ({
  ...accessOptions(settings),
  sameSite: 'strict',
  path: settings.isPlainLocalhost ? '/v1/auth' : '/',
});

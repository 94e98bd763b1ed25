import { parseCookie, stringifySetCookie, type SerializeOptions } from 'cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Settings } from '../config/settings.js';

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

export function setAccessCookie(
  reply: FastifyReply,
  settings: Settings,
  { accessToken, expiresIn }: Pick<SessionCookies, 'accessToken' | 'expiresIn'>,
): void {
  setCookie(reply, accessName(settings), accessToken, { ...accessOptions(settings), maxAge: expiresIn });
}

export function setSessionCookies(reply: FastifyReply, settings: Settings, tokens: SessionCookies): void {
  setAccessCookie(reply, settings, tokens);
  setCookie(reply, refreshName(settings), tokens.refreshToken, {
    ...refreshOptions(settings),
    maxAge: tokens.refreshExpiresIn,
  });
}

/** What this device was given when somebody signed in on it; it outlives the session. */
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

/** Read when asked for: the plugin's hooks would do so, and look for cookies to set, on every request. */
function cookieOf({ headers: { cookie } }: FastifyRequest, name: string): string | undefined {
  return cookie === undefined ? undefined : parseCookie(cookie)[name];
}

/** Beside those that the reply sets already; Fastify joins them to a list. */
function setCookie(reply: FastifyReply, name: string, value: string, options: SerializeOptions): void {
  void reply.header('set-cookie', stringifySetCookie(name, value, options));
}

/** `__Host-` binds the cookie to this host and to https; plain-http localhost cannot have it. */
const accessName = (settings: Settings) =>
  settings.isPlainLocalhost ? 'gatehouse_access' : '__Host-gatehouse_access';

/** `__Secure-` and not `__Host-`, for this one has a path of its own. */
const refreshName = (settings: Settings) =>
  settings.isPlainLocalhost ? 'gatehouse_refresh' : '__Secure-gatehouse_refresh';

const deviceName = (settings: Settings) =>
  settings.isPlainLocalhost ? 'gatehouse_device' : '__Secure-gatehouse_device';

const accessOptions = (settings: Settings): SerializeOptions => ({
  httpOnly: true,
  secure: !settings.isPlainLocalhost,
  sameSite: 'lax',
  path: '/',
});

const refreshOptions = (settings: Settings): SerializeOptions => ({
  ...accessOptions(settings),
  sameSite: 'strict',
  path: '/v1/auth',
});

import type { CookieSerializeOptions } from '@fastify/cookie';
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
  return request.cookies[accessName(settings)];
}

export function refreshCookie(request: FastifyRequest, settings: Settings): string | undefined {
  return request.cookies[refreshName(settings)];
}

export function hasSessionCookies(request: FastifyRequest, settings: Settings): boolean {
  return [accessCookie(request, settings), refreshCookie(request, settings)].some(
    (cookie) => cookie !== undefined,
  );
}

export function setSessionCookies(reply: FastifyReply, settings: Settings, tokens: SessionCookies): void {
  reply.setCookie(accessName(settings), tokens.accessToken, {
    ...accessOptions(settings),
    maxAge: tokens.expiresIn,
  });
  reply.setCookie(refreshName(settings), tokens.refreshToken, {
    ...refreshOptions(settings),
    maxAge: tokens.refreshExpiresIn,
  });
}

/** What this device was given when somebody signed in on it; it outlives the session. */
export function deviceCookie(request: FastifyRequest, settings: Settings): string | undefined {
  return request.cookies[deviceName(settings)];
}

/** @param maxAge seconds */
export function setDeviceCookie(
  reply: FastifyReply,
  settings: Settings,
  token: string,
  maxAge: number,
): void {
  reply.setCookie(deviceName(settings), token, { ...refreshOptions(settings), maxAge });
}

export function clearSessionCookies(reply: FastifyReply, settings: Settings): void {
  reply.clearCookie(accessName(settings), accessOptions(settings));
  reply.clearCookie(refreshName(settings), refreshOptions(settings));
}

/** `__Host-` binds the cookie to this host and to https; plain-http localhost cannot have it. */
const accessName = (settings: Settings) =>
  settings.isPlainLocalhost ? 'gatehouse_access' : '__Host-gatehouse_access';

/** `__Secure-` and not `__Host-`, for this one has a path of its own. */
const refreshName = (settings: Settings) =>
  settings.isPlainLocalhost ? 'gatehouse_refresh' : '__Secure-gatehouse_refresh';

const deviceName = (settings: Settings) =>
  settings.isPlainLocalhost ? 'gatehouse_device' : '__Secure-gatehouse_device';

const accessOptions = (settings: Settings): CookieSerializeOptions => ({
  httpOnly: true,
  secure: !settings.isPlainLocalhost,
  sameSite: 'lax',
  path: '/',
});

const refreshOptions = (settings: Settings): CookieSerializeOptions => ({
  ...accessOptions(settings),
  sameSite: 'strict',
  path: '/v1/auth',
});

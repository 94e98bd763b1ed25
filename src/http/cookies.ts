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

export function setAccessCookie(
  reply: FastifyReply,
  settings: Settings,
  { accessToken, expiresIn }: Pick<SessionCookies, 'accessToken' | 'expiresIn'>,
): void {
  reply.setCookie(accessName(settings), accessToken, { ...accessOptions(settings), maxAge: expiresIn });
}

export function setSessionCookies(reply: FastifyReply, settings: Settings, tokens: SessionCookies): void {
  setAccessCookie(reply, settings, tokens);
  reply.setCookie(refreshName(settings), tokens.refreshToken, {
    ...refreshOptions(settings),
    maxAge: tokens.refreshExpiresIn,
  });
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

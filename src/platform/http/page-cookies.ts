import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Settings } from '../config/settings.js';
import { accessOptions, cookieOf, deviceName, nameIn, setCookie } from './cookies.js';

const YEAR_S = 365 * 86_400;
const LOCALE = 'gatehouse_locale';
const SCHEME = 'gatehouse_scheme';

/** The session that a browser is signed in with, for pages and `/oauth/authorize` alone; see `SsoSessionsService`. */
export function ssoCookie(request: FastifyRequest, settings: Settings): string | undefined {
  return cookieOf(request, ssoName(settings));
}

/** Lax, for `/oauth/authorize` is come to from other sites. @param maxAge seconds */
export function setSsoCookie(reply: FastifyReply, settings: Settings, token: string, maxAge: number): void {
  setCookie(reply, ssoName(settings), token, { ...accessOptions(settings), maxAge });
}

/** For answers to who has one: others need not know that there is such a cookie. */
export function clearSsoCookie(request: FastifyRequest, reply: FastifyReply, settings: Settings): void {
  if (ssoCookie(request, settings) === undefined) return;
  setCookie(reply, ssoName(settings), '', { ...accessOptions(settings), expires: new Date(0), maxAge: 0 });
}

/**
 * The device cookie once more, for the page of the sign-in: on plain-http localhost the other one goes to `/v1/auth` only.
 * @param maxAge seconds
 */
export function setPageDeviceCookie(
  reply: FastifyReply,
  settings: Settings,
  token: string,
  maxAge: number,
): void {
  if (!settings.isPlainLocalhost) return;
  const options = { ...accessOptions(settings), sameSite: 'strict', path: '/login', maxAge } as const;
  setCookie(reply, deviceName(settings), token, options);
}

/** The language that was chosen for pages. */
export function localeCookie(request: FastifyRequest): string | undefined {
  return cookieOf(request, LOCALE);
}

/** Whether pages are to be light or dark, where that was chosen. */
export function schemeCookie(request: FastifyRequest): string | undefined {
  return cookieOf(request, SCHEME);
}

/** What was chosen for pages, for a year. */
export function setPreferenceCookies(
  reply: FastifyReply,
  settings: Settings,
  { locale, scheme }: { locale: string; scheme: string },
): void {
  const options = { ...accessOptions(settings), maxAge: YEAR_S };
  setCookie(reply, LOCALE, locale, options);
  setCookie(reply, SCHEME, scheme, options);
}

const ssoName = (settings: Settings) => nameIn(settings, 'gatehouse_sso');

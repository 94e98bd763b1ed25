import type { FastifyRequest } from 'fastify';
import { isLoopback } from '../config/setting-formats.js';
import type { Settings } from '../config/settings.js';
import { isSameSite } from '../config/sites.js';
import { CrossSiteRequest } from './access.errors.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses an unsafe request that a browser sent with our cookies from a page of another site (ASVS 3.5.1).
 * An `Origin` that is allowed will do, and so will `Sec-Fetch-Site: same-origin` where the `Origin` says nothing: it is
 * absent, or `null` as of forms under `Referrer-Policy: no-referrer`, or that of a development proxy on the caller's own
 * machine, which rewrites the host. A request with neither is refused.
 * @throws CrossSiteRequest
 */
export function refuseCrossSite(request: FastifyRequest, settings: Settings): void {
  // Opening a socket is a GET that goes on: its page reads and changes what it likes.
  if (SAFE_METHODS.has(request.method) && request.headers.upgrade === undefined) return;
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (origin !== undefined && isAllowedOrigin(origin, request, settings)) return;
  const saysNothing = origin === undefined || origin === 'null' || isOfThisMachine(origin);
  if (!saysNothing || site !== 'same-origin') throw new CrossSiteRequest();
}

/**
 * Whether a page of another site asks, for which a browser keeps no cookie of ours, `Lax` as they are. The browser's own
 * word, or else what the `Origin` shows.
 */
export function isCrossSite(request: FastifyRequest, settings: Settings): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (site !== undefined) return site === 'cross-site';
  if (origin === undefined || isOwnOrigin(origin, request, settings)) return false;
  return !isSameSite(origin, settings.PUBLIC_URL);
}

function isAllowedOrigin(origin: string, request: FastifyRequest, settings: Settings): boolean {
  return settings.CORS_ORIGINS.includes(origin) || isOwnOrigin(origin, request, settings);
}

/**
 * Refuses a sign-in that is to end in cookies and that a page of another site has sent: it would have the browser use an
 * account that its user did not sign in to (login CSRF). Clients that are no browsers say nothing of where they are.
 * @throws CrossSiteRequest
 */
export function refuseForeignPage(request: FastifyRequest, settings: Settings): void {
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (origin !== undefined || site !== undefined) refuseCrossSite(request, settings);
}

/**
 * A browser sends our cookies to our host only, so a page whose origin is the requested host is our own, unless it came
 * over plain http where we are https: any machine on the network could have made that one.
 */
function isOwnOrigin(origin: string, request: FastifyRequest, settings: Settings): boolean {
  if (origin === settings.PUBLIC_URL) return true;
  if (!URL.canParse(origin)) return false;
  const { protocol, host } = new URL(origin);
  return protocol === new URL(settings.PUBLIC_URL).protocol && host === request.headers.host;
}

function isOfThisMachine(origin: string): boolean {
  return URL.canParse(origin) && isLoopback(new URL(origin).hostname);
}

import type { FastifyRequest } from 'fastify';
import type { Settings } from '../config/settings.js';
import { CrossSiteRequest } from './access.errors.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses an unsafe request that a browser sent with our cookies from a page of another site (ASVS 3.5.1).
 * The `Origin` decides when there is one, then `Sec-Fetch-Site`; a request with neither is refused.
 * @throws CrossSiteRequest
 */
export function refuseCrossSite(request: FastifyRequest, settings: Settings): void {
  // Opening a socket is a GET that goes on: whoever opened it reads and changes what it likes.
  if (SAFE_METHODS.has(request.method) && request.headers.upgrade === undefined) return;
  const { origin, 'sec-fetch-site': site } = request.headers;
  const isAllowed = origin === undefined ? site === 'same-origin' : isOwnOrigin(origin, request, settings);
  if (!isAllowed) throw new CrossSiteRequest();
}

/**
 * A browser sends our cookies to our host only, so a page whose origin is the requested host is our own, unless it came
 * over plain http where we are https: anybody on the network could have made that one.
 */
function isOwnOrigin(origin: string, request: FastifyRequest, settings: Settings): boolean {
  if (origin === settings.PUBLIC_URL || settings.CORS_ORIGINS.includes(origin)) return true;
  if (!URL.canParse(origin)) return false;
  const { protocol, host } = new URL(origin);
  return protocol === new URL(settings.PUBLIC_URL).protocol && host === request.headers.host;
}

import type { FastifyRequest } from 'fastify';
import { AmbiguousCredentials, InvalidToken } from '../../platform/access/access.errors.js';
import { refuseCrossSite } from '../../platform/access/same-origin.js';
import type { Settings } from '../../platform/config/settings.js';
import { accessCookie, refreshCookie } from '../../platform/http/cookies.js';

/** RFC 6750 §2.1; the scheme's case does not matter (RFC 9110 §11.1). */
const BEARER = /^Bearer +([^\s]+) *$/i;

/** The scheme and something that is no token: it was sent, too (RFC 6750 §3.1). */
const MALFORMED = /^Bearer\s+\S/i;

/** Where clients put what belongs into the header. */
const IN_URL = ['access_token', 'api_key', 'apikey'];

/** @throws AmbiguousCredentials for a token in the URL, where tokens do not belong (RFC 9700 §4.3.2) */
export function refuseTokenInUrl({ query }: FastifyRequest): void {
  if (IN_URL.some((name) => name in ((query ?? {}) as object))) throw new AmbiguousCredentials();
}

/**
 * The access token or API key that a request carries, in its Authorization header or else its cookie; `null` without one.
 * A malformed header comes back whole, for as a token it is refused.
 * @throws AmbiguousCredentials for one in the URL
 * @throws InvalidToken where only the refresh cookie is left
 * @throws CrossSiteRequest for an unsafe request with the cookie from another site
 */
export function tokenFrom(request: FastifyRequest, settings: Settings): string | null {
  const { authorization } = request.headers;
  refuseTokenInUrl(request);
  if (authorization !== undefined) {
    const [, token] = BEARER.exec(authorization) ?? [];
    return token ?? (MALFORMED.test(authorization) ? authorization : null);
  }

  const token = accessCookie(request, settings);
  if (token === undefined) {
    // The access cookie has had its time, the refresh cookie has not: the code that tells clients to refresh.
    if (refreshCookie(request, settings) !== undefined) throw new InvalidToken('the access cookie is gone');
    return null;
  }
  refuseCrossSite(request, settings);
  return token;
}

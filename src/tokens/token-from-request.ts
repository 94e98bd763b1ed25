import type { FastifyRequest } from 'fastify';
import { AmbiguousCredentials } from '../access/access.errors.js';
import { refuseCrossSite } from '../access/same-origin.js';
import type { Settings } from '../config/settings.js';
import { accessCookie } from '../http/cookies.js';

/** RFC 6750 §2.1; the scheme's case does not matter (RFC 9110 §11.1). */
const BEARER = /^Bearer +([^\s]+) *$/i;

/**
 * The access token that a request carries, in its Authorization header or else its cookie; `null` without one.
 * @throws AmbiguousCredentials for one in the URL, where tokens do not belong (RFC 9700 §4.3.2)
 * @throws CrossSiteRequest for an unsafe request with the cookie from another site
 */
export function tokenFrom(request: FastifyRequest, settings: Settings): string | null {
  const { authorization } = request.headers;
  if (request.query !== null && 'access_token' in (request.query as object)) throw new AmbiguousCredentials();
  if (authorization !== undefined) return BEARER.exec(authorization)?.[1] ?? null;

  const token = accessCookie(request, settings);
  if (token === undefined) return null;
  refuseCrossSite(request, settings);
  return token;
}

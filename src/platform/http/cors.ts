import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Settings } from '../config/settings.js';

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
/** W3C Trace Context and Baggage, and Sentry: pages that are traced add them to every request. */
const TRACE_HEADERS = ['baggage', 'sentry-trace', 'traceparent', 'tracestate'];
const REQUEST_HEADERS = ['authorization', 'content-type', 'device-token', 'dpop', ...TRACE_HEADERS];
const RESPONSE_HEADERS = [
  'device-token',
  'dpop-nonce',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'www-authenticate',
  'x-request-id',
];
/** What a page of any origin may ask without cookies: metadata, and what a public client asks from registration to sign-out. */
const FOR_ANY_ORIGIN =
  /^\/(oauth\/(token|userinfo|revoke|par|register)|\.well-known\/(openid-configuration|oauth-authorization-server|oauth-protected-resource(\/.*)?|jwks\.json))(\?|$)/;
const ANY_ORIGIN = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': RESPONSE_HEADERS.join(', '),
};
/** The longest that Chromium keeps a preflight. */
const PREFLIGHT_MAX_AGE_S = 7_200;

/**
 * What pages of `CORS_ORIGINS` may do (Fetch, "CORS protocol"). Not a plugin, for the answers that no hook sees need its
 * headers too: a page would see a failed fetch in place of the problem.
 */
export class Cors {
  private readonly origins: ReadonlySet<string>;
  private readonly requestHeaders: string;

  constructor({ CORS_ORIGINS, CORS_HEADERS }: Pick<Settings, 'CORS_ORIGINS' | 'CORS_HEADERS'>) {
    this.origins = new Set(CORS_ORIGINS);
    this.requestHeaders = [...new Set([...REQUEST_HEADERS, ...CORS_HEADERS])].join(', ');
  }

  /** The headers of an answer to a request of this origin for this URL; `undefined` for none. */
  headersFor(origin: string | undefined, url: string): Record<string, string> | undefined {
    if (isForAnyOrigin(url)) return ANY_ORIGIN;
    if (this.origins.size === 0) return undefined;
    const vary = { vary: 'Origin' };
    if (origin === undefined || !this.origins.has(origin)) return vary;
    return {
      ...vary,
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': RESPONSE_HEADERS.join(', '),
    };
  }

  /** The headers of the answer to a preflight of an allowed origin; `undefined` when it is none. */
  preflightHeaders(
    { method, headers }: Pick<FastifyRequest, 'method' | 'headers'>,
    url: string,
  ): Record<string, string> | undefined {
    const { origin, 'access-control-request-method': asked } = headers;
    if (method !== 'OPTIONS' || asked === undefined || origin === undefined) return undefined;
    if (!this.origins.has(origin) && !isForAnyOrigin(url)) return undefined;
    return {
      'access-control-allow-methods': METHODS,
      'access-control-allow-headers': this.requestHeaders,
      'access-control-max-age': String(PREFLIGHT_MAX_AGE_S),
    };
  }

  /** Answers a preflight of an allowed origin. `false` when it is none. */
  answersPreflight(
    request: Pick<FastifyRequest, 'method' | 'headers' | 'url'>,
    reply: FastifyReply,
  ): boolean {
    const headers = this.preflightHeaders(request, request.url);
    if (!headers) return false;
    void reply.status(204).headers(headers).send();
    return true;
  }
}

/** The expression alone would be asked on every request. */
function isForAnyOrigin(url: string): boolean {
  return (url.startsWith('/oauth/') || url.startsWith('/.well-known/')) && FOR_ANY_ORIGIN.test(url);
}

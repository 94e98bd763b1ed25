import type { FastifyRequest } from 'fastify';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { timeOrderedId } from '../../platform/http/time-ordered-id.js';
import { readPath, type RequestPath } from './request-path.js';

/**
 * A request as it is decided about. It has what services of the guards read of a Fastify request; a request of the gateway
 * never becomes one.
 */
export interface GatewayCall {
  id: string;
  /** By the monotonic clock, in ms. */
  startedAt: number;
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  ip: string | undefined;
  path: RequestPath;
  /** No token is read from it. */
  query: object;
  /** Once the route is known; for audit events. */
  routeOptions: { url: string | undefined };
  /** Once the caller is known: the subscription whose key it has. */
  subscriptionId?: string | undefined;
  /** What the answer says of the limit of an API key. */
  rateLimitHeaders?: Record<string, string>;
}

const NO_QUERY = {};

/** @param ip of the client, behind the proxies that are trusted */
export function callOf(
  { method = 'GET', url = '/', headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  ip: string | undefined,
): GatewayCall {
  return {
    id: timeOrderedId(),
    startedAt: performance.now(),
    method,
    url,
    headers,
    ip,
    path: readPath(url),
    query: NO_QUERY,
    routeOptions: { url: undefined },
  };
}

/** For services of the guards. */
export function asRequest(call: GatewayCall): FastifyRequest {
  return call as unknown as FastifyRequest;
}

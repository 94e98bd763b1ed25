import type { FastifyRequest } from 'fastify';
import type { Principal } from './principal.js';

/** Tells which OAuth client sends a request; this room does not know clients. */
export abstract class ClientGate {
  /** The client that the request authenticates as, for `@CurrentClient()`. @throws Problem when it does not */
  abstract authenticate(request: FastifyRequest): Promise<object>;
}

/**
 * Verifies the access tokens of OAuth clients where the strategy does not look: those that are bound to a key (RFC 9449),
 * and those that are for an API of a module's own. This room knows neither.
 */
export abstract class ClientTokenGate {
  /** The principal of a request. @param audience what the token must be for. @throws Problem when it is refused */
  abstract authenticate(request: FastifyRequest, audience: string): Promise<Principal>;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the authentication guard on routes with `@ClientAuthenticated()`. */
    oauthClient?: object;
  }
}

/** Whether a request carries its token under the scheme of RFC 9449 §7.1. */
export function isBoundToKey({ headers: { authorization } }: FastifyRequest): boolean {
  return authorization !== undefined && /^DPoP /i.test(authorization);
}

import type { FastifyRequest } from 'fastify';
import { isIP } from 'node:net';
import type { Principal } from './principal.js';

/** Who does something and from where. Services that change anything take it, for the audit trail. */
export interface Actor {
  /** `null` for somebody who is not signed in. */
  principal: Principal | null;
  ip: string | null;
  userAgent: string | null;
  requestId: string | null;
}

/** The server itself, such as when it makes the first admin. */
export const SYSTEM: Actor = { principal: null, ip: null, userAgent: null, requestId: null };

/** Who sends this request, and from where. */
export function actorOf(request: FastifyRequest): Actor {
  return {
    principal: request.user ?? null,
    // What a proxy says of its client may be anything.
    ip: isIP(request.ip) ? request.ip : null,
    userAgent: request.headers['user-agent']?.slice(0, 256) ?? null,
    requestId: request.id,
  };
}

import type { FastifyRequest } from 'fastify';
import { isIP } from 'node:net';
import { languageOf } from '../http/wanted-languages.js';
import type { Principal } from './principal.js';

/** Who does something and from where. Services that change anything take it, for the audit trail. */
export interface Actor {
  /** `null` for an anonymous caller, and for an actor without a request; {@link isInside} tells them apart. */
  principal: Principal | null;
  /** Who acts without a request, and so without a principal. */
  inside?: 'system' | 'operator';
  ip: string | null;
  userAgent: string | null;
  requestId: string | null;
  /** The one of our languages that the request wants, where it wants one. */
  locale?: string | null;
}

const NOWHERE = { principal: null, ip: null, userAgent: null, requestId: null };

/** The server itself, such as when it makes the first admin. */
export const SYSTEM: Actor = { ...NOWHERE, inside: 'system' };

/** The operator at the server's machine, who can read its secret and its database, so nothing is withheld. */
export const OPERATOR: Actor = { ...NOWHERE, inside: 'operator' };

/** Whether this is the server itself or its operator, who may do everything. A request never is, signed in or not. */
export const isInside = ({ inside }: Actor): boolean => inside !== undefined;

/** Whether an actor may do all of this. An anonymous one may not, not even nothing. */
export function holds(actor: Actor, ...scopes: string[]): boolean {
  if (isInside(actor)) return true;
  const { principal } = actor;
  return principal !== null && scopes.every((scope) => principal.scopes.includes(scope));
}

/** Who sends this request, and from where. */
export function actorOf(request: FastifyRequest): Actor {
  return {
    principal: request.user ?? null,
    // What a proxy says of its client may be anything.
    ip: isIP(request.ip) ? request.ip : null,
    userAgent: request.headers['user-agent']?.slice(0, 256) ?? null,
    requestId: request.id,
    // Looked up by those that write a letter.
    get locale() {
      return languageOf(request);
    },
  };
}

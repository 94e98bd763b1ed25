import type { FastifyRequest } from 'fastify';
import type { Principal } from './principal.js';

/** Whoever can tell, at once and from memory, who a request acts as; this folder does not know tokens. */
export abstract class KnownPrincipals {
  /** `undefined` when the request has to be authenticated. @throws Problem when it is known and refused */
  abstract recognise(request: FastifyRequest): Principal | undefined;
}

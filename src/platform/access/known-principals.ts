import type { FastifyRequest } from 'fastify';
import type { Principal } from './principal.js';

/** Says, synchronously and from memory, who a request acts as; implemented by the tokens wing, which this room does not know. */
export abstract class KnownPrincipals {
  /** `undefined` when the request has to be authenticated. @throws Problem when it is known and refused */
  abstract recognise(request: FastifyRequest): Principal | undefined;
}

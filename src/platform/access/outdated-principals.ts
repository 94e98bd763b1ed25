import type { FastifyRequest } from 'fastify';
import type { Principal } from './principal.js';

/** Says whose expired or revoked credentials were; implemented by the tokens wing, which this room does not know. */
export abstract class OutdatedPrincipals {
  /** Without roles and scopes; `sessionId` is `null` where no session is known any more. @throws Problem for no credentials of ours */
  abstract principalOf(request: FastifyRequest): Promise<Principal>;
}

import type { FastifyRequest } from 'fastify';
import type { Principal } from './principal.js';

/** What a verified API key says of itself; what it may do, and whether it may still, it does not say. */
export interface ApiKeyToken {
  /** `jti` */
  id: string;
  ownerId: string;
  kid: string;
  /** Seconds since 1970. */
  exp: number;
}

/** Whoever knows what holds of an API key at this moment; those who verify know signatures, not owners. */
export abstract class ApiKeyGate {
  /** Whom the key acts as; `undefined` when it must be looked up first. @throws Problem when it is refused */
  abstract admit(key: ApiKeyToken, request: FastifyRequest): Principal | undefined;

  /** The same, after a look into the database. @throws Problem when it is refused */
  abstract lookUpAndAdmit(key: ApiKeyToken, request: FastifyRequest): Promise<Principal>;
}

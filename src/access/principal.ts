/** Who a request acts as. Read from the token alone, without the database. */
export interface Principal {
  kind: 'user' | 'api-key' | 'client';
  /** The subject: a user's id. */
  id: string;
  sessionId: string | null;
  roles: readonly string[];
  scopes: readonly string[];
  /** When they last proved who they are. */
  authenticatedAt: Date;
  /** How they did (RFC 8176). */
  amr: readonly string[];
  expiresAt: Date;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the authentication guard, under the name that Passport uses. */
    user?: Principal;
  }
}

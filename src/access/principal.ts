/** Who a request acts as, from its token and from memory, without the database. */
export interface Principal {
  kind: 'user' | 'api-key' | 'client';
  /** The subject: a user's id. */
  id: string;
  /** `null` unless somebody has signed in. */
  sessionId: string | null;
  /** Which API key of the subject's it is, for those alone. */
  keyId?: string;
  /** An API key has none: it passes by its scopes. */
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
    /** What its answer says of the rate limit it falls under. */
    rateLimitHeaders?: Record<string, string>;
  }
}

/**
 * Claims that modules have added to access tokens. Each declares its own, which makes them known here:
 * `declare module './principal.js' { interface TokenClaims { tenant?: string } }`
 */
export interface TokenClaims {}

/** Who a request acts as, from its token and from memory, without the database. */
export interface Principal {
  kind: 'user' | 'api-key' | 'client';
  /** The subject: a user's id. */
  id: string;
  /** `null` unless a user has signed in. */
  sessionId: string | null;
  /** Which API key of the subject's it is, for those alone. */
  keyId?: string;
  /** Which subscription to an API that key is of, for those alone. */
  subscriptionId?: string;
  /** An API key has none: it passes by its scopes. */
  roles: readonly string[];
  scopes: readonly string[];
  /** When they last proved who they are. */
  authenticatedAt: Date;
  /** How they did (RFC 8176). */
  amr: readonly string[];
  expiresAt: Date;
  /** The OAuth client that the token was issued to, unless that is Gatehouse itself. */
  clientId?: string;
  /** Whether an application that is not the operator's own acts for the user; such a principal has no roles. */
  isDelegated?: boolean;
  /** What modules have added to the token, see `TokenClaimsService`; an API key has none. */
  claims?: Readonly<TokenClaims> | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the authentication guard, under the name that Passport uses. */
    user?: Principal;
    /** What its answer says of the rate limit it falls under. */
    rateLimitHeaders?: Record<string, string>;
  }
}

/** What the audit trail has room for. */
const MAX_ID = 36;

/** A caller other than a user, let in by a strategy of one's own, for this one call. */
export function clientPrincipal(id: string, scopes: readonly string[]): Principal {
  if (id.length > MAX_ID) throw new TypeError(`the id of a client has at most ${MAX_ID} characters`);
  const now = Date.now();
  return {
    kind: 'client',
    id,
    sessionId: null,
    roles: [],
    scopes,
    authenticatedAt: new Date(now),
    amr: [],
    expiresAt: new Date(now + 60_000),
  };
}

/** Whether what a strategy gave will do; those are not typed. */
export function isPrincipal(given: unknown): given is Principal {
  const { kind, id, roles, scopes, authenticatedAt, amr, expiresAt } = (given ?? {}) as Partial<Principal>;
  return (
    ['user', 'api-key', 'client'].includes(kind!) &&
    typeof id === 'string' &&
    id !== '' &&
    id.length <= MAX_ID &&
    [roles, scopes, amr].every(
      (list) => Array.isArray(list) && list.every((each) => typeof each === 'string'),
    ) &&
    authenticatedAt instanceof Date &&
    expiresAt instanceof Date &&
    expiresAt.getTime() > Date.now()
  );
}

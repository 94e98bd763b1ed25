import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';

/** What introspection says of a live token (RFC 7662 §2.2). */
export interface Introspection {
  active: true;
  token_type: string;
  client_id: string;
  exp: number;
  iat: number;
  sub: string;
  iss: string;
  scope?: string;
  aud?: string | string[];
  jti?: string;
  auth_time?: number;
  amr?: string[];
  acr?: string;
  /** Of a token that is bound to a key (RFC 7800). */
  cnf?: { jkt: string };
}

/** Whose a token is, for who decides whether it may be revoked. */
export interface TokenHolder {
  ownerId: string;
  clientId: string;
}

/** What every kind of token answers for its tokens. */
interface Kind {
  /** As the inspector names it. */
  name: 'access_token' | 'api_key' | 'refresh_token';
  /** RFC 7662; `undefined` for one that is not live, of which nothing is said but that. */
  introspect: (token: string) => Promise<Introspection | undefined>;
  /** RFC 7009: ends what the token stands for, if `may` lets its holder's be ended. Says nothing of what is no live token. */
  revoke: (token: string, actor: Actor, may: (holder: TokenHolder) => boolean) => Promise<void>;
}

/** What is remembered of a token that was verified, besides what its kind adds. */
export interface KnownToken {
  kind: SignedKind;
  /** Seconds since 1970. */
  exp: number;
}

/** Why a token with a right signature does or does not work. */
export interface Explanation {
  /** Who it acts as; `undefined` when it does not work. */
  principal: Principal | undefined;
  /** The same at an API of a module's own, by its identifier; left out by kinds that none of those takes. */
  principalAt?: (audience: string) => Principal | undefined;
  /** Why it has no principal. */
  reason: string;
  /** What was revoked. */
  revokedBy: string | undefined;
}

/** A kind of token that is a signed JWT: a row of {@link TokenKinds}. */
export interface SignedKind<Known extends KnownToken = KnownToken> extends Kind {
  /** The `typ` of its header (RFC 8725 §3.11): no kind passes for another. */
  typ: string;
  /** What it is called in a sentence: `an API key`. */
  title: string;
  /** What may stand in front of it, so that scanners for leaked secrets know it; empty for nothing. */
  prefix: string;
  /** Whether it may come in the access cookie. */
  isForCookies: boolean;
  /** Whether tokens that an older signing key has made keep the spelling that they were issued in. */
  keepsSpelling: boolean;
  /** Where several kinds have one `typ`: whether these claims are of this one. The one without it has the rest. */
  owns?: (claims: Record<string, unknown>) => boolean;
  /** What is left to check once signature and times are right. @throws InvalidToken */
  verify: (claims: object, kid: string) => Known;
  /** Who a verified token acts as, from memory; `undefined` when it must be looked up first. @throws Problem when refused */
  admit: (known: never, request: FastifyRequest) => Principal | undefined;
  /** The same, after a look into the database. @throws Problem when refused */
  lookUpAndAdmit: (known: never, request: FastifyRequest) => Promise<Principal>;
  /** Who it acts as at the moment, for what is no use of it; `undefined` when it would be refused. */
  principalOf: (known: never) => Promise<Principal | undefined>;
  /** `claims` are what the signature is of, whatever they are. */
  explain: (token: string, claims: object | null, kid: string) => Promise<Explanation>;
}

/** What the inspector says of a token that is no JWT. */
export interface OpaqueExplanation {
  ownerId: string;
  sessionId: string;
  isActive: boolean;
  revokedBy: string | null;
  verification: { check: string; passed: boolean | null; detail: string }[];
}

/** A kind of token that says nothing by itself: a row of {@link TokenKinds}. */
export interface OpaqueKind extends Kind {
  /** `undefined` for what is no token of this kind. */
  explain: (token: string) => Promise<OpaqueExplanation | undefined>;
}

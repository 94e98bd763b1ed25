import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { InvalidToken } from '../../platform/access/access.errors.js';
import type { Actor } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import { AccessTokenRules, reasonOf } from '../../tokens/access-tokens/access-token-rules.service.js';
import {
  ACCESS_TOKEN_TYPE,
  FIRST_PARTY_CLIENT,
  type AccessTokenClaims,
} from '../../tokens/access-tokens/access-tokens.service.js';
import { addedClaims } from '../../tokens/access-tokens/token-claims.service.js';
import type {
  Explanation,
  Introspection,
  KnownToken,
  SignedKind,
  TokenHolder,
} from '../../tokens/access-tokens/token-kind.types.js';
import { TokenKinds } from '../../tokens/access-tokens/token-kinds.service.js';
import type { Revocable } from '../../tokens/revocation/revocation.types.js';
import { RevocationsService } from '../../tokens/revocation/revocations.service.js';
import { SessionsService } from '../../tokens/sessions/sessions.service.js';
import { ClientsService } from '../clients/clients.service.js';

/** An access token of a client whose signature and claims were found right. */
export interface KnownClientToken extends KnownToken {
  principal: Principal;
  revocable: Revocable;
  audiences: string[];
  /** The thumbprint of the key whose proof must come with it (RFC 9449). */
  jkt: string | undefined;
}

/** Access tokens that clients hold: of a user's session with them, or of their own name. */
@Injectable()
export class ClientAccessTokenKind implements SignedKind<KnownClientToken> {
  readonly name = 'access_token';
  readonly typ = ACCESS_TOKEN_TYPE;
  readonly title = 'an access token of a client';
  readonly prefix = '';
  readonly isForCookies = false;
  readonly keepsSpelling = false;

  constructor(
    private readonly rules: AccessTokenRules,
    private readonly revocations: RevocationsService,
    private readonly sessions: SessionsService,
    private readonly clients: ClientsService,
    kinds: TokenKinds,
  ) {
    kinds.addSigned(this);
  }

  owns({ client_id }: Record<string, unknown>): boolean {
    return typeof client_id === 'string' && client_id !== FIRST_PARTY_CLIENT;
  }

  verify(claims: object, kid: string): KnownClientToken {
    if (!isComplete(claims)) throw new InvalidToken('a claim is missing or of another type');
    const { sub, sid, ver, roles = [], scope, aud, cnf } = claims;
    const exp = this.rules.endOf(claims);
    const revocable = { sub, sid, ver, roles, kid };
    this.refuseRevoked(revocable);
    const principal: Principal = {
      kind: 'user',
      id: sub,
      sessionId: sid,
      scopes: scope === '' ? [] : scope.split(' '),
      authenticatedAt: new Date((claims.auth_time ?? 0) * 1000),
      amr: claims.amr ?? [],
      expiresAt: new Date(exp * 1000),
      claims: addedClaims(claims),
      ...actingAs(claims),
    };
    return { kind: this, principal, revocable, exp, audiences: [aud].flat(), jkt: cnf?.jkt };
  }

  /** As a bearer token. @throws InvalidToken for one that is bound to a key (RFC 9449 §7.2) */
  admit({ revocable, principal, jkt }: KnownClientToken, _request?: FastifyRequest): Principal {
    if (jkt !== undefined) throw new InvalidToken('bound to a key');
    this.refuseRevoked(revocable);
    return principal;
  }

  async lookUpAndAdmit(known: KnownClientToken): Promise<Principal> {
    return this.admit(known);
  }

  /** As a bearer token, as {@link admit}. */
  async principalOf({ principal, revocable, exp, jkt }: KnownClientToken): Promise<Principal | undefined> {
    const isLive = exp * 1000 > Date.now() && this.revocations.reason(revocable) === undefined;
    return isLive && jkt === undefined ? principal : undefined;
  }

  /** The principal of one that came with the proof of a key. @throws InvalidToken */
  admitBound({ revocable, principal, jkt }: KnownClientToken, proved: string): Principal {
    if (jkt !== proved) throw new InvalidToken('bound to another key, or to none');
    this.refuseRevoked(revocable);
    return principal;
  }

  /** Whichever API it is for. */
  async introspect(token: string): Promise<Introspection | undefined> {
    const verified = await this.rules.verified<AccessTokenClaims, KnownClientToken>(
      token,
      this,
      'any audience',
    );
    if (!verified) return undefined;
    const { scope, client_id, iat, sub, aud, iss, jti, auth_time, amr, acr, cnf } = verified.claims;
    const { exp } = verified.known;
    return {
      active: true,
      token_type: cnf ? 'DPoP' : 'Bearer',
      scope,
      client_id,
      exp,
      iat,
      sub,
      aud,
      iss,
      jti,
      ...(auth_time !== undefined && { auth_time, amr, acr }),
      ...(cnf && { cnf }),
    } as Introspection;
  }

  /** Of its own name a client has no session: all that it holds by now die. */
  async revoke(token: string, actor: Actor, may: (holder: TokenHolder) => boolean): Promise<void> {
    const verified = await this.rules.verified<AccessTokenClaims, KnownClientToken>(
      token,
      this,
      'any audience',
    );
    if (!verified) return;
    const { sub, sid, client_id, gty } = verified.claims;
    if (!may({ ownerId: sub, clientId: client_id })) return;
    if (gty === undefined) await this.sessions.end(sid, sub, actor);
    else await this.clients.endTokenFamily(client_id, sid);
  }

  async explain(token: string, claims: object | null, kid: string): Promise<Explanation> {
    const revokedBy = isComplete(claims)
      ? this.revocations.reason({ ...claims, roles: claims.roles ?? [], kid })
      : this.revocations.reasonOfKey(kid);
    const principalAt = (audience: string) => this.principalAt(token, audience);
    try {
      const { known } = this.rules.verify<AccessTokenClaims, KnownClientToken>(token, this);
      return { principal: known.principal, principalAt, reason: '', revokedBy };
    } catch (error) {
      return { principal: undefined, principalAt, reason: reasonOf(error), revokedBy };
    }
  }

  private principalAt(token: string, audience: string): Principal | undefined {
    try {
      const { known } = this.rules.verify<AccessTokenClaims, KnownClientToken>(token, this, 'any audience');
      return known.audiences.includes(audience) ? known.principal : undefined;
    } catch (error) {
      if (error instanceof InvalidToken) return undefined;
      throw error;
    }
  }

  private refuseRevoked(revocable: Revocable): void {
    this.revocations.refuseWhenStale();
    if (this.revocations.reason(revocable) !== undefined) throw new InvalidToken('revoked');
  }
}

/** The operator's own clients act with a user's roles; of others the roles say only by which revocations a token dies. */
function actingAs({ client_id: clientId, first_party, gty, roles = [] }: AccessTokenClaims) {
  if (gty !== undefined) return { kind: 'client' as const, sessionId: null, roles: [], clientId };
  if (first_party) return { roles, clientId };
  return { roles: [], clientId, isDelegated: true };
}

/** RFC 9068 §2.2, as far as anything here relies on it. */
function isComplete(claims: object | null): claims is AccessTokenClaims {
  const { sub, sid, scope, aud, exp, iat, ver, roles, auth_time, amr, cnf } = (claims ??
    {}) as Partial<AccessTokenClaims>;
  return (
    [sub, sid, scope].every((claim) => typeof claim === 'string') &&
    [exp, iat, ver].every((claim) => Number.isFinite(claim)) &&
    (typeof aud === 'string' || Array.isArray(aud)) &&
    (roles === undefined || Array.isArray(roles)) &&
    (auth_time === undefined || Number.isFinite(auth_time)) &&
    (amr === undefined || Array.isArray(amr)) &&
    (cnf === undefined || typeof cnf?.jkt === 'string')
  );
}

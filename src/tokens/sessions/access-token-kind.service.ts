import { Injectable } from '@nestjs/common';
import { InvalidToken } from '../../platform/access/access.errors.js';
import type { Actor } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import { AccessTokenRules, reasonOf } from '../access-tokens/access-token-rules.service.js';
import {
  ACCESS_TOKEN_TYPE,
  FIRST_PARTY_CLIENT,
  type AccessTokenClaims,
} from '../access-tokens/access-tokens.service.js';
import { addedClaims } from '../access-tokens/token-claims.service.js';
import type {
  Explanation,
  Introspection,
  KnownToken,
  SignedKind,
  TokenHolder,
} from '../access-tokens/token-kind.types.js';
import { TokenKinds } from '../access-tokens/token-kinds.service.js';
import type { Revocable } from '../revocation/revocation.types.js';
import { RevocationsService } from '../revocation/revocations.service.js';
import { SessionsService } from './sessions.service.js';

/** An access token whose signature and claims were found right. */
interface KnownAccessToken extends KnownToken {
  principal: Principal;
  revocable: Revocable;
}

/** Access tokens of sessions (RFC 9068): what they say holds until it is revoked, and no database is asked. */
@Injectable()
export class AccessTokenKind implements SignedKind<KnownAccessToken> {
  readonly name = 'access_token';
  readonly typ = ACCESS_TOKEN_TYPE;
  readonly title = 'an access token';
  readonly prefix = '';
  readonly isForCookies = true;
  readonly keepsSpelling = false;

  constructor(
    private readonly rules: AccessTokenRules,
    private readonly revocations: RevocationsService,
    private readonly sessions: SessionsService,
    kinds: TokenKinds,
  ) {
    kinds.addSigned(this);
  }

  verify(claims: object, kid: string): KnownAccessToken {
    if (!isComplete(claims)) throw new InvalidToken('a claim is missing or of another type');
    const { sub, sid, ver, roles = [], scope, client_id } = claims;
    // Those of others are of a kind of their own, and of none while OAuth is off.
    if (client_id !== FIRST_PARTY_CLIENT) throw new InvalidToken('of another client');
    const exp = this.rules.endOf(claims);
    const revocable = { sub, sid, ver, roles, kid };
    this.refuseRevoked(revocable);
    const principal: Principal = {
      kind: 'user',
      id: sub,
      sessionId: sid,
      roles,
      scopes: scope === '' ? [] : scope.split(' '),
      // Without them nothing is known of how its owner signed in, which will do but for a step-up.
      authenticatedAt: new Date((claims.auth_time ?? 0) * 1000),
      amr: claims.amr ?? [],
      expiresAt: new Date(exp * 1000),
      claims: addedClaims(claims),
    };
    return { kind: this, principal, revocable, exp };
  }

  admit({ revocable, principal }: KnownAccessToken): Principal {
    this.refuseRevoked(revocable);
    return principal;
  }

  async lookUpAndAdmit(known: KnownAccessToken): Promise<Principal> {
    return this.admit(known);
  }

  async principalOf({ principal, revocable, exp }: KnownAccessToken): Promise<Principal | undefined> {
    const isLive = exp * 1000 > Date.now() && this.revocations.reason(revocable) === undefined;
    return isLive ? principal : undefined;
  }

  async introspect(token: string): Promise<Introspection | undefined> {
    const verified = await this.rules.verified<AccessTokenClaims, KnownAccessToken>(token, this);
    if (!verified) return undefined;
    const { scope, client_id, iat, sub, aud, iss, jti, auth_time, amr, acr } = verified.claims;
    // Not what the token says, where lifetimes were made shorter since. The last three are RFC 9470 §6.2.
    const { exp } = verified.known;
    const said = {
      scope,
      client_id,
      exp,
      iat,
      sub,
      aud,
      iss,
      jti,
      ...(auth_time !== undefined && { auth_time }),
      ...(amr && { amr }),
      ...(acr && { acr }),
    };
    return { active: true, token_type: 'Bearer', ...said };
  }

  async revoke(token: string, actor: Actor, may: (holder: TokenHolder) => boolean): Promise<void> {
    const verified = await this.rules.verified<AccessTokenClaims, KnownAccessToken>(token, this);
    if (!verified) return;
    const { sub, sid, client_id } = verified.claims;
    if (may({ ownerId: sub, clientId: client_id })) await this.sessions.end(sid, sub, actor);
  }

  async explain(token: string, claims: object | null, kid: string): Promise<Explanation> {
    const revokedBy = isComplete(claims)
      ? this.revocations.reason({ ...claims, roles: claims.roles ?? [], kid })
      : this.revocations.reasonOfKey(kid);
    try {
      const { known } = this.rules.verify<AccessTokenClaims, KnownAccessToken>(token, this);
      return { principal: known.principal, reason: '', revokedBy };
    } catch (error) {
      return { principal: undefined, reason: reasonOf(error), revokedBy };
    }
  }

  private refuseRevoked(revocable: Revocable): void {
    this.revocations.refuseWhenStale();
    if (this.revocations.reason(revocable) !== undefined) throw new InvalidToken('revoked');
  }
}

/** RFC 9068 §2.2, as far as anything here relies on it; the library lets a token without `exp` live for ever. */
function isComplete(claims: object | null): claims is AccessTokenClaims {
  const { sub, sid, scope, exp, iat, ver, roles, auth_time, amr } = (claims ??
    {}) as Partial<AccessTokenClaims>;
  return (
    [sub, sid, scope].every((claim) => typeof claim === 'string') &&
    [exp, iat, ver].every((claim) => Number.isFinite(claim)) &&
    Array.isArray(roles) &&
    (auth_time === undefined || Number.isFinite(auth_time)) &&
    (amr === undefined || Array.isArray(amr))
  );
}

import { Injectable } from '@nestjs/common';
import type { Rights, UserWithRights } from '../../accounts/users/users.service.js';
import type { TokenClaims } from '../../platform/access/principal.js';
import { AccessTokensService } from '../../tokens/access-tokens/access-tokens.service.js';
import { TokenClaimsService } from '../../tokens/access-tokens/token-claims.service.js';
import type { LiveSession } from '../../tokens/sessions/refresh-tokens.service.js';
import type { KnownSession } from '../../tokens/sessions/session.entity.js';

/** An access token as the caller gets it. The lifetime is in seconds. */
export interface IssuedAccessToken {
  accessToken: string;
  expiresIn: number;
  scopes: string[];
}

/** A pair of tokens as the caller gets it. Lifetimes are in seconds. */
export interface IssuedTokens extends IssuedAccessToken {
  refreshToken: string;
  refreshExpiresIn: number;
  /** For who has just signed in; see `KnownDevices`. */
  deviceToken?: string;
}

/** The tokens of a session of Gatehouse's own. */
@Injectable()
export class SessionTokensService {
  constructor(
    private readonly accessTokens: AccessTokensService,
    private readonly claims: TokenClaimsService,
  ) {}

  tokensFor({ session, refreshToken }: LiveSession, rights: Rights, claims?: TokenClaims): IssuedTokens {
    const refreshExpiresIn = Math.round((session.expiresAt.getTime() - Date.now()) / 1000);
    const { accessToken, expiresIn, scopes } = this.accessTokenFor(session, rights, claims);
    return { accessToken, expiresIn, scopes, refreshToken, refreshExpiresIn };
  }

  /** What modules add to the access token of a session. @throws ClaimsUnavailable */
  claimsOf({ id }: Pick<KnownSession, 'id'>, { user, roles }: UserWithRights) {
    return this.claims.of({ userId: user.id, sessionId: id, roles });
  }

  accessTokenFor(
    session: KnownSession,
    { roles, scopes, version }: Rights,
    added: TokenClaims | undefined,
  ): IssuedAccessToken {
    const granted = session.scopes ? scopes.filter((scope) => session.scopes!.includes(scope)) : scopes;
    const { token, expiresIn } = this.accessTokens.issue({
      subject: session.userId,
      sessionId: session.id,
      roles,
      scopes: granted,
      version,
      authenticatedAt: session.authenticatedAt,
      amr: session.amr,
      notAfter: session.expiresAt,
      added,
    });
    return { accessToken: token, expiresIn, scopes: granted };
  }
}

import { Injectable } from '@nestjs/common';
import { EmailVerificationService } from '../../accounts/users/email-verification.service.js';
import { UsersService } from '../../accounts/users/users.service.js';
import type { Actor } from '../../platform/access/actor.js';
import { TokenClaimsService } from '../../tokens/access-tokens/token-claims.service.js';
import { RefreshTokensService } from '../../tokens/sessions/refresh-tokens.service.js';
import { SessionRefreshService } from '../../tokens/sessions/session-refresh.service.js';
import { InvalidRefreshToken } from '../../tokens/sessions/sessions.errors.js';
import { SessionTokensService, type IssuedTokens } from '../issuing/session-tokens.service.js';

/** The tokens that follow a refresh token, with the rights that its user has by now. */
@Injectable()
export class RefreshService {
  constructor(
    private readonly users: UsersService,
    private readonly refreshTokens: RefreshTokensService,
    private readonly sessions: SessionRefreshService,
    private readonly tokens: SessionTokensService,
    private readonly claims: TokenClaimsService,
    private readonly verification: EmailVerificationService,
  ) {}

  /**
   * Gives the successor of a refresh token and a new access token, with the rights the user has by now.
   * @throws InvalidRefreshToken, RefreshTokenReused, ClaimsUnavailable
   */
  async refresh(refreshToken: string, actor: Actor): Promise<IssuedTokens> {
    const ahead = await this.claimsAhead(refreshToken);
    const live = await this.sessions.rotate(refreshToken, actor, this.users.standing);
    const { along: standing } = live;
    if (standing.status !== 'active') throw new InvalidRefreshToken('the account is not active');
    if (this.verification.isMissing(standing)) throw new InvalidRefreshToken('the address is not proved');
    if (!ahead) return this.tokens.tokensFor(live, standing);
    return this.tokens.tokensFor(live, { ...standing, version: ahead.version }, ahead.claims);
  }

  /**
   * The same for a refresh that is yet to come: once its token is used, nothing may fail. They are as good as the rights
   * were at that moment, whose version the token must carry, so that a later demotion kills it.
   * @throws ClaimsUnavailable
   */
  private async claimsAhead(refreshToken: string) {
    if (!this.claims.isUsed) return undefined;
    const seen = await this.refreshTokens.peek(refreshToken);
    const found = seen?.isLive ? await this.users.findById(seen.session.userId) : undefined;
    return found && { claims: await this.tokens.claimsOf(seen!.session, found), version: found.version };
  }
}

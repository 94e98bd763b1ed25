import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Actor } from '../../platform/access/actor.js';
import { isCrossSite, refuseForeignPage } from '../../platform/access/same-origin.js';
import { Settings } from '../../platform/config/settings.js';
import { setDeviceCookie, setSessionCookies } from '../../platform/http/cookies.js';
import { CookieTooLarge } from '../../platform/http/http.errors.js';
import { RefreshTokensService } from '../../tokens/sessions/refresh-tokens.service.js';
import { SessionsService } from '../../tokens/sessions/sessions.service.js';
import type { Delivery, TokenAnswer } from './issuing.types.js';
import { CookiesAcrossSites } from './auth.errors.js';
import { DEVICE_TOKEN_TTL_MS } from './device-token.js';
import { DEVICE_TOKEN_HEADER } from './known-devices.service.js';
import type { IssuedTokens } from './session-tokens.service.js';

/** Hands tokens out in the way that was asked for: in the body, or as cookies and then not in the body. */
@Injectable()
export class TokenDelivery {
  constructor(
    private readonly settings: Settings,
    private readonly sessions: SessionsService,
    private readonly refreshTokens: RefreshTokensService,
  ) {}

  /**
   * Before a sign-in whose tokens are to be handed out as cookies.
   * @throws CrossSiteRequest for one that a page of another site has sent
   * @throws CookiesAcrossSites for one of `CORS_ORIGINS` that is another site, for which browsers keep no cookies
   */
  refuseForeignSignIn(delivery: Delivery | undefined, { request }: FastifyReply): void {
    if (delivery !== 'cookie') return;
    refuseForeignPage(request, this.settings);
    if (isCrossSite(request, this.settings)) throw new CookiesAcrossSites();
  }

  /** The tokens of a session that has just begun, which ends when they cannot be kept. @throws CookieTooLarge */
  async deliverSignIn(
    tokens: IssuedTokens,
    delivery: Delivery | undefined,
    reply: FastifyReply,
    actor: Actor,
  ): Promise<TokenAnswer> {
    try {
      return this.deliver(tokens, delivery, reply);
    } catch (error) {
      if (error instanceof CookieTooLarge) {
        void reply.removeHeader('set-cookie');
        const { id, userId } = (await this.refreshTokens.peek(tokens.refreshToken))!.session;
        await this.sessions.end(id, userId, actor);
      }
      throw error;
    }
  }

  /** @throws CookieTooLarge */
  deliver(tokens: IssuedTokens, delivery: Delivery = 'body', reply: FastifyReply): TokenAnswer {
    const common = {
      token_type: 'Bearer' as const,
      expires_in: tokens.expiresIn,
      refresh_expires_in: tokens.refreshExpiresIn,
      scope: tokens.scopes.join(' '),
    };
    if (delivery === 'cookie') setSessionCookies(reply, this.settings, tokens);
    if (tokens.deviceToken) this.deliverDeviceToken(tokens.deviceToken, delivery, reply);
    if (delivery === 'cookie') return common;
    return { access_token: tokens.accessToken, refresh_token: tokens.refreshToken, ...common };
  }

  /** Hands a device token out as a cookie, or in a header of the answer. */
  deliverDeviceToken(token: string, delivery: Delivery, reply: FastifyReply): void {
    if (delivery === 'cookie') setDeviceCookie(reply, this.settings, token, DEVICE_TOKEN_TTL_MS / 1000);
    else void reply.header(DEVICE_TOKEN_HEADER, token);
  }
}

import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CrossSiteRequest } from '../../platform/access/access.errors.js';
import { refuseCrossSite } from '../../platform/access/same-origin.js';
import { Settings } from '../../platform/config/settings.js';
import { accessCookie, refreshCookie } from '../../platform/http/cookies.js';
import { SentToken } from '../../tokens/access-tokens/sent-token.service.js';
import { RefreshTokensService } from '../../tokens/sessions/refresh-tokens.service.js';

/** Whose session comes along with a request to a public route. */
@Injectable()
export class SentSession {
  constructor(
    private readonly settings: Settings,
    private readonly sentToken: SentToken,
    private readonly refreshTokens: RefreshTokensService,
  ) {}

  /**
   * The id of the user; `undefined` without a session, with one that has ended, and for an API key. The refresh cookie will
   * do, for it outlives the access cookie.
   * @throws AmbiguousCredentials, RepeatedCookie
   */
  async ownerOf(request: FastifyRequest): Promise<string | undefined> {
    try {
      const hasToken =
        request.headers.authorization !== undefined || accessCookie(request, this.settings) !== undefined;
      return hasToken ? await this.sentToken.subjectOf(request) : await this.ofRefreshCookie(request);
    } catch (error) {
      if (error instanceof CrossSiteRequest) return undefined;
      throw error;
    }
  }

  private async ofRefreshCookie(request: FastifyRequest): Promise<string | undefined> {
    const token = refreshCookie(request, this.settings);
    if (token === undefined) return undefined;
    refuseCrossSite(request, this.settings);
    const found = await this.refreshTokens.peek(token);
    return found?.isLive ? found.session.userId : undefined;
  }
}

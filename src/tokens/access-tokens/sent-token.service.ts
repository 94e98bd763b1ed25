import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { InvalidToken } from '../../platform/access/access.errors.js';
import { Settings } from '../../platform/config/settings.js';
import { AccessTokenRules } from './access-token-rules.service.js';
import type { KnownToken } from './token-kind.types.js';
import { tokenFrom } from './token-from-request.js';

/** The access token of a request to a public route, which no guard looks at. */
@Injectable()
export class SentToken {
  constructor(
    private readonly settings: Settings,
    private readonly rules: AccessTokenRules,
  ) {}

  /**
   * The id of the user; `undefined` without one, for one that does not work, and for an API key.
   * @throws AmbiguousCredentials, RepeatedCookie, CrossSiteRequest
   */
  async subjectOf(request: FastifyRequest): Promise<string | undefined> {
    try {
      const token = tokenFrom(request, this.settings);
      if (token === null) return undefined;
      await this.rules.findKey(token);
      const kind = this.rules.keyOf(token)?.kind;
      // Of a session, as what comes in cookies is.
      if (!kind?.isForCookies) return undefined;
      return this.rules.verify<{ sub: string }, KnownToken>(token, kind).claims.sub;
    } catch (error) {
      if (error instanceof InvalidToken) return undefined;
      throw error;
    }
  }
}

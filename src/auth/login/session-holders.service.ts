import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { InvalidToken, Unauthenticated } from '../../platform/access/access.errors.js';
import type { OutdatedPrincipals } from '../../platform/access/outdated-principals.js';
import type { Principal } from '../../platform/access/principal.js';
import { refuseCrossSite } from '../../platform/access/same-origin.js';
import { Settings } from '../../platform/config/settings.js';
import { accessCookie, refreshCookie } from '../../platform/http/cookies.js';
import { OutdatedTokens } from '../../tokens/access-tokens/outdated-tokens.service.js';
import { RefreshTokensService } from '../../tokens/sessions/refresh-tokens.service.js';

const NOTHING = { kind: 'user', roles: [], scopes: [], amr: [], authenticatedAt: new Date(0) } as const;

/**
 * The session that a token or cookie was issued for, though it may have expired or been revoked. Signing out needs no more:
 * in a browser the access cookie is gone long before the refresh cookie, and signing out twice is no failure.
 */
@Injectable()
export class SessionHolders implements OutdatedPrincipals {
  constructor(
    private readonly settings: Settings,
    private readonly outdated: OutdatedTokens,
    private readonly refreshTokens: RefreshTokensService,
  ) {}

  /**
   * By the `Authorization` header, or else by the cookies, even expired ones: those are to be taken away.
   * @throws AmbiguousCredentials, Unauthenticated with neither, InvalidToken for a header without a token of ours, CrossSiteRequest for cookies
   * from another site
   */
  async principalOf(request: FastifyRequest): Promise<Principal> {
    const subject = await this.outdated.inHeader(request);
    if (subject) return holderOf(subject.sub, subject.sid ?? null);
    if (request.headers.authorization !== undefined) throw new Unauthenticated();
    return this.byCookies(request);
  }

  private async byCookies(request: FastifyRequest): Promise<Principal> {
    const access = accessCookie(request, this.settings);
    const refresh = refreshCookie(request, this.settings);
    if (access === undefined && refresh === undefined) throw new Unauthenticated();
    refuseCrossSite(request, this.settings);
    const found = refresh === undefined ? undefined : await this.refreshTokens.peek(refresh);
    if (found) return holderOf(found.session.userId, found.session.id);
    try {
      const { sub, sid = null } = await this.outdated.read(access ?? '');
      return holderOf(sub, sid);
    } catch (error) {
      if (error instanceof InvalidToken) return holderOf('', null);
      throw error;
    }
  }
}

function holderOf(id: string, sessionId: string | null): Principal {
  return { ...NOTHING, id, sessionId, expiresAt: new Date() };
}

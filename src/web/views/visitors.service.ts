import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EmailVerificationService } from '../../accounts/users/email-verification.service.js';
import { UsersService } from '../../accounts/users/users.service.js';
import type { IssuedTokens } from '../../auth/issuing/session-tokens.service.js';
import { Unauthenticated } from '../../platform/access/access.errors.js';
import { actorOf } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import { Strategies } from '../../platform/access/strategies.js';
import { Settings } from '../../platform/config/settings.js';
import { clearSessionCookies, setDeviceCookie, setSessionCookies } from '../../platform/http/cookies.js';
import {
  clearSsoCookie,
  setPageDeviceCookie,
  setSsoCookie,
  ssoCookie,
} from '../../platform/http/page-cookies.js';
import type { KnownSession } from '../../tokens/sessions/session.entity.js';
import { SessionSuccessionsService } from '../../tokens/sessions/session-successions.service.js';
import { SsoSessionsService } from '../../tokens/sessions/sso-sessions.service.js';

/** How pages authenticate: by the single sign-on cookie, and by no token. `@AuthenticatedBy(BROWSER) @Scopes('account:read')` */
export const BROWSER = 'browser';
/** As long as a device is remembered; see `device-token.ts`. */
const DEVICE_S = 365 * 86_400;

/** Who a browser is signed in as. */
@Injectable()
export class VisitorsService {
  constructor(
    private readonly settings: Settings,
    private readonly sso: SsoSessionsService,
    private readonly successions: SessionSuccessionsService,
    private readonly users: UsersService,
    private readonly verification: EmailVerificationService,
    strategies: Strategies,
  ) {
    strategies.add(BROWSER, async (request) => {
      const principal = await this.find(request);
      if (!principal) throw new Unauthenticated();
      return principal;
    });
  }

  /** Who the browser is signed in as, with the rights they have now; `undefined` when signed out. */
  async find(request: FastifyRequest): Promise<Principal | undefined> {
    const session = await this.sessionOf(request);
    return session && this.principalOf(session);
  }

  /**
   * Hands a sign-in out to the browser: to the pages, and to the API for the console's scripts. It takes the place of the
   * one that the browser had.
   */
  async signIn(request: FastifyRequest, reply: FastifyReply, tokens: IssuedTokens): Promise<void> {
    const { settings } = this;
    const before = await this.sessionOf(request);
    if (before) await this.successions.replace(before, tokens.refreshToken, actorOf(request));
    setSessionCookies(reply, settings, tokens);
    setSsoCookie(
      reply,
      settings,
      await this.sso.tokenOf(tokens.refreshToken),
      settings.REFRESH_ABSOLUTE_TTL / 1000,
    );
    if (!tokens.deviceToken) return;
    setDeviceCookie(reply, settings, tokens.deviceToken, DEVICE_S);
    setPageDeviceCookie(reply, settings, tokens.deviceToken, DEVICE_S);
  }

  /** Takes the cookies of a session away, which has ended. */
  signOut(request: FastifyRequest, reply: FastifyReply): void {
    clearSessionCookies(reply, this.settings);
    clearSsoCookie(request, reply, this.settings);
  }

  private async sessionOf(request: FastifyRequest): Promise<KnownSession | undefined> {
    const token = ssoCookie(request, this.settings);
    return token === undefined ? undefined : this.sso.find(token, actorOf(request).ip);
  }

  private async principalOf(session: KnownSession): Promise<Principal | undefined> {
    const found = await this.users.findById(session.userId);
    if (!found || found.user.status !== 'active' || this.verification.isMissing(found.user)) return undefined;
    const { roles, scopes } = found;
    return {
      kind: 'user',
      id: session.userId,
      sessionId: session.id,
      roles,
      scopes: session.scopes ? scopes.filter((scope) => session.scopes!.includes(scope)) : scopes,
      authenticatedAt: session.authenticatedAt,
      amr: session.amr,
      expiresAt: session.expiresAt,
    };
  }
}

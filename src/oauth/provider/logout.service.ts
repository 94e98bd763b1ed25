import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from '../../platform/access/actor.js';
import { Settings } from '../../platform/config/settings.js';
import { Database } from '../../platform/database/database.service.js';
import { clearSessionCookies } from '../../platform/http/cookies.js';
import { clearSsoCookie } from '../../platform/http/page-cookies.js';
import { SessionsService } from '../../tokens/sessions/sessions.service.js';
import { ClientAuthenticationService } from '../clients/client-authentication.service.js';
import type { KnownClient } from '../clients/client.types.js';
import type { OAuthParameters } from '../../platform/http/oauth-parameters.js';
import { BrowserSessionsService, type SignedInBrowser } from './browser-sessions.service.js';
import { IdTokensService, type IdTokenHint } from './id-tokens.service.js';
import { UnregisteredLogoutRedirect } from './provider.errors.js';

/** What follows a request to sign out: a question first, or the address to go on to; none for a page that says so. */
export type LogoutOutcome = { ask: true } | { next: string | undefined };

const OF_SIGN_IN = 'SELECT parent_id FROM sessions WHERE id = :id AND user_id = :userId';

/** Signing out at the wish of a client (OIDC RP-Initiated Logout 1.0). */
@Injectable()
export class LogoutService {
  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly sessions: SessionsService,
    private readonly browsers: BrowserSessionsService,
    private readonly authentication: ClientAuthenticationService,
    private readonly idTokens: IdTokensService,
  ) {}

  /**
   * Ends the sign-in of the browser, with the sessions that clients have of it. Without a hint that is of this sign-in the
   * user is asked first: any page can send a browser here.
   * @throws UnregisteredLogoutRedirect
   */
  async logOut(
    parameters: OAuthParameters,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<LogoutOutcome> {
    const hint = await this.hintOf(parameters);
    // OIDC RP-Initiated Logout §2: where both are there, they must agree.
    if (hint && parameters.has('client_id') && parameters.get('client_id') !== hint.aud)
      throw new UnregisteredLogoutRedirect();
    const next = await this.addressFor(parameters, hint);
    const browser = await this.browsers.find(request);
    if (!browser) {
      // Only what the client has itself, and only when one of our keys says so.
      if (hint?.isVerified && hint.sid !== null)
        await this.sessions.end(hint.sid, hint.sub, actorOf(request));
      return { next };
    }
    if (!hint || !(await this.isOfThis(hint, browser))) return { ask: true };
    await this.sessions.end(browser.session.id, browser.found.user.id, browser.actor);
    clearSessionCookies(reply, this.settings);
    clearSsoCookie(request, reply, this.settings);
    return { next };
  }

  /** The session that a hint names must come from the sign-in of this browser, no matter who has signed the hint. */
  private async isOfThis({ sub, sid }: IdTokenHint, { session, found }: SignedInBrowser): Promise<boolean> {
    if (sub !== found.user.id || sid === null) return false;
    const [row] = await this.database.query<{ parent_id: string | null }>(OF_SIGN_IN, {
      id: sid,
      userId: sub,
    });
    return row?.parent_id === session.id;
  }

  private async hintOf(parameters: OAuthParameters): Promise<IdTokenHint | undefined> {
    const hint = parameters.get('id_token_hint');
    return hint === undefined ? undefined : this.idTokens.readHint(hint);
  }

  private async addressFor(
    parameters: OAuthParameters,
    hint: IdTokenHint | undefined,
  ): Promise<string | undefined> {
    const address = parameters.get('post_logout_redirect_uri');
    if (address === undefined) return undefined;
    const clientId = parameters.get('client_id') ?? hint?.aud;
    const client: KnownClient | undefined =
      clientId === undefined ? undefined : await this.authentication.find(clientId);
    if (!client?.postLogoutRedirectUris.includes(address)) throw new UnregisteredLogoutRedirect();
    const state = parameters.get('state');
    if (state === undefined) return address;
    return `${address}${address.includes('?') ? '&' : '?'}${new URLSearchParams({ state }).toString()}`;
  }
}

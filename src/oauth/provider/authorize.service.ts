import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { SecondFactorsService } from '../../accounts/factors/second-factors.service.js';
import { actorOf } from '../../platform/access/actor.js';
import { acrOf } from '../../platform/access/authentication-context.js';
import { Settings } from '../../platform/config/settings.js';
import { Metrics, type Count } from '../../platform/http/metrics.js';
import type { AuthorizationParameters } from './authorization-request.js';
import { BrowserSessionsService, type SignedInBrowser } from './browser-sessions.service.js';
import { CodeIssuingService } from './code-issuing.service.js';
import { ConsentNeedsService } from './consent-needs.service.js';
import { OAuthRequestsService } from './oauth-requests.service.js';
import type { PendingRequest } from './provider.types.js';
import { RefusedAuthorization } from './provider.errors.js';

/** What answers an authorization request: parameters for its client, or a page of ours where the user must do something. */
export type AuthorizeOutcome = { answer: Record<string, string> } | { page: string };

/** Decides what an authorization request needs: a sign-in, a choice, consent, or nothing any more. */
@Injectable()
export class AuthorizeService {
  private readonly count: Count<'code' | 'refused' | 'sign_in' | 'consent'>;

  constructor(
    private readonly settings: Settings,
    private readonly browsers: BrowserSessionsService,
    private readonly requests: OAuthRequestsService,
    private readonly codes: CodeIssuingService,
    private readonly consent: ConsentNeedsService,
    private readonly factors: SecondFactorsService,
    metrics: Metrics,
  ) {
    this.count = metrics.counter(
      'gatehouse_authorizations_total',
      'Authorization requests by what they led to',
      ['code', 'refused', 'sign_in', 'consent'],
    );
  }

  /** @throws RefusedAuthorization, TooManyRequests */
  async answer(pending: PendingRequest, request: FastifyRequest): Promise<AuthorizeOutcome> {
    const { needed, browser } = await this.look(pending, request);
    if (needed === undefined) {
      const answer = await this.codes.issue(pending, browser!);
      this.count('code');
      return { answer };
    }
    // OIDC Core §3.1.2.6: the user may not be asked anything.
    if (pending.parameters.prompts.includes('none')) throw this.refusalOf(needed);
    this.count(needed === 'consent' ? 'consent' : 'sign_in');
    return { page: await this.pageFor(needed, pending, request) };
  }

  /**
   * Which page a request waits for, and who is signed in; `needed` is `undefined` when it waits for none.
   * @throws RefusedAuthorization
   */
  async look(
    pending: PendingRequest,
    request: FastifyRequest,
  ): Promise<{ needed: NeededPage | undefined; browser: SignedInBrowser | undefined }> {
    const browser = await this.browsers.find(request);
    return { needed: await this.pageNeeded(pending, browser), browser };
  }

  private async pageNeeded(
    pending: PendingRequest,
    browser: SignedInBrowser | undefined,
  ): Promise<NeededPage | undefined> {
    const { parameters, kept } = pending;
    const { prompts } = parameters;
    if (!browser) return prompts.includes('create') ? 'sign-up' : 'login';
    if (prompts.includes('create') && !kept) return 'sign-up';
    if (this.isStale(pending, browser)) return 'login-again';
    if (parameters.hintedSubject !== null && parameters.hintedSubject !== browser.found.user.id) {
      // OIDC Core §3.1.2.1: who has been asked to sign in and is still another user answers the request with an error.
      if (isProvedSince(pending, browser))
        throw new RefusedAuthorization(
          'login_required',
          'Another user has signed in than id_token_hint names.',
        );
      return 'login-again';
    }
    if (prompts.includes('select_account') && !isChosen(pending, browser)) return 'select-account';
    if (await this.needsSecondFactor(parameters, browser)) return 'step-up';
    return (await this.consent.missing(pending, browser)).size > 0 ? 'consent' : undefined;
  }

  /** Whether the sign-in is older than the request allows; one since the request began always does. */
  private isStale(pending: PendingRequest, browser: SignedInBrowser): boolean {
    const { prompts, maxAge } = pending.parameters;
    if (isProvedSince(pending, browser)) return false;
    if (prompts.includes('login')) return true;
    const provedAt = browser.session.authenticatedAt.getTime();
    return maxAge !== null && Date.now() - provedAt > maxAge * 1000 - (maxAge === 0 ? 1 : 0);
  }

  /** @throws RefusedAuthorization for an account that has none (OpenID Connect Core Error Code unmet_authentication_requirements) */
  private async needsSecondFactor(
    { acrValues }: AuthorizationParameters,
    { session, found }: SignedInBrowser,
  ): Promise<boolean> {
    // Any of them will do (OIDC Core §3.1.2.1); those that we do not know ask for nothing.
    if (!acrValues.includes('mfa') || acrValues.includes('sfa') || acrOf(session.amr) === 'mfa') return false;
    const methods = await this.factors.methodsOf(found.user.id);
    if (methods.length > 0) return true;
    throw new RefusedAuthorization('unmet_authentication_requirements', 'The account has no second factor.');
  }

  private async pageFor(page: NeededPage, pending: PendingRequest, request: FastifyRequest): Promise<string> {
    const { parameters } = pending;
    const { id } = pending.kept ?? (await this.keep(pending, request));
    const { LOGIN_URL, CONSENT_URL } = this.settings;
    const locales = { ...(parameters.uiLocales !== null && { ui_locales: parameters.uiLocales }) };
    if (page === 'consent') return withQuery(CONSENT_URL || '/consent', { request: id, ...locales });
    if (page === 'select-account') return withQuery('/select-account', { request: id, ...locales });
    // The pages that lead back here speak the language that is in the address.
    const next = withQuery('/oauth/authorize', { request: id, ...locales });
    const hints = {
      ...(parameters.loginHint !== null && { login_hint: parameters.loginHint }),
      ...locales,
      ...(page === 'login-again' && { prompt: 'login' }),
    };
    if (LOGIN_URL) return withQuery(LOGIN_URL, { request: id, continue: next, ...hints });
    const paths = { login: '/login', 'login-again': '/login', 'sign-up': '/signup', 'step-up': '/step-up' };
    return withQuery(paths[page], { continue: next, ...hints });
  }

  /** A pushed request has been used up, so it is not refused now. @throws TooManyRequests */
  private keep({ client, parameters, isPushed }: PendingRequest, request: FastifyRequest) {
    return isPushed
      ? this.requests.keep(client.id, parameters, 'sign-in')
      : this.requests.keepFor(actorOf(request), client.id, parameters);
  }

  private refusalOf(page: NeededPage): RefusedAuthorization {
    this.count('refused');
    if (page === 'consent')
      return new RefusedAuthorization('consent_required', 'The user must be asked for consent.');
    if (page === 'select-account')
      return new RefusedAuthorization('account_selection_required', 'The user must choose an account.');
    return new RefusedAuthorization('login_required', 'The user must sign in.');
  }
}

/** What the user must do before a request can be answered. */
export type NeededPage = 'login' | 'login-again' | 'sign-up' | 'step-up' | 'select-account' | 'consent';

/** Whether the user has proved who they are since the request began. */
function isProvedSince({ kept }: PendingRequest, { session }: SignedInBrowser): boolean {
  return kept !== undefined && session.authenticatedAt.getTime() >= kept.row.createdAt.getTime();
}

/** Whether the account was chosen for this request, on the page for it or by signing in. */
function isChosen(pending: PendingRequest, browser: SignedInBrowser): boolean {
  return pending.kept?.row.sessionId === browser.session.id || isProvedSince(pending, browser);
}

function withQuery(address: string, parameters: Record<string, string>): string {
  const separator = address.includes('?') ? '&' : '?';
  return address + separator + new URLSearchParams(parameters).toString();
}

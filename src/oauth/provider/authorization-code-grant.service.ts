import { Injectable } from '@nestjs/common';
import { SessionsService } from '../../tokens/sessions/sessions.service.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { BeginClientSessionService } from './begin-client-session.service.js';
import type { OAuthCode } from './oauth-code.entity.js';
import { OAuthCodesService, provesChallenge } from './oauth-codes.service.js';
import { GrantedScopesService } from './granted-scopes.service.js';
import { InvalidGrant, InvalidTarget } from './provider.errors.js';
import { GrantHandlers, type TokenRequest, type TokenResponse } from './token-grants.service.js';

/** A code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.5). What is refused leaves the code as it was. */
@Injectable()
export class AuthorizationCodeGrantService {
  constructor(
    private readonly codes: OAuthCodesService,
    private readonly scopes: GrantedScopesService,
    private readonly begin: BeginClientSessionService,
    private readonly sessions: SessionsService,
    private readonly audit: AuditService,
    handlers: GrantHandlers,
  ) {
    handlers.add('authorization_code', (request) => this.exchange(request));
  }

  /** @throws InvalidGrant, InvalidTarget, InvalidRequest */
  private async exchange(request: TokenRequest): Promise<TokenResponse> {
    const { client, parameters, jkt } = request;
    const code = await this.codes.find(parameters.required('code'));
    if (!code) throw new InvalidGrant('there is no such code');
    // RFC 6749 §4.1.3: of another client it says nothing, and does nothing to the code.
    if (code.clientId !== client.id) throw new InvalidGrant('of another client');
    if (!provesChallenge(parameters.get('code_verifier'), code)) throw new InvalidGrant('code_verifier');
    const redirectUri = parameters.get('redirect_uri');
    // OAuth 2.1 §4.1.3 drops it, for PKCE does the same; who sends it must send the same one.
    if (redirectUri !== undefined && redirectUri !== code.redirectUri) throw new InvalidGrant('redirect_uri');
    if (code.dpopJkt !== null && code.dpopJkt !== jkt) throw new InvalidGrant('bound to another key');
    if (code.usedAt !== null) throw await this.reused(code, request);
    if (code.expiresAt.getTime() <= Date.now()) throw new InvalidGrant('expired');
    const audiences = await this.narrowed(code, request);
    try {
      const { userId, parentSessionId, scopes, resources, authTime, amr, nonce } = code;
      const using = (sessionId: string) => this.codes.using(code, sessionId);
      return await this.begin.begin(
        { userId, parentSessionId, scopes, resources, audiences, authTime, amr, nonce, jkt, using },
        request,
      );
    } catch (error) {
      if (!(error instanceof InvalidGrant)) throw error;
      // Of two at the same time, the second is a reuse too.
      const now = await this.codes.find(parameters.required('code'));
      throw now && now.usedAt !== null ? await this.reused(now, request) : error;
    }
  }

  /** RFC 6749 §4.1.2: a code that is shown again was copied, so what it gave is revoked. */
  private async reused(
    { sessionId, userId, hash }: OAuthCode,
    { client, actor }: TokenRequest,
  ): Promise<InvalidGrant> {
    if (sessionId !== null && (await this.sessions.end(sessionId, userId, actor))) {
      const target = { kind: 'session', id: sessionId };
      const detail = { clientId: client.clientId, code: hash.slice(0, 8) };
      await this.audit.record({ action: 'client.code_reused', target, by: userId, detail }, actor);
    }
    return new InvalidGrant('used before');
  }

  /** RFC 8707 §2.2: fewer resources than were granted, for this access token alone, and no others. */
  private async narrowed(code: OAuthCode, { client, parameters }: TokenRequest): Promise<string[]> {
    const asked = parameters.list('resource');
    if (asked.length === 0) return code.resources;
    const identifiers = (await this.scopes.resourcesFor(asked, client)).map(({ identifier }) => identifier);
    if (!identifiers.every((identifier) => code.resources.includes(identifier))) throw new InvalidTarget();
    return identifiers;
  }
}

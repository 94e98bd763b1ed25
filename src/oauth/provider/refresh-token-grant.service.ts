import { Injectable } from '@nestjs/common';
import { InvalidRefreshToken, RefreshTokenReused } from '../../tokens/sessions/sessions.errors.js';
import type { KnownSession } from '../../tokens/sessions/session.entity.js';
import { SessionRefreshService } from '../../tokens/sessions/session-refresh.service.js';
import type { ProtectedResourceInfo } from '../../platform/access/protected-resources.js';
import type { KnownClient } from '../clients/client.types.js';
import { ClientStandingsService, type ClientStanding } from './client-standings.service.js';
import { ClientTokensService } from './client-tokens.service.js';
import { GrantedScopesService } from './granted-scopes.service.js';
import { InvalidGrant, InvalidOAuthScope, InvalidTarget } from './provider.errors.js';
import { GrantHandlers, type TokenRequest, type TokenResponse } from './token-grants.service.js';

/** A refresh token for its successor (RFC 6749 §6): the ordinary rotation of sessions, behind client authentication. */
@Injectable()
export class RefreshTokenGrantService {
  constructor(
    private readonly standings: ClientStandingsService,
    private readonly sessions: SessionRefreshService,
    private readonly scopes: GrantedScopesService,
    private readonly tokens: ClientTokensService,
    handlers: GrantHandlers,
  ) {
    handlers.add('refresh_token', (request) => this.refresh(request));
  }

  /** @throws InvalidGrant, InvalidOAuthScope, InvalidTarget, with nothing rotated; ClaimsUnavailable */
  private async refresh(request: TokenRequest): Promise<TokenResponse> {
    const { client, parameters, jkt } = request;
    const token = parameters.required('refresh_token');
    const asked = parameters.words('scope');
    const wanted = parameters.list('resource');
    const narrowed = wanted.length > 0 ? await this.scopes.resourcesFor(wanted, client) : undefined;
    const admit = (session: KnownSession, standing: ClientStanding): void => {
      this.standings.refuseEnded(session, standing);
      if (!mayUseWith(session, client, jkt)) throw new InvalidGrant('bound to another key');
      refuseBeyond(session, asked, narrowed);
    };
    const live = await this.rotate(token, request, admit);
    const { session, along: standing } = live;
    await this.standings.noteUse(session, standing);
    const resources = narrowed ?? (await this.scopes.resourcesFor(session.resources ?? [], client));
    const scopes = asked.length > 0 ? asked : (session.scopes ?? []);
    const audience = resources.map(({ identifier }) => identifier);
    const added = await this.tokens.addedFor(client, session, standing, audience);
    return this.tokens.respond({ client, live, rights: standing, scopes, resources, added, jkt });
  }

  private async rotate(
    token: string,
    { client, actor }: TokenRequest,
    admit: (session: KnownSession, standing: ClientStanding) => void,
  ) {
    try {
      return await this.sessions.rotate(token, actor, this.standings.along, { clientId: client.id, admit });
    } catch (error) {
      if (error instanceof InvalidRefreshToken || error instanceof RefreshTokenReused)
        throw new InvalidGrant(error);
      throw error;
    }
  }
}

/** RFC 9449 §5: the refresh token of a confidential client is bound to its authentication, so that its key may change. */
function mayUseWith({ dpopJkt }: KnownSession, { authMethod }: KnownClient, jkt: string | null): boolean {
  return dpopJkt === null || (authMethod === 'none' ? jkt === dpopJkt : jkt !== null);
}

/** RFC 6749 §6, RFC 8707 §2.2: less than was granted, for this answer alone, and never more. */
function refuseBeyond(
  session: KnownSession,
  scopes: readonly string[],
  resources: ProtectedResourceInfo[] | undefined,
): void {
  const beyond = scopes.filter((scope) => !session.scopes?.includes(scope));
  if (beyond.length > 0) throw new InvalidOAuthScope(beyond);
  if (resources?.some(({ identifier }) => !session.resources?.includes(identifier)))
    throw new InvalidTarget();
}

import { Injectable } from '@nestjs/common';
import { EmailVerificationService } from '../../accounts/users/email-verification.service.js';
import { UsersService } from '../../accounts/users/users.service.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { UnexpectedCount, type Statement } from '../../platform/database/database.service.js';
import { NewSessionsService } from '../../tokens/sessions/new-sessions.service.js';
import { stillLive } from '../../tokens/sessions/sessions.service.js';
import { ClientTokensService } from './client-tokens.service.js';
import { ClientsService } from '../clients/clients.service.js';
import { GrantedScopesService } from './granted-scopes.service.js';
import { InvalidGrant } from './provider.errors.js';
import type { TokenRequest, TokenResponse } from './token-grants.service.js';

/** What a user has granted, whichever way it came: by a code, or by a device. */
export interface UserGrant {
  userId: string;
  parentSessionId: string | null;
  scopes: string[];
  /** All that were granted. */
  resources: string[];
  /** Those that the first access token is for. */
  audiences: string[];
  authTime: Date;
  amr: string[];
  nonce: string | null;
  jkt: string | null;
  /** Uses the grant up for the session with this id; affects one row. Left out where it may be used again. */
  using?: (sessionId: string) => Statement;
}

/** Begins the session of a client: the end of every way in which a user grants it. */
@Injectable()
export class BeginClientSessionService {
  constructor(
    private readonly users: UsersService,
    private readonly verification: EmailVerificationService,
    private readonly newSessions: NewSessionsService,
    private readonly clients: ClientsService,
    private readonly scopes: GrantedScopesService,
    private readonly tokens: ClientTokensService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Uses a grant up and begins a session, at once or not at all.
   * @throws InvalidGrant when the grant was used since, or its user or their sign-in is not what it was
   */
  async begin(grant: UserGrant, { client, actor }: TokenRequest): Promise<TokenResponse> {
    const found = await this.users.findById(grant.userId);
    if (!found || found.user.status !== 'active') throw new InvalidGrant('the account is not active');
    if (this.verification.isMissing(found.user)) throw new InvalidGrant('the address is not proved');
    const resources = await this.scopes.resourcesFor(grant.audiences, client);
    const offline = grant.scopes.includes('offline_access');
    const live = this.newSessions.begin(grant.userId, grant.scopes, grant.amr, actor, {
      clientId: client.id,
      parentId: grant.parentSessionId,
      resources: grant.resources,
      offline,
      dpopJkt: grant.jkt,
      authenticatedAt: grant.authTime,
      notAfter: null,
    });
    const added = await this.tokens.addedFor(client, live.session, found, grant.audiences);
    const parent = grant.parentSessionId;
    const target = { kind: 'session', id: live.session.id };
    const detail = { clientId: client.clientId, scopes: grant.scopes };
    const statements = [
      // Holds the rows: a session never outlives a concurrent disabling, nor the end of the sign-in it comes from.
      this.users.withRights(found),
      ...(parent === null ? [] : [stillLive(parent, grant.userId)]),
      this.clients.stillActive(client.id),
      ...(grant.using ? [grant.using(live.session.id)] : []),
      live.statement,
      this.audit.event({ action: 'client.signed_in', target, by: grant.userId, detail }, actor),
    ];
    try {
      await this.newSessions.commit(live, statements, actor);
    } catch (error) {
      if (error instanceof UnexpectedCount) throw new InvalidGrant(error);
      throw error;
    }
    const answer = { client, live, rights: found, scopes: grant.scopes, resources, added, jkt: grant.jkt };
    return this.tokens.respondWithIdToken(answer, found, grant.nonce);
  }
}

import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '../../platform/database/database.service.js';
import { KeyRotationService } from '../../tokens/keys/key-rotation.service.js';
import type { SignedInBrowser } from './browser-sessions.service.js';
import { GrantedScopesService } from './granted-scopes.service.js';
import { OAuthCodesService } from './oauth-codes.service.js';
import type { PendingRequest } from './provider.types.js';

/** Answers an authorization request that nothing stands against any more. */
@Injectable()
export class CodeIssuingService {
  constructor(
    private readonly database: Database,
    private readonly codes: OAuthCodesService,
    private readonly scopes: GrantedScopesService,
    private readonly keys: KeyRotationService,
  ) {}

  /** The code for the client, and what happens along with it. */
  async issue(
    { client, parameters }: PendingRequest,
    { session, found }: SignedInBrowser,
    along: Statement[] = [],
  ): Promise<Record<string, string>> {
    const resources = await this.scopes.resourcesFor(parameters.resources, client);
    const { code, statement } = this.codes.make({
      clientId: client.id,
      userId: found.user.id,
      parentSessionId: session.id,
      redirectUri: parameters.redirectUri,
      challenge: parameters.challenge,
      scopes: this.scopes.within(parameters.scopes, resources, found),
      resources: parameters.resources,
      nonce: parameters.nonce,
      authTime: session.authenticatedAt,
      amr: session.amr,
      dpopJkt: parameters.dpopJkt,
    });
    // Here, where a browser waits: next-auth 4 gives the token endpoint 3.5 s, and a first RSA key may take longer.
    await this.keys.prepare(client.idTokenAlg);
    await this.database.atomically([...along, statement]);
    return { code };
  }
}

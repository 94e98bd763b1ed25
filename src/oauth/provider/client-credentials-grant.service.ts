import { Injectable } from '@nestjs/common';
import { Settings } from '../../platform/config/settings.js';
import { AccessTokensService } from '../../tokens/access-tokens/access-tokens.service.js';
import { UnauthorizedClient } from '../clients/clients.errors.js';
import { GrantedScopesService, OIDC_SCOPES } from './granted-scopes.service.js';
import { InvalidOAuthScope } from './provider.errors.js';
import { ServiceRightsService } from './service-rights.service.js';
import { GrantHandlers, type TokenRequest, type TokenResponse } from './token-grants.service.js';

/** A client in its own name (RFC 6749 §4.4): the rights of its service account, within its own scopes. */
@Injectable()
export class ClientCredentialsGrantService {
  constructor(
    private readonly settings: Settings,
    private readonly rights: ServiceRightsService,
    private readonly scopes: GrantedScopesService,
    private readonly accessTokens: AccessTokensService,
    handlers: GrantHandlers,
  ) {
    handlers.add('client_credentials', (request) => this.issue(request));
  }

  /** @throws UnauthorizedClient, InvalidOAuthScope, InvalidTarget */
  private async issue({ client, parameters, jkt }: TokenRequest): Promise<TokenResponse> {
    const { serviceAccountId, clientId, tokenFamily } = client;
    const account = serviceAccountId === null ? undefined : await this.rights.find(serviceAccountId);
    if (account === undefined)
      throw new UnauthorizedClient('The client has no service account, or a disabled one.');
    const resources = await this.scopes.resourcesFor(parameters.list('resource'), client);
    const asked = parameters.words('scope');
    const ofPeople = asked.filter((scope) => OIDC_SCOPES.includes(scope));
    if (ofPeople.length > 0) throw new InvalidOAuthScope(ofPeople);
    const all = resources.flatMap(({ scopes }) => scopes);
    const wanted =
      asked.length === 0 && client.scopes === null ? all : this.scopes.askedFor(asked, resources, client);
    const granted = this.scopes
      .within(wanted, resources, account)
      .filter((scope) => !OIDC_SCOPES.includes(scope));
    // RFC 6749 §3.3: fewer scopes are said in the answer; none of those asked for is no answer.
    if (asked.length > 0 && granted.length === 0) throw new InvalidOAuthScope(asked);
    const { token, expiresIn } = this.accessTokens.issue({
      subject: account.user.id,
      sessionId: tokenFamily,
      roles: account.roles,
      scopes: granted,
      version: account.version,
      authenticatedAt: new Date(0),
      amr: [],
      notAfter: new Date(Date.now() + this.settings.ACCESS_TOKEN_TTL),
      client: {
        clientId,
        isFirstParty: false,
        isItself: true,
        audiences: resources.map(({ identifier }) => identifier),
        jkt,
      },
    });
    const token_type = jkt === null ? 'Bearer' : 'DPoP';
    return { access_token: token, token_type, expires_in: expiresIn, scope: granted.join(' ') };
  }
}

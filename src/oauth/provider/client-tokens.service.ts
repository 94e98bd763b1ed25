import { Injectable } from '@nestjs/common';
import type { Rights, UserWithRights } from '../../accounts/users/users.service.js';
import type { TokenClaims } from '../../platform/access/principal.js';
import type { ProtectedResourceInfo } from '../../platform/access/protected-resources.js';
import { AccessTokensService } from '../../tokens/access-tokens/access-tokens.service.js';
import { TokenClaimsService } from '../../tokens/access-tokens/token-claims.service.js';
import type { KnownSession } from '../../tokens/sessions/session.entity.js';
import type { OAuthClient } from '../clients/oauth-client.entity.js';
import { GrantedScopesService } from './granted-scopes.service.js';
import { IdTokensService } from './id-tokens.service.js';
import type { TokenResponse } from './token-grants.service.js';
import type { LiveSession } from '../../tokens/sessions/refresh-tokens.service.js';

/** What the tokens of a client's session are made of. */
export interface ClientGrant {
  client: OAuthClient;
  live: LiveSession;
  rights: Rights;
  scopes: readonly string[];
  resources: ProtectedResourceInfo[];
  added: TokenClaims | undefined;
  /** The thumbprint of the key that this request has proved; the access token is bound to it (RFC 9449 §5). */
  jkt: string | null;
}

/** Makes the tokens that clients get for a user. */
@Injectable()
export class ClientTokensService {
  constructor(
    private readonly accessTokens: AccessTokensService,
    private readonly claims: TokenClaimsService,
    private readonly scopes: GrantedScopesService,
    private readonly idTokens: IdTokensService,
  ) {}

  /** What modules add to the access token. @throws ClaimsUnavailable */
  addedFor(
    client: OAuthClient,
    session: Pick<KnownSession, 'id' | 'userId'>,
    rights: Rights,
    audience: string[],
  ) {
    const { clientId } = client;
    return this.claims.of({
      userId: session.userId,
      sessionId: session.id,
      roles: rights.roles,
      clientId,
      audience,
    });
  }

  /** The answer with an access token, and a refresh token where the client may have one. */
  respond({ client, live, rights, scopes, resources, added, jkt }: ClientGrant): TokenResponse {
    const { session, refreshToken } = live;
    const granted = this.scopes.within(scopes, resources, rights);
    const { token, expiresIn } = this.accessTokens.issue({
      subject: session.userId,
      sessionId: session.id,
      roles: rights.roles,
      scopes: granted,
      version: rights.version,
      authenticatedAt: session.authenticatedAt,
      amr: session.amr,
      notAfter: session.expiresAt,
      added,
      client: {
        clientId: client.clientId,
        isFirstParty: client.kind === 'first-party',
        isItself: false,
        audiences: resources.map(({ identifier }) => identifier),
        jkt,
      },
    });
    const mayRefresh = client.grantTypes.includes('refresh_token');
    return {
      access_token: token,
      token_type: jkt === null ? 'Bearer' : 'DPoP',
      expires_in: expiresIn,
      scope: granted.join(' '),
      ...(mayRefresh && {
        refresh_token: refreshToken,
        refresh_expires_in: Math.round((session.expiresAt.getTime() - Date.now()) / 1000),
      }),
    };
  }

  /** The same with an ID token, where `openid` was granted. */
  async respondWithIdToken(
    grant: ClientGrant,
    found: UserWithRights,
    nonce: string | null,
  ): Promise<TokenResponse> {
    const response = this.respond(grant);
    const scopes = response.scope.split(' ');
    if (!scopes.includes('openid')) return response;
    const { client, live } = grant;
    const subject = { client, session: live.session, user: found.user, scopes, nonce };
    return {
      ...response,
      id_token: await this.idTokens.issue({ ...subject, accessToken: response.access_token }),
    };
  }
}

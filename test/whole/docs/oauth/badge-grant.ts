import { Injectable, Module } from '@nestjs/common';
import { UsersModule } from '../../../../src/accounts/users/users.module.js';
import { UsersService } from '../../../../src/accounts/users/users.service.js';
import { BeginClientSessionService } from '../../../../src/oauth/provider/begin-client-session.service.js';
import { InvalidGrant } from '../../../../src/oauth/provider/provider.errors.js';
import { ProviderModule } from '../../../../src/oauth/provider/provider.module.js';
import {
  GrantHandlers,
  type TokenRequest,
  type TokenResponse,
} from '../../../../src/oauth/provider/token-grants.service.js';

export const BADGE = 'urn:example:params:oauth:grant-type:badge';
/** In place of a table of your own. */
const OWNERS = new Map([['4711', 'ada@example.com']]);

/** Staff sign in at a kiosk by the number of their badge. */
@Injectable()
export class BadgeGrant {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: BeginClientSessionService,
    handlers: GrantHandlers,
  ) {
    handlers.add(BADGE, (request) => this.redeem(request));
  }

  private async redeem(request: TokenRequest): Promise<TokenResponse> {
    const owner = OWNERS.get(request.parameters.required('badge'));
    const found = owner === undefined ? undefined : await this.users.findByEmail(owner);
    if (!found) throw new InvalidGrant('no such badge');
    const signIn = {
      authTime: new Date(),
      amr: ['hwk'],
      parentSessionId: null,
      nonce: null,
      jkt: request.jkt,
    };
    const granted = { scopes: ['openid', 'account:read'], resources: [], audiences: [] };
    return this.sessions.begin({ userId: found.user.id, ...signIn, ...granted }, request);
  }
}

@Module({ imports: [ProviderModule, UsersModule], providers: [BadgeGrant] })
export class BadgeGrantModule {}

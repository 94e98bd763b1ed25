import { Injectable, Module } from '@nestjs/common';
import { IdTokenClaimsService } from '../../../../src/oauth/provider/id-token-claims.service.js';
import { ProviderModule } from '../../../../src/oauth/provider/provider.module.js';
import { TokenClaimsService } from '../../../../src/tokens/access-tokens/token-claims.service.js';
import { TokensModule } from '../../../../src/tokens/access-tokens/tokens.module.js';

declare module '../../../../src/platform/access/principal.js' {
  interface TokenClaims {
    device?: string;
  }
}

@Injectable()
export class DepartmentClaims {
  constructor(idTokens: IdTokenClaimsService, accessTokens: TokenClaimsService) {
    // ID tokens and userinfo: what the application learns of the user.
    idTokens.add(['department'], ({ user, scopes }) =>
      scopes.includes('profile') ? { department: user.email.split('@')[1] } : {},
    );
    // Access tokens: what APIs learn; `clientId` and `audience` are left out of the account's own sessions.
    accessTokens.add(['device'], ({ clientId }) => (clientId === undefined ? {} : { device: 'application' }));
  }
}

@Module({ imports: [ProviderModule, TokensModule], providers: [DepartmentClaims] })
export class DepartmentClaimsModule {}

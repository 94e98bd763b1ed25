import { Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { TokenClaimsService } from '../../../../src/tokens/access-tokens/token-claims.service.js';
import { TokensModule } from '../../../../src/tokens/access-tokens/tokens.module.js';
import { UsersModule } from '../../../../src/accounts/users/users.module.js';
import { UsersService } from '../../../../src/accounts/users/users.service.js';
import { TenantController } from './tenant.controller.js';

declare module '../../../../src/platform/access/principal.js' {
  interface TokenClaims {
    tenant?: string;
  }
}

/** The tenant of a user is the domain of their address. */
@Injectable()
export class TenantClaims implements OnModuleInit {
  constructor(
    private readonly claims: TokenClaimsService,
    private readonly users: UsersService,
  ) {}

  onModuleInit(): void {
    this.claims.add(['tenant'], async ({ userId }) => {
      const { user } = await this.users.get(userId);
      return { tenant: user.email.split('@')[1] };
    });
  }
}

@Module({
  imports: [TokensModule, UsersModule],
  controllers: [TenantController],
  providers: [TenantClaims],
})
export class TenantsModule {}

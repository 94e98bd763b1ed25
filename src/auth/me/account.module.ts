import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { FactorsModule } from '../factors/factors.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccountController } from './account.controller.js';
import { AccountExportService } from './account-export.service.js';
import { AccountService } from './account.service.js';

/** The account as a whole, which is why it stands to the right of everything that an account can have. */
@Module({
  imports: [TokensModule, SessionsModule, UsersModule, FactorsModule, AuthModule],
  controllers: [AccountController],
  providers: [AccountService, AccountExportService],
})
export class AccountModule {}

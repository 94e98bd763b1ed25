import { Module } from '@nestjs/common';
import { AuthModule } from '../login/auth.module.js';
import { FactorsModule } from '../../accounts/factors/factors.module.js';
import { SessionsModule } from '../../tokens/sessions/sessions.module.js';
import { TokensModule } from '../../tokens/access-tokens/tokens.module.js';
import { UsersModule } from '../../accounts/users/users.module.js';
import { AccountController } from './account.controller.js';
import { AccountExportService } from './account-export.service.js';
import { AccountService } from './account.service.js';
import { PasswordChangeService } from './password-change.service.js';
import { PasswordController } from './password.controller.js';
import { MeController } from './me.controller.js';
import { SessionsController } from './sessions.controller.js';
import { FactorsController } from './factors.controller.js';
import { PasskeysController } from './passkeys.controller.js';

/** The account as a whole, which is why it stands to the right of everything that an account can have. */
@Module({
  imports: [TokensModule, SessionsModule, UsersModule, FactorsModule, AuthModule],
  controllers: [
    AccountController,
    MeController,
    PasswordController,
    SessionsController,
    FactorsController,
    PasskeysController,
  ],
  providers: [AccountService, AccountExportService, PasswordChangeService],
  exports: [AccountService, AccountExportService, PasswordChangeService],
})
export class AccountModule {}

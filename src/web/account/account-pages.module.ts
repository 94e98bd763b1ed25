import { Module } from '@nestjs/common';
import { FactorsModule } from '../../accounts/factors/factors.module.js';
import { UsersModule } from '../../accounts/users/users.module.js';
import { AuthModule } from '../../auth/login/auth.module.js';
import { AccountModule } from '../../auth/me/account.module.js';
import { SessionsModule } from '../../tokens/sessions/sessions.module.js';
import { ConsoleModule } from '../console/console.module.js';
import { ViewsModule } from '../views/views.module.js';
import { AccountPagesService } from './account-pages.service.js';
import { DataController } from './data.controller.js';
import { ListedSessionsService } from './listed-sessions.service.js';
import { OverviewController } from './overview.controller.js';
import { PasskeyPagesController } from './passkeys.controller.js';
import { SecurityController } from './security.controller.js';
import { SessionPagesController } from './sessions.controller.js';
import { TotpController } from './totp.controller.js';

@Module({
  imports: [
    AccountModule,
    AuthModule,
    ConsoleModule,
    FactorsModule,
    SessionsModule,
    UsersModule,
    ViewsModule,
  ],
  controllers: [
    OverviewController,
    SecurityController,
    PasskeyPagesController,
    TotpController,
    SessionPagesController,
    DataController,
  ],
  providers: [AccountPagesService, ListedSessionsService],
  exports: [AccountPagesService, ListedSessionsService, ViewsModule],
})
export class AccountPagesModule {}

import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { AccessModule } from './access/access.module.js';
import { AuthenticationGuard } from './access/authentication.guard.js';
import { AuthorizationGuard } from './access/authorization.guard.js';
import { AccountModule } from './account/account.module.js';
import { ApiKeysModule } from './api-keys/api-keys.module.js';
import { AuditModule } from './audit/audit.module.js';
import { AuthModule } from './auth/auth.module.js';
import { ConfigModule } from './config/config.module.js';
import { ProcessKind } from './config/process-kind.js';
import type { Settings } from './config/settings.js';
import { DatabaseModule } from './database/database.module.js';
import { FactorsModule } from './factors/factors.module.js';
import { HealthModule } from './health/health.module.js';
import { HttpModule } from './http/http.module.js';
import { ProblemFilter } from './http/problem.filter.js';
import { RequestValidationPipe } from './http/validation.pipe.js';
import { LimitsGuard } from './limits/limits.guard.js';
import { LimitsModule } from './limits/limits.module.js';
import { MailModule } from './mail/mail.module.js';
import { ResourcesModule } from './resources/resources.module.js';
import { RolesModule } from './roles/roles.module.js';
import { SessionsModule } from './sessions/sessions.module.js';
import { TokensModule } from './tokens/tokens.module.js';
import { TransferModule } from './transfer/transfer.module.js';
import { UsersModule } from './users/users.module.js';

@Module({
  /** In the order of their dependencies: a folder imports only those before it. */
  imports: [
    DatabaseModule,
    HttpModule,
    AccessModule,
    AuditModule,
    LimitsModule,
    MailModule,
    TokensModule,
    SessionsModule,
    RolesModule,
    UsersModule,
    ApiKeysModule,
    FactorsModule,
    AuthModule,
    ResourcesModule,
    TransferModule,
    AccountModule,
    HealthModule,
  ],
  /** What every request passes, in this order. */
  providers: [
    { provide: APP_GUARD, useClass: AuthenticationGuard },
    { provide: APP_GUARD, useClass: LimitsGuard },
    { provide: APP_GUARD, useClass: AuthorizationGuard },
    { provide: APP_PIPE, useClass: RequestValidationPipe },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
})
export class AppModule {
  static with(settings: Settings, kind = ProcessKind.SERVER): DynamicModule {
    return { module: AppModule, imports: [ConfigModule.with(settings, kind)] };
  }
}

import { Global, Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { ENDINGS } from './app.endings.js';
import { modulesOf } from './app.features.js';
import { AccessModule } from './platform/access/access.module.js';
import { AuthenticationGuard } from './platform/access/authentication.guard.js';
import { AuthorizationGuard } from './platform/access/authorization.guard.js';
import { AccountModule } from './auth/me/account.module.js';
import { AuditModule } from './platform/audit/audit.module.js';
import { AuthModule } from './auth/login/auth.module.js';
import { ConfigModule } from './platform/config/config.module.js';
import { ProcessKind } from './platform/config/process-kind.js';
import type { Settings } from './platform/config/settings.js';
import { DatabaseModule } from './platform/database/database.module.js';
import { FactorsModule } from './accounts/factors/factors.module.js';
import { HealthModule } from './operations/health/health.module.js';
import { SettingsModule } from './operations/settings/settings.module.js';
import { OverviewModule } from './operations/overview/overview.module.js';
import { WaitingModule } from './operations/waiting/waiting.module.js';
import { OutboxModule } from './operations/outbox/outbox.module.js';
import { HttpModule } from './platform/http/http.module.js';
import { ProblemFilter } from './platform/http/problem.filter.js';
import { RequestValidationPipe } from './platform/http/validation.pipe.js';
import { LimitsGuard } from './platform/limits/limits.guard.js';
import { LimitsModule } from './platform/limits/limits.module.js';
import { OutboundModule } from './platform/outbound/outbound.module.js';
import { MailModule } from './platform/mail/mail.module.js';
import { RolesModule } from './accounts/roles/roles.module.js';
import { SessionsModule } from './tokens/sessions/sessions.module.js';
import { TokensModule } from './tokens/access-tokens/tokens.module.js';
import { Endings } from './tokens/revocation/endings.service.js';
import { IntrospectionModule } from './tokens/introspection/introspection.module.js';
import { UsersModule } from './accounts/users/users.module.js';
import { IssuingModule } from './auth/issuing/issuing.module.js';
import { StepUpModule } from './auth/step-up/step-up.module.js';
import { ByMailModule } from './auth/by-mail/by-mail.module.js';
import { RevocationModule } from './tokens/revocation/revocation.module.js';
import { KeysModule } from './tokens/keys/keys.module.js';
import { OneTimeTokensModule } from './tokens/one-time-tokens/one-time-tokens.module.js';
import { pagesOf } from './app.pages.js';

/** For the rooms that something happens to accounts in; they know none of the rooms that the rows come from. */
@Global()
@Module({ providers: [{ provide: Endings, useValue: new Endings(ENDINGS) }], exports: [Endings] })
class EndingsModule {}

@Module({
  /** In the order of their dependencies: a folder imports only those before it. What can be off is in `app.features.ts`. */
  imports: [
    DatabaseModule,
    HttpModule,
    AccessModule,
    AuditModule,
    LimitsModule,
    MailModule,
    OutboundModule,
    RevocationModule,
    KeysModule,
    OneTimeTokensModule,
    TokensModule,
    SessionsModule,
    IntrospectionModule,
    RolesModule,
    UsersModule,
    FactorsModule,
    IssuingModule,
    StepUpModule,
    ByMailModule,
    AuthModule,
    AccountModule,
    SettingsModule,
    OverviewModule,
    WaitingModule,
    OutboxModule,
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
  /** With the features that are on. @throws StartupError for what `FEATURES` cannot mean */
  static async with(settings: Settings, kind = ProcessKind.SERVER): Promise<DynamicModule> {
    const features = await modulesOf(settings);
    const pages = await pagesOf(settings);
    const imports = [ConfigModule.with(settings, kind), EndingsModule, ...pages, ...features];
    return { module: AppModule, imports };
  }
}

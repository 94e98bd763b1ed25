import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { FactorsModule } from '../factors/factors.module.js';
import { RolesModule } from '../roles/roles.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { UsersModule } from '../users/users.module.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { TokenInspectionService } from './token-inspection.service.js';
import { TokenStatusService } from './token-status.service.js';
import { TokensController } from './tokens.controller.js';
import { EmailChangeService } from './email-change.service.js';
import { EmailController } from './email.controller.js';
import { FirstAdmin } from './first-admin.js';
import { CurrentPasswordService } from './current-password.service.js';
import { KnownDevices } from './known-devices.service.js';
import { PasskeyLoginController } from './passkey-login.controller.js';
import { PasskeyLoginService } from './passkey-login.service.js';
import { PasswordResetService } from './password-reset.service.js';
import { RouteVerdicts } from './route-verdicts.service.js';
import { SecondStepService } from './second-step.service.js';
import { SignInService } from './sign-in.service.js';
import { SignUpByMailService } from './sign-up-by-mail.service.js';
import { StepUpService } from './step-up.service.js';

@Module({
  imports: [TokensModule, SessionsModule, RolesModule, UsersModule, ApiKeysModule, FactorsModule],
  controllers: [AuthController, PasskeyLoginController, EmailController, TokensController],
  providers: [
    SignInService,
    SecondStepService,
    StepUpService,
    PasskeyLoginService,
    AuthService,
    SignUpByMailService,
    EmailChangeService,
    PasswordResetService,
    FirstAdmin,
    CurrentPasswordService,
    KnownDevices,
    TokenStatusService,
    TokenInspectionService,
    RouteVerdicts,
  ],
  exports: [CurrentPasswordService, StepUpService],
})
export class AuthModule {}

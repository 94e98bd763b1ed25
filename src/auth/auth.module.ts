import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
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
import { PasswordResetService } from './password-reset.service.js';
import { SignUpByMailService } from './sign-up-by-mail.service.js';

@Module({
  imports: [TokensModule, SessionsModule, RolesModule, UsersModule, ApiKeysModule],
  controllers: [AuthController, EmailController, TokensController],
  providers: [
    AuthService,
    SignUpByMailService,
    EmailChangeService,
    PasswordResetService,
    FirstAdmin,
    CurrentPasswordService,
    KnownDevices,
    TokenStatusService,
    TokenInspectionService,
  ],
  exports: [CurrentPasswordService],
})
export class AuthModule {}

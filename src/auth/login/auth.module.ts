import { Module } from '@nestjs/common';
import { FactorsModule } from '../../accounts/factors/factors.module.js';
import { RolesModule } from '../../accounts/roles/roles.module.js';
import { UsersModule } from '../../accounts/users/users.module.js';
import { OutdatedPrincipals } from '../../platform/access/outdated-principals.js';
import { TokensModule } from '../../tokens/access-tokens/tokens.module.js';
import { SessionsModule } from '../../tokens/sessions/sessions.module.js';
import { ByMailModule } from '../by-mail/by-mail.module.js';
import { IssuingModule } from '../issuing/issuing.module.js';
import { StepUpModule } from '../step-up/step-up.module.js';
import { AuthController } from './auth.controller.js';
import { ContestedSignUpsService } from './contested-sign-ups.service.js';
import { FirstAdmin } from './first-admin.js';
import { FirstStepService } from './first-step.service.js';
import { PasskeyLoginController } from './passkey-login.controller.js';
import { PasskeyLoginService } from './passkey-login.service.js';
import { PasswordLoginService } from './password-login.service.js';
import { RefreshService } from './refresh.service.js';
import { SecondStepService } from './second-step.service.js';
import { SessionHolders } from './session-holders.service.js';
import { SetUpService } from './set-up.service.js';
import { SignUpByMailService } from './sign-up-by-mail.service.js';
import { SignUpService } from './sign-up.service.js';
import { TakenAddressesService } from './taken-addresses.service.js';

@Module({
  imports: [
    TokensModule,
    SessionsModule,
    RolesModule,
    UsersModule,
    FactorsModule,
    IssuingModule,
    StepUpModule,
    ByMailModule,
  ],
  controllers: [AuthController, PasskeyLoginController],
  providers: [
    SessionHolders,
    { provide: OutdatedPrincipals, useExisting: SessionHolders },
    FirstStepService,
    SecondStepService,
    PasskeyLoginService,
    PasswordLoginService,
    ContestedSignUpsService,
    SignUpService,
    TakenAddressesService,
    SignUpByMailService,
    RefreshService,
    FirstAdmin,
    SetUpService,
  ],
  exports: [
    IssuingModule,
    StepUpModule,
    ByMailModule,
    PasswordLoginService,
    SignUpService,
    PasskeyLoginService,
    SecondStepService,
    SessionHolders,
    SetUpService,
    SignUpByMailService,
  ],
})
export class AuthModule {}

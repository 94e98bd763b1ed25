import { Module } from '@nestjs/common';
import { FactorsModule } from '../../accounts/factors/factors.module.js';
import { UsersModule } from '../../accounts/users/users.module.js';
import { TokensModule } from '../../tokens/access-tokens/tokens.module.js';
import { SessionsModule } from '../../tokens/sessions/sessions.module.js';
import { StepUpModule } from '../step-up/step-up.module.js';
import { AddressProofService } from './address-proof.service.js';
import { EmailChangeRequestService } from './email-change-request.service.js';
import { EmailChangeService } from './email-change.service.js';
import { EmailController } from './email.controller.js';
import { OperatorResetService } from './operator-reset.service.js';
import { PasswordResetRequestService } from './password-reset-request.service.js';
import { PasswordResetService } from './password-reset.service.js';
import { SentSession } from './sent-session.service.js';

@Module({
  imports: [TokensModule, SessionsModule, UsersModule, FactorsModule, StepUpModule],
  controllers: [EmailController],
  providers: [
    AddressProofService,
    SentSession,
    EmailChangeRequestService,
    EmailChangeService,
    PasswordResetRequestService,
    PasswordResetService,
    OperatorResetService,
  ],
  exports: [
    AddressProofService,
    EmailChangeRequestService,
    EmailChangeService,
    PasswordResetRequestService,
    PasswordResetService,
  ],
})
export class ByMailModule {}

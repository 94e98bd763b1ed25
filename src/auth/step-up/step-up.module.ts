import { Module } from '@nestjs/common';
import { FactorsModule } from '../../accounts/factors/factors.module.js';
import { UsersModule } from '../../accounts/users/users.module.js';
import { SessionsModule } from '../../tokens/sessions/sessions.module.js';
import { IssuingModule } from '../issuing/issuing.module.js';
import { CurrentPasswordService } from './current-password.service.js';
import { StepUpService } from './step-up.service.js';

@Module({
  imports: [SessionsModule, UsersModule, FactorsModule, IssuingModule],
  providers: [CurrentPasswordService, StepUpService],
  exports: [CurrentPasswordService, StepUpService],
})
export class StepUpModule {}

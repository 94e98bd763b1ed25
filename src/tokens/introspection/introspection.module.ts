import { Module } from '@nestjs/common';
import { TokensModule } from '../access-tokens/tokens.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { RouteVerdicts } from './route-verdicts.service.js';
import { TokenInspectionService } from './token-inspection.service.js';
import { TokenStanding } from './token-standing.service.js';
import { TokenStatusService } from './token-status.service.js';
import { TokensController } from './tokens.controller.js';

@Module({
  imports: [TokensModule, SessionsModule],
  controllers: [TokensController],
  providers: [TokenStatusService, TokenInspectionService, TokenStanding, RouteVerdicts],
  exports: [TokenStatusService],
})
export class IntrospectionModule {}

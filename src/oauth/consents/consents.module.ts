import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TokensModule } from '../../tokens/access-tokens/tokens.module.js';
import { SessionsModule } from '../../tokens/sessions/sessions.module.js';
import { ConsentPolicyService } from './consent-policy.service.js';
import { ConsentsController } from './consents.controller.js';
import { ConsentsService } from './consents.service.js';
import { OAuthGrant } from './oauth-grant.entity.js';

@Module({
  imports: [TypeOrmModule.forFeature([OAuthGrant]), TokensModule, SessionsModule],
  controllers: [ConsentsController],
  providers: [ConsentsService, ConsentPolicyService],
  exports: [ConsentsService, ConsentPolicyService],
})
export class ConsentsModule {}

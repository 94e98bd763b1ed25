import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TokensModule } from '../../tokens/access-tokens/tokens.module.js';
import { SessionsModule } from '../../tokens/sessions/sessions.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { ClientGrantsController } from './client-grants.controller.js';
import { ClientGrantsService } from './client-grants.service.js';
import { ConsentPolicyService } from './consent-policy.service.js';
import { ConsentsController } from './consents.controller.js';
import { ConsentsService } from './consents.service.js';
import { OAuthGrant } from './oauth-grant.entity.js';

@Module({
  imports: [TypeOrmModule.forFeature([OAuthGrant]), TokensModule, SessionsModule, ClientsModule],
  controllers: [ConsentsController, ClientGrantsController],
  providers: [ConsentsService, ConsentPolicyService, ClientGrantsService],
  exports: [ConsentsService, ConsentPolicyService],
})
export class ConsentsModule {}

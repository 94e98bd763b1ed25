import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { UsersModule } from '../../accounts/users/users.module.js';
import { ClientGate } from '../../platform/access/client-gate.js';
import { OutboundModule } from '../../platform/outbound/outbound.module.js';
import { TokensModule } from '../../tokens/access-tokens/tokens.module.js';
import { SessionsModule } from '../../tokens/sessions/sessions.module.js';
import { ClientAssertionsService } from './client-assertions.service.js';
import { ClientAuthenticationService } from './client-authentication.service.js';
import { ClientDocumentsService } from './client-documents.service.js';
import { ClientLogosController } from './client-logos.controller.js';
import { ClientLogosService } from './client-logos.service.js';
import { ClientMemory } from './client-memory.service.js';
import { ClientSecretsService } from './client-secrets.service.js';
import { ClientSignInsService } from './client-sign-ins.service.js';
import { ClientUsesService } from './client-uses.service.js';
import { ClientsController } from './clients.controller.js';
import { ClientsService } from './clients.service.js';
import { NewClientsService } from './new-clients.service.js';
import { OAuthClientSecret } from './oauth-client-secret.entity.js';
import { OAuthClient } from './oauth-client.entity.js';
import { RegistrationController } from './registration.controller.js';
import { RegistrationService } from './registration.service.js';
import { UsedId } from './used-id.entity.js';
import { UsedIdsService } from './used-ids.service.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([OAuthClient, OAuthClientSecret, UsedId]),
    TokensModule,
    SessionsModule,
    UsersModule,
    OutboundModule,
  ],
  controllers: [ClientsController, ClientLogosController, RegistrationController],
  providers: [
    ClientMemory,
    ClientUsesService,
    ClientsService,
    NewClientsService,
    ClientSecretsService,
    ClientSignInsService,
    ClientLogosService,
    UsedIdsService,
    ClientAssertionsService,
    ClientDocumentsService,
    ClientAuthenticationService,
    RegistrationService,
    { provide: ClientGate, useExisting: ClientAuthenticationService },
  ],
  exports: [ClientsService, ClientSignInsService, ClientAuthenticationService, UsedIdsService],
})
export class ClientsModule {}

import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { FactorsModule } from '../../accounts/factors/factors.module.js';
import { RolesModule } from '../../accounts/roles/roles.module.js';
import { UsersModule } from '../../accounts/users/users.module.js';
import { ClientTokenGate } from '../../platform/access/client-gate.js';
import { OutboundModule } from '../../platform/outbound/outbound.module.js';
import { TokensModule } from '../../tokens/access-tokens/tokens.module.js';
import { IntrospectionModule } from '../../tokens/introspection/introspection.module.js';
import { SessionsModule } from '../../tokens/sessions/sessions.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { ConsentsModule } from '../consents/consents.module.js';
import { AuthorizationChecksService } from './authorization-checks.service.js';
import { AuthorizationCodeGrantService } from './authorization-code-grant.service.js';
import { AuthorizationEndpointService } from './authorization-endpoint.service.js';
import { AuthorizeController } from './authorize.controller.js';
import { AuthorizeService } from './authorize.service.js';
import { BeginClientSessionService } from './begin-client-session.service.js';
import { ClientAccessTokenKind } from './client-access-token-kind.service.js';
import { ClientRefreshTokensService } from './client-refresh-tokens.service.js';
import { ClientTokenGateService } from './client-token-gate.service.js';
import { BrowserSessionsService } from './browser-sessions.service.js';
import { ClientCredentialsGrantService } from './client-credentials-grant.service.js';
import { ClientTokenStatusService } from './client-token-status.service.js';
import { ClientStandingsService } from './client-standings.service.js';
import { CodeIssuingService } from './code-issuing.service.js';
import { ConsentDecisionsService } from './consent-decisions.service.js';
import { ConsentNeedsService } from './consent-needs.service.js';
import { ClientTokensService } from './client-tokens.service.js';
import { DeviceCode } from './device-code.entity.js';
import { DeviceCodeGrantService } from './device-code-grant.service.js';
import { DeviceDecisionsService } from './device-decisions.service.js';
import { DeviceCodesService } from './device-codes.service.js';
import { DeviceController } from './device.controller.js';
import { GrantedScopesService } from './granted-scopes.service.js';
import { IdTokenClaimsService } from './id-token-claims.service.js';
import { IdTokensService } from './id-tokens.service.js';
import { LogoutController } from './logout.controller.js';
import { LogoutDeliveriesController } from './logout-deliveries.controller.js';
import { LogoutDeliveriesService } from './logout-deliveries.service.js';
import { LogoutDelivery } from './logout-delivery.entity.js';
import { LogoutService } from './logout.service.js';
import { OAuthCode } from './oauth-code.entity.js';
import { OAuthCodesService } from './oauth-codes.service.js';
import { OAuthPagesService } from './oauth-pages.service.js';
import { OAuthRequest } from './oauth-request.entity.js';
import { OAuthRequestsService } from './oauth-requests.service.js';
import { ProofsService } from './proofs.service.js';
import { PushedRequestsController } from './pushed-requests.controller.js';
import { RefreshTokenGrantService } from './refresh-token-grant.service.js';
import { ServerMetadataController } from './server-metadata.controller.js';
import { ServerMetadataService } from './server-metadata.service.js';
import { ServiceRightsService } from './service-rights.service.js';
import { GrantHandlers } from './token-grants.service.js';
import { ClientTokenStatusController } from './token-status.controller.js';
import { TokenController } from './token.controller.js';
import { UserinfoController } from './userinfo.controller.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([OAuthRequest, OAuthCode, DeviceCode, LogoutDelivery]),
    OutboundModule,
    TokensModule,
    SessionsModule,
    IntrospectionModule,
    RolesModule,
    UsersModule,
    FactorsModule,
    ClientsModule,
    ConsentsModule,
  ],
  controllers: [
    AuthorizeController,
    TokenController,
    UserinfoController,
    ClientTokenStatusController,
    PushedRequestsController,
    DeviceController,
    LogoutController,
    LogoutDeliveriesController,
    ServerMetadataController,
  ],
  providers: [
    GrantHandlers,
    GrantedScopesService,
    IdTokenClaimsService,
    IdTokensService,
    ProofsService,
    BrowserSessionsService,
    OAuthRequestsService,
    OAuthCodesService,
    DeviceCodesService,
    DeviceDecisionsService,
    ClientTokensService,
    ClientStandingsService,
    CodeIssuingService,
    ConsentNeedsService,
    ConsentDecisionsService,
    BeginClientSessionService,
    AuthorizationCodeGrantService,
    RefreshTokenGrantService,
    ServiceRightsService,
    ClientCredentialsGrantService,
    DeviceCodeGrantService,
    AuthorizationChecksService,
    AuthorizeService,
    OAuthPagesService,
    AuthorizationEndpointService,
    ClientTokenStatusService,
    ClientAccessTokenKind,
    ClientRefreshTokensService,
    ClientTokenGateService,
    LogoutService,
    LogoutDeliveriesService,
    ServerMetadataService,
    { provide: ClientTokenGate, useExisting: ClientTokenGateService },
  ],
  exports: [
    GrantHandlers,
    BeginClientSessionService,
    IdTokenClaimsService,
    OAuthPagesService,
    AuthorizationEndpointService,
    AuthorizeService,
    CodeIssuingService,
    ConsentNeedsService,
    ConsentDecisionsService,
    BrowserSessionsService,
    DeviceDecisionsService,
    GrantedScopesService,
    OAuthRequestsService,
    LogoutService,
    LogoutDeliveriesService,
    ServerMetadataService,
  ],
})
export class ProviderModule {}

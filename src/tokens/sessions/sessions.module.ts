import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TokensModule } from '../access-tokens/tokens.module.js';
import { ClientSessionsService } from './client-sessions.service.js';
import { DeviceEpoch } from './device-epoch.entity.js';
import { AccessTokenKind } from './access-token-kind.service.js';
import { RefreshTokensService } from './refresh-tokens.service.js';
import { SessionRefreshService } from './session-refresh.service.js';
import { RefreshTokenKind } from './refresh-token-kind.service.js';
import { Session } from './session.entity.js';
import { SessionsService } from './sessions.service.js';
import { SessionSuccessionsService } from './session-successions.service.js';
import { SsoSessionsService } from './sso-sessions.service.js';
import { NewSessionsService } from './new-sessions.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Session, DeviceEpoch]), TokensModule],
  providers: [
    SessionsService,
    NewSessionsService,
    RefreshTokensService,
    SessionRefreshService,
    ClientSessionsService,
    SsoSessionsService,
    SessionSuccessionsService,
    AccessTokenKind,
    RefreshTokenKind,
  ],
  exports: [
    SessionsService,
    NewSessionsService,
    RefreshTokensService,
    SessionRefreshService,
    ClientSessionsService,
    SsoSessionsService,
    SessionSuccessionsService,
    RefreshTokenKind,
  ],
})
export class SessionsModule {}

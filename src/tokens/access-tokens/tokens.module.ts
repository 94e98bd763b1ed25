import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { TypeOrmModule } from '@nestjs/typeorm';
import { KnownPrincipals } from '../access/known-principals.js';
import { AccessTokenRules } from './access-token-rules.service.js';
import { AccessTokensService } from './access-tokens.service.js';
import { ApiKeyTokensService } from './api-key-tokens.service.js';
import { AuthorityVersion } from './authority-version.entity.js';
import { JwtStrategy } from './jwt.strategy.js';
import { KeyVault } from './key-vault.js';
import { KeysController } from './keys.controller.js';
import { RevocationBroadcast } from './revocation-broadcast.js';
import { OneTimeToken } from './one-time-token.entity.js';
import { OneTimeTokensService } from './one-time-tokens.service.js';
import { SealingService } from './sealing.service.js';
import { Revocation } from './revocation.entity.js';
import { RevocationsService } from './revocations.service.js';
import { SigningKey } from './signing-key.entity.js';
import { SigningKeysService } from './signing-keys.service.js';
import { TokenClaimsService } from './token-claims.service.js';
import { TokenClock } from './token-clock.js';
import { WellKnownController } from './well-known.controller.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([SigningKey, Revocation, AuthorityVersion, OneTimeToken]),
    JwtModule.register({}),
  ],
  controllers: [WellKnownController, KeysController],
  providers: [
    TokenClock,
    RevocationBroadcast,
    RevocationsService,
    SealingService,
    KeyVault,
    SigningKeysService,
    AccessTokenRules,
    AccessTokensService,
    TokenClaimsService,
    ApiKeyTokensService,
    OneTimeTokensService,
    JwtStrategy,
    { provide: KnownPrincipals, useExisting: JwtStrategy },
  ],
  exports: [
    SealingService,
    RevocationsService,
    OneTimeTokensService,
    SigningKeysService,
    AccessTokenRules,
    AccessTokensService,
    TokenClaimsService,
    ApiKeyTokensService,
    KnownPrincipals,
  ],
})
export class TokensModule {}

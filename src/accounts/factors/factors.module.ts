import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TokensModule } from '../tokens/tokens.module.js';
import { UsersModule } from '../users/users.module.js';
import { Challenge } from './challenge.entity.js';
import { ChallengesService } from './challenges.service.js';
import { FactorsController } from './factors.controller.js';
import { Passkey } from './passkey.entity.js';
import { PasskeysController } from './passkeys.controller.js';
import { PasskeysService } from './passkeys.service.js';
import { RecoveryCode } from './recovery-code.entity.js';
import { RecoveryCodesService } from './recovery-codes.service.js';
import { SecondFactorsService } from './second-factors.service.js';
import { TotpFactor } from './totp-factor.entity.js';
import { TotpService } from './totp.service.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([TotpFactor, RecoveryCode, Challenge, Passkey]),
    TokensModule,
    UsersModule,
  ],
  controllers: [FactorsController, PasskeysController],
  providers: [ChallengesService, TotpService, RecoveryCodesService, PasskeysService, SecondFactorsService],
  exports: [ChallengesService, PasskeysService, SecondFactorsService],
})
export class FactorsModule {}

import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TokensModule } from '../../tokens/access-tokens/tokens.module.js';
import { UserSearchService } from '../users/user-search.service.js';
import { UsersModule } from '../users/users.module.js';
import { Challenge } from './challenge.entity.js';
import { ChallengesService } from './challenges.service.js';
import { Passkey } from './passkey.entity.js';
import { PasskeysService } from './passkeys.service.js';
import { RecoveryCode } from './recovery-code.entity.js';
import { RecoveryCodesService } from './recovery-codes.service.js';
import { SecondFactorsService } from './second-factors.service.js';
import { TotpFactor } from './totp-factor.entity.js';
import { TotpService } from './totp.service.js';
import { CodeSetUpService } from './code-set-up.service.js';
import { PasskeySetUpService } from './passkey-set-up.service.js';
import { LostFactorsService } from './lost-factors.service.js';
import { FactorChangesService } from './factor-changes.service.js';
import { UsersFactorsController } from './users-factors.controller.js';

/** Of the user `u`. */
const HAS_SECOND_FACTOR = `EXISTS (SELECT 1 FROM totp_factors WHERE user_id = u.id AND confirmed_at IS NOT NULL)
  OR EXISTS (SELECT 1 FROM passkeys WHERE user_id = u.id)`;

@Module({
  imports: [
    TypeOrmModule.forFeature([TotpFactor, RecoveryCode, Challenge, Passkey]),
    TokensModule,
    UsersModule,
  ],
  controllers: [UsersFactorsController],
  providers: [
    ChallengesService,
    TotpService,
    RecoveryCodesService,
    PasskeysService,
    SecondFactorsService,
    FactorChangesService,
    CodeSetUpService,
    PasskeySetUpService,
    LostFactorsService,
  ],
  exports: [ChallengesService, PasskeysService, SecondFactorsService, CodeSetUpService, PasskeySetUpService],
})
export class FactorsModule {
  constructor(search: UserSearchService) {
    search.secondFactor = HAS_SECOND_FACTOR;
  }
}

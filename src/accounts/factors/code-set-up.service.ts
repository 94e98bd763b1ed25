import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { UsersService } from '../users/users.service.js';
import { ChallengesService } from './challenges.service.js';
import { FactorChangesService } from './factor-changes.service.js';
import { FactorExists, noFactor, WrongCode } from './factors.errors.js';
import { RecoveryCodesService } from './recovery-codes.service.js';
import { SecondFactorsService } from './second-factors.service.js';
import { TotpService } from './totp.service.js';

/** The authenticator application, and the recovery codes: set up and taken away. */
@Injectable()
export class CodeSetUpService {
  constructor(
    private readonly users: UsersService,
    private readonly factors: SecondFactorsService,
    private readonly changes: FactorChangesService,
    private readonly totp: TotpService,
    private readonly recoveryCodes: RecoveryCodesService,
    private readonly challenges: ChallengesService,
  ) {}

  /** A secret for an authenticator application, which counts once it is confirmed. @throws FactorExists */
  async setUpTotp(userId: string) {
    const { user } = await this.users.get(userId);
    return this.totp.setUp(userId, user.email);
  }

  /** Makes it count, and gives the recovery codes that go with it. @throws NotFound, FactorExists, WrongCode */
  async confirmTotp(userId: string, code: string, actor: Actor): Promise<string[]> {
    const { user } = await this.users.get(userId);
    if ((await this.factors.of(userId)).totpSince) throw new FactorExists();
    const { codes, statements: making } = this.recoveryCodes.making(userId);
    const statements = [await this.totp.confirming(userId, code), ...making];
    const notice = 'second_factor_added';
    await this.changes.make(user, { action: 'user.totp_added', statements, or: wrongCode, notice }, actor);
    return codes;
  }

  /** @throws NotFound when there is none */
  async removeTotp(userId: string, actor: Actor): Promise<void> {
    const { user } = await this.users.get(userId);
    const sql = 'DELETE FROM totp_factors WHERE user_id = :userId AND confirmed_at IS NOT NULL';
    const statements = [
      { sql, params: { userId }, affects: 1 },
      this.recoveryCodes.removingWithLastFactor(userId),
      this.challenges.endingAllOf(userId),
    ];
    const notice = 'second_factor_removed';
    await this.changes.make(user, { action: 'user.totp_removed', statements, or: noFactor, notice }, actor);
  }

  /** A new set; the codes of the one before are void. @throws NotFound without a second factor */
  async renewRecoveryCodes(userId: string, actor: Actor): Promise<string[]> {
    const { user } = await this.users.get(userId);
    const { codes, statements: making } = this.recoveryCodes.making(userId);
    // No factor is added in between, and removing the last one leaves no codes behind.
    const sql = `UPDATE users SET version = version WHERE id = :userId AND (
      EXISTS (SELECT 1 FROM totp_factors WHERE user_id = :userId AND confirmed_at IS NOT NULL)
      OR EXISTS (SELECT 1 FROM passkeys WHERE user_id = :userId))`;
    const statements = [{ sql, params: { userId }, affects: 1 }, ...making];
    const action = 'user.recovery_codes_made';
    const notice = 'recovery_codes_made';
    await this.changes.make(user, { action, statements, or: noFactor, notice }, actor);
    return codes;
  }
}

const wrongCode = () => new WrongCode();

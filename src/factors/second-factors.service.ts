import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { AuditService } from '../audit/audit.service.js';
import { Database, UnexpectedCount, type Statement } from '../database/database.service.js';
import { NotFound } from '../http/http.errors.js';
import { NoticesService, type Notice } from '../mail/notices.service.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { ChallengesService } from './challenges.service.js';
import { FactorExists, MfaRequired, WrongCode, type Method } from './factors.errors.js';
import { RecoveryCodesService } from './recovery-codes.service.js';
import { TotpService } from './totp.service.js';

const FACTORS = `SELECT
  (SELECT confirmed_at FROM totp_factors WHERE user_id = :userId) AS totp_since,
  (SELECT count(*) FROM recovery_codes WHERE user_id = :userId) AS codes`;
const TOTP_CODE = /^\d{6}$/;

/** What a user has set up. */
export interface Factors {
  totpSince: Date | null;
  recoveryCodesLeft: number;
}

/** What somebody sends to show that they have a second factor. */
export interface SecondFactorAnswer {
  code?: string;
}

/** A right answer: how it was given, and the statements that use it up, for the batch of what it was for. */
export interface Proof {
  amr: string[];
  statements: Statement[];
  notice?: Notice;
}

/** The second factors of an account: set up, taken away, and asked for. */
@Injectable()
export class SecondFactorsService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly totp: TotpService,
    private readonly recoveryCodes: RecoveryCodesService,
    private readonly challenges: ChallengesService,
    private readonly notices: NoticesService,
    private readonly audit: AuditService,
  ) {}

  async of(userId: string): Promise<Factors> {
    const [row] = await this.database.query<Record<'totp_since' | 'codes', string | number | null>>(FACTORS, {
      userId,
    });
    const since = row!.totp_since;
    return {
      totpSince: since === null ? null : new Date(Number(since)),
      recoveryCodesLeft: Number(row!.codes),
    };
  }

  /** With what the user can prove who they are beside the password; nothing for whoever has no second factor. */
  async methodsOf(userId: string): Promise<Method[]> {
    const { totpSince, recoveryCodesLeft } = await this.of(userId);
    if (!totpSince) return [];
    return recoveryCodesLeft > 0 ? ['totp', 'recovery_code'] : ['totp'];
  }

  /**
   * Checks an answer. It is used up by the statements of the proof; when one of them affects no row, somebody else was
   * faster with the same code.
   * @throws MfaRequired when there is none, WrongCode
   */
  async prove(
    user: User,
    { code }: SecondFactorAnswer,
    methods: readonly Method[],
    actor: Actor,
  ): Promise<Proof> {
    if (code === undefined) throw new MfaRequired(methods);
    const { id } = user;
    // RFC 8176 has one name for all codes that work once.
    const amr = ['otp'];
    if (TOTP_CODE.test(code)) return { amr, statements: [await this.totp.using(id, code)] };
    return {
      amr,
      statements: [
        await this.recoveryCodes.using(id, code),
        this.totp.forgivingFailures(id),
        this.audit.event({ action: 'user.recovery_code_used', target: { kind: 'user', id }, by: id }, actor),
      ],
      notice: 'recovery_code_used',
    };
  }

  /** A secret for an authenticator application, which counts once it is confirmed. @throws FactorExists */
  async setUpTotp(userId: string) {
    const { user } = await this.users.get(userId);
    return this.totp.setUp(userId, user.email);
  }

  /** Makes it count, and gives the recovery codes that go with it. @throws NotFound, FactorExists, WrongCode */
  async confirmTotp(userId: string, code: string, actor: Actor): Promise<string[]> {
    const { user } = await this.users.get(userId);
    if ((await this.of(userId)).totpSince) throw new FactorExists();
    const { codes, statements } = this.recoveryCodes.making(userId);
    const confirming = await this.totp.confirming(userId, code);
    await this.change(user, [confirming, ...statements], 'user.totp_added', actor, new WrongCode());
    this.notices.tell('second_factor_added', user.email, actor);
    return codes;
  }

  /** @throws NotFound when there is none */
  async removeTotp(userId: string, actor: Actor): Promise<void> {
    const { user } = await this.users.get(userId);
    const sql = 'DELETE FROM totp_factors WHERE user_id = :userId AND confirmed_at IS NOT NULL';
    const removing = { sql, params: { userId }, affects: 1 };
    const statements = [removing, this.recoveryCodes.removing(userId), this.challenges.endingAllOf(userId)];
    await this.change(user, statements, 'user.totp_removed', actor, noFactor());
    this.notices.tell('second_factor_removed', user.email, actor);
  }

  /** A new set; the codes of the one before are void. @throws NotFound for whoever has no second factor */
  async renewRecoveryCodes(userId: string, actor: Actor): Promise<string[]> {
    const { user } = await this.users.get(userId);
    const { codes, statements } = this.recoveryCodes.making(userId);
    const sql = `UPDATE totp_factors SET failures = failures WHERE user_id = :userId AND confirmed_at IS NOT NULL`;
    const needed = { sql, params: { userId }, affects: 1 };
    await this.change(user, [needed, ...statements], 'user.recovery_codes_made', actor, noFactor());
    this.notices.tell('recovery_codes_made', user.email, actor);
    return codes;
  }

  /** Takes all factors of a user away, for somebody who has lost them and the codes too. @throws NotFound */
  async removeAll(userId: string, actor: Actor): Promise<void> {
    const { user } = await this.users.get(userId);
    const sql = 'DELETE FROM totp_factors WHERE user_id = :userId';
    const statements = [
      { sql, params: { userId } },
      this.recoveryCodes.removing(userId),
      this.challenges.endingAllOf(userId),
    ];
    await this.change(
      user,
      statements,
      'user.factors_removed',
      actor,
      new NotFound('There is no such user.'),
    );
    this.notices.tell('second_factors_removed', user.email, actor);
  }

  /** Holds the user's row first, as every batch that changes what somebody can sign in with. */
  private async change(
    { id }: User,
    statements: Statement[],
    action: string,
    actor: Actor,
    refusal: Error,
  ): Promise<void> {
    const hold = { sql: 'UPDATE users SET version = version WHERE id = :id', params: { id }, affects: 1 };
    try {
      const event = this.audit.event({ action, target: { kind: 'user', id } }, actor);
      await this.database.atomically([hold, ...statements, event]);
    } catch (error) {
      if (error instanceof UnexpectedCount) throw refusal;
      throw error;
    }
  }
}

function noFactor(): NotFound {
  return new NotFound('There is no second factor.');
}

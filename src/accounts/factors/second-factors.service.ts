import { Injectable } from '@nestjs/common';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import type { Actor } from '../access/actor.js';
import { AuditService } from '../audit/audit.service.js';
import { isUniqueViolation } from '../database/database.errors.js';
import { Database, UnexpectedCount, type Statement } from '../database/database.service.js';
import { NotFound } from '../http/http.errors.js';
import { AttemptsService } from '../limits/attempts.service.js';
import { NoticesService, type Notice } from '../mail/notices.service.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { ChallengesService } from './challenges.service.js';
import { FactorExists, InvalidPasskey, MfaRequired, WrongCode, type Method } from './factors.errors.js';
import type { Passkey } from './passkey.entity.js';
import { PasskeysService } from './passkeys.service.js';
import { RecoveryCodesService } from './recovery-codes.service.js';
import { TotpService } from './totp.service.js';

const FACTORS = `SELECT
  (SELECT confirmed_at FROM totp_factors WHERE user_id = :userId) AS totp_since,
  (SELECT count(*) FROM passkeys WHERE user_id = :userId) AS passkeys,
  (SELECT count(*) FROM recovery_codes WHERE user_id = :userId) AS codes`;
/** True of the user `:id` who has none; a condition within the batch of a login costs no statement of its own. */
export const NO_SECOND_FACTOR = `NOT EXISTS (SELECT 1 FROM totp_factors WHERE user_id = :id AND confirmed_at IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM passkeys WHERE user_id = :id)`;
const TOTP_CODE = /^\d{6}$/;

/** What a user has set up. */
export interface Factors {
  totpSince: Date | null;
  passkeys: number;
  recoveryCodesLeft: number;
}

/** What somebody sends to show that they have a second factor. */
export interface SecondFactorAnswer {
  code?: string;
  passkey?: AuthenticationResponseJSON;
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
    private readonly passkeys: PasskeysService,
    private readonly recoveryCodes: RecoveryCodesService,
    private readonly challenges: ChallengesService,
    private readonly attempts: AttemptsService,
    private readonly notices: NoticesService,
    private readonly audit: AuditService,
  ) {}

  async of(userId: string): Promise<Factors> {
    const [row] = await this.database.query<
      Record<'totp_since' | 'passkeys' | 'codes', string | number | null>
    >(FACTORS, {
      userId,
    });
    const since = row!.totp_since;
    return {
      totpSince: since === null ? null : new Date(Number(since)),
      passkeys: Number(row!.passkeys),
      recoveryCodesLeft: Number(row!.codes),
    };
  }

  /** With what the user can prove who they are beside the password; nothing for whoever has no second factor. */
  async methodsOf(userId: string): Promise<Method[]> {
    const { totpSince, passkeys, recoveryCodesLeft } = await this.of(userId);
    if (!totpSince && passkeys === 0) return [];
    return [
      ...(totpSince ? ['totp' as const] : []),
      ...(passkeys > 0 ? ['passkey' as const] : []),
      ...(recoveryCodesLeft > 0 ? ['recovery_code' as const] : []),
    ];
  }

  /**
   * Checks an answer, which counts as a guess. It is used up by the statements of the proof; when one of them affects no
   * row, somebody else was faster with the same code.
   * @param deviceId of a device that has signed in before, which waits for its own failures alone
   * @throws MfaRequired when there is none, WrongCode, InvalidPasskey, TooManyRequests
   */
  async prove(
    { id }: User,
    answer: SecondFactorAnswer,
    methods: readonly Method[],
    actor: Actor,
    deviceId?: string,
  ): Promise<Proof> {
    if (answer.passkey === undefined && answer.code === undefined) throw new MfaRequired(methods);
    const attempt = await this.attempts.begin('second_factor', id, actor, deviceId, async () => id);
    try {
      const proof = await this.check(id, answer, actor);
      await this.attempts.succeeded(attempt);
      return { ...proof, statements: [...proof.statements, ...this.attempts.succeeding(attempt)] };
    } catch (error) {
      const isWrong = error instanceof WrongCode || error instanceof InvalidPasskey;
      if (!isWrong) await this.attempts.forgive(attempt);
      throw error;
    }
  }

  private async check(id: string, { code = '', passkey }: SecondFactorAnswer, actor: Actor): Promise<Proof> {
    if (passkey !== undefined) return this.proveByPasskey(id, passkey, actor);
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
    const statements = [
      removing,
      this.recoveryCodes.removingWithLastFactor(userId),
      this.challenges.endingAllOf(userId),
    ];
    await this.change(user, statements, 'user.totp_removed', actor, noFactor());
    this.notices.tell('second_factor_removed', user.email, actor);
  }

  /** A new set; the codes of the one before are void. @throws NotFound for whoever has no second factor */
  async renewRecoveryCodes(userId: string, actor: Actor): Promise<string[]> {
    const { user } = await this.users.get(userId);
    const { codes, statements } = this.recoveryCodes.making(userId);
    // Nobody adds a factor in between, and nobody who removes the last one leaves codes behind.
    const sql = `UPDATE users SET version = version WHERE id = :userId AND (
      EXISTS (SELECT 1 FROM totp_factors WHERE user_id = :userId AND confirmed_at IS NOT NULL)
      OR EXISTS (SELECT 1 FROM passkeys WHERE user_id = :userId))`;
    const needed = { sql, params: { userId }, affects: 1 };
    await this.change(user, [needed, ...statements], 'user.recovery_codes_made', actor, noFactor());
    this.notices.tell('recovery_codes_made', user.email, actor);
    return codes;
  }

  /** Takes all factors of a user away, for somebody who has lost them and the codes too. @throws NotFound, MorePowerful */
  async removeAll(userId: string, actor: Actor): Promise<void> {
    const found = await this.users.get(userId);
    await this.users.refuseToWeaken(found, actor);
    const { user } = found;
    const statements = [this.users.withRights(found), ...this.removing(userId)];
    try {
      await this.commit(user, statements, 'user.factors_removed', actor);
    } catch (error) {
      // They are gone, or may do something else by now; look again.
      if (error instanceof UnexpectedCount) return this.removeAll(userId, actor);
      throw error;
    }
    this.notices.tell('second_factors_removed', user.email, actor);
  }

  /** The statements that take all factors of a user away, and end the logins that wait for one. */
  removing(userId: string): Statement[] {
    return [...this.users.removingFactorsOf(userId), this.challenges.endingAllOf(userId)];
  }

  /**
   * Adds a passkey. With the first second factor come recovery codes; later, those from before stay.
   * @throws InvalidPasskey
   */
  async addPasskey(userId: string, response: RegistrationResponseJSON, name: string, actor: Actor) {
    const { user } = await this.users.get(userId);
    const { passkey, statement } = await this.passkeys.registering(userId, response, name);
    const isFirst = (await this.methodsOf(userId)).length === 0;
    const { codes, statements } = this.recoveryCodes.making(userId);
    const batch = isFirst ? [statement, ...statements] : [statement];
    try {
      await this.change(user, batch, 'user.passkey_added', actor, new InvalidPasskey('not kept'));
    } catch (error) {
      throw isUniqueViolation(error) ? new InvalidPasskey('registered already') : error;
    }
    this.notices.tell('second_factor_added', user.email, actor);
    return { passkey, recoveryCodes: isFirst ? codes : undefined };
  }

  /** @throws NotFound */
  async renamePasskey(userId: string, id: string, name: string, actor: Actor): Promise<Passkey> {
    const { user } = await this.users.get(userId);
    await this.change(
      user,
      [this.passkeys.renaming(userId, id, name)],
      'user.passkey_renamed',
      actor,
      noPasskey(),
    );
    const renamed = (await this.passkeys.of(userId)).find((passkey) => passkey.id === id);
    if (!renamed) throw noPasskey();
    return renamed;
  }

  /** Removes a passkey, and the recovery codes with the last factor. @throws NotFound */
  async removePasskey(userId: string, id: string, actor: Actor): Promise<void> {
    const { user } = await this.users.get(userId);
    const statements = [
      this.passkeys.removing(userId, id),
      this.recoveryCodes.removingWithLastFactor(userId),
      this.challenges.endingAllOf(userId),
    ];
    await this.change(user, statements, 'user.passkey_removed', actor, noPasskey());
    this.notices.tell('second_factor_removed', user.email, actor);
  }

  private async proveByPasskey(
    userId: string,
    response: AuthenticationResponseJSON,
    actor: Actor,
  ): Promise<Proof> {
    const shown = await this.passkeys.shown(response, actor);
    if (shown.userId !== userId) throw new InvalidPasskey('of another user');
    return { amr: shown.amr, statements: [shown.using] };
  }

  private async change(
    user: User,
    statements: Statement[],
    action: string,
    actor: Actor,
    refusal: Error,
  ): Promise<void> {
    try {
      await this.commit(user, statements, action, actor);
    } catch (error) {
      if (error instanceof UnexpectedCount) throw refusal;
      throw error;
    }
  }

  /** Holds the user's row first, as every batch that changes what somebody can sign in with. @throws UnexpectedCount */
  private async commit({ id }: User, statements: Statement[], action: string, actor: Actor): Promise<void> {
    const hold = { sql: 'UPDATE users SET version = version WHERE id = :id', params: { id }, affects: 1 };
    const event = this.audit.event({ action, target: { kind: 'user', id } }, actor);
    await this.database.atomically([hold, ...statements, event]);
  }
}

function noFactor(): NotFound {
  return new NotFound('There is no second factor.');
}

function noPasskey(): NotFound {
  return new NotFound('There is no such passkey.');
}

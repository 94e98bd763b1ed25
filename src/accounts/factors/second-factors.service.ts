import { Injectable } from '@nestjs/common';
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { Database, type Statement } from '../../platform/database/database.service.js';
import { AttemptsService } from '../../platform/limits/attempts.service.js';
import { LimitsService } from '../../platform/limits/limits.service.js';
import { NoticesService, type Addressee, type Notice } from '../../platform/mail/notices.service.js';
import type { User } from '../users/user.entity.js';
import { InvalidPasskey, MfaRequired, WrongCode, type Method } from './factors.errors.js';
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
/** RFC 8176 has one name for all codes that work once. */
const AMR_OF_CODES = ['otp'];

/** What a user has set up. */
export interface Factors {
  totpSince: Date | null;
  passkeys: number;
  recoveryCodesLeft: number;
}

/** What a user sends to prove a second factor. */
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

/** The second factors of an account: which there are, and their proof. */
@Injectable()
export class SecondFactorsService {
  constructor(
    private readonly database: Database,
    private readonly totp: TotpService,
    private readonly passkeys: PasskeysService,
    private readonly recoveryCodes: RecoveryCodesService,
    private readonly attempts: AttemptsService,
    private readonly limits: LimitsService,
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

  /** The methods of authentication besides the password; none without a second factor. */
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
   * Checks an answer. A code of six digits counts as a guess. It is used up by the statements of the proof; when one of
   * them affects no row, another request was faster with the same code.
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
    if (answer.passkey === undefined && TOTP_CODE.test(answer.code!))
      return this.proveByTotp(id, answer.code!, actor, deviceId);
    // Nothing that can be guessed: it must work even after guesses at codes of six digits.
    const isKnown = deviceId !== undefined || actor.principal !== null;
    if (!isKnown)
      await this.limits.consume(answer.passkey === undefined ? 'recovery_code' : 'passkey', actor);
    return answer.passkey === undefined
      ? this.proveByRecoveryCode(id, answer.code!, actor, deviceId)
      : this.proveByPasskey(id, answer.passkey, actor);
  }

  /** Tells the owner of a proof whose batch is through, where that is due. */
  async tell({ notice }: Proof, owner: Addressee, actor: Actor): Promise<void> {
    if (notice) await this.notices.tell(notice, owner, actor);
  }

  private async proveByTotp(id: string, code: string, actor: Actor, deviceId?: string): Promise<Proof> {
    const guess = { limit: 'second_factor' as const, account: id, device: deviceId, whose: async () => id };
    return this.attempts.around(guess, actor, WrongCode, async (attempt) => {
      const using = await this.totp.using(id, code);
      return { amr: AMR_OF_CODES, statements: [using, ...this.attempts.succeeding(attempt)] };
    });
  }

  private async proveByRecoveryCode(id: string, code: string, actor: Actor, device?: string): Promise<Proof> {
    return {
      amr: AMR_OF_CODES,
      statements: [
        await this.recoveryCodes.using(id, code),
        this.totp.forgivingFailures(id),
        ...this.attempts.forgetting('second_factor', id),
        ...(device === undefined ? [] : this.attempts.forgetting('second_factor', id, device)),
        this.audit.event({ action: 'user.recovery_code_used', target: { kind: 'user', id }, by: id }, actor),
      ],
      notice: 'recovery_code_used',
    };
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
}

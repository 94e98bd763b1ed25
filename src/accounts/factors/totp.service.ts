import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { Settings } from '../../platform/config/settings.js';
import { Database, type Statement } from '../../platform/database/database.service.js';
import { NotFound } from '../../platform/http/http.errors.js';
import { SealingService } from '../../tokens/keys/sealing.service.js';
import { FactorExists, WrongCode } from './factors.errors.js';

const SECRET_BYTES = 20;
const PERIOD_S = 30;
/** RFC 6238 §5.2: one step for a slow network and a clock that is off. */
const WINDOW = 1;
const CONFIRM_WITHIN_MS = 15 * 60_000;
/** NIST SP 800-63B-4 §3.2.2: no more wrong ones in a row, over all routes. Recovery codes go on working. */
const MAX_FAILURES = 100;
const SEALED_FOR = 'totp-secrets';
const AT_ONCE = 500;

/** `confirmed_at` and `created_at` are those of the row that is there; a confirmed one stays. */
const SET_UP = `INSERT INTO totp_factors (user_id, sealed_secret, last_step, failures, created_at, confirmed_at)
  VALUES (:userId, :sealed, 0, 0, :now, NULL)
  ON CONFLICT (user_id) DO UPDATE SET sealed_secret = excluded.sealed_secret, created_at = excluded.created_at
  WHERE totp_factors.confirmed_at IS NULL`;
const PENDING = `SELECT sealed_secret, last_step FROM totp_factors
  WHERE user_id = :userId AND confirmed_at IS NULL AND created_at > :after`;
const CONFIRM = `UPDATE totp_factors SET confirmed_at = :now, last_step = :step
  WHERE user_id = :userId AND sealed_secret = :sealed AND confirmed_at IS NULL`;
const TRY = `UPDATE totp_factors SET failures = failures + 1
  WHERE user_id = :userId AND confirmed_at IS NOT NULL AND failures < ${MAX_FAILURES}
  RETURNING sealed_secret, last_step`;
const USE = `UPDATE totp_factors SET last_step = :step, failures = 0
  WHERE user_id = :userId AND sealed_secret = :sealed AND last_step < :step`;
const SOME = `SELECT user_id, sealed_secret FROM totp_factors WHERE user_id > :after ORDER BY user_id LIMIT ${AT_ONCE}`;

interface TotpRow {
  sealed_secret: string;
  last_step: string | number;
}

/** Loaded when it is first needed. */
const otpauth = () => import('otpauth');

/** Codes of an authenticator application (RFC 6238). Each works once. */
@Injectable()
export class TotpService implements OnModuleInit {
  private readonly log = new Logger(TotpService.name);

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly sealing: SealingService,
  ) {}

  /** Secrets that were sealed under `GATEHOUSE_SECRET_PREVIOUS` are sealed again. */
  async onModuleInit(): Promise<void> {
    if (!this.sealing.isRotating) return;
    let after = '';
    for (;;) {
      const rows = await this.database.query<{ user_id: string; sealed_secret: string }>(SOME, { after });
      for (const row of rows) await this.reseal(row.user_id, row.sealed_secret);
      if (rows.length < AT_ONCE) return;
      after = rows.at(-1)!.user_id;
    }
  }

  /** A new secret, in the place of one that was not confirmed. @throws FactorExists */
  async setUp(userId: string, email: string): Promise<{ secret: string; uri: string }> {
    const bytes = Uint8Array.from(randomBytes(SECRET_BYTES));
    const sealed = this.sealing.seal(bytes, SEALED_FOR, userId);
    const params = { userId, sealed, now: Date.now() };
    const { affected } = await this.database.run({ sql: SET_UP, params });
    if (affected === 0) throw new FactorExists();
    const { Secret, TOTP } = await otpauth();
    const secret = new Secret({ buffer: bytes.buffer });
    const totp = new TOTP({ issuer: this.settings.APP_NAME, label: email, secret });
    return { secret: secret.base32, uri: totp.toString() };
  }

  /** The statement that makes a secret count, once a code of it was shown. @throws NotFound, WrongCode */
  async confirming(userId: string, code: string): Promise<Statement> {
    const now = Date.now();
    const [row] = await this.database.query<TotpRow>(PENDING, { userId, after: now - CONFIRM_WITHIN_MS });
    if (!row) throw new NotFound('There is nothing to confirm; set an authenticator application up first.');
    const step = await this.stepOf(userId, row, code);
    const params = { userId, sealed: row.sealed_secret, step, now };
    return { sql: CONFIRM, params, affects: 1 };
  }

  /** The statement that uses a code up; of several at the same time, one does. `code` is normalised. @throws WrongCode */
  async using(userId: string, code: string): Promise<Statement> {
    // Counted before it is looked at, and forgotten when it was right: parallel guesses are no way round.
    const [row] = await this.database.query<TotpRow>(TRY, { userId });
    if (!row) throw new WrongCode();
    const step = await this.stepOf(userId, row, code);
    const params = { userId, sealed: row.sealed_secret, step };
    return { sql: USE, params, affects: 1 };
  }

  /** The statement after which nothing is held against the next code. */
  forgivingFailures(userId: string): Statement {
    return { sql: 'UPDATE totp_factors SET failures = 0 WHERE user_id = :userId', params: { userId } };
  }

  /** The time step that a code belongs to. @throws WrongCode, also for one of a step that was used */
  private async stepOf(userId: string, { sealed_secret, last_step }: TotpRow, code: string): Promise<number> {
    // The library compares lengths in characters and then bytes, and throws where these differ.
    if (!/^\d{6}$/.test(code)) throw new WrongCode();
    const opened = this.sealing.open(sealed_secret, SEALED_FOR, userId);
    if (!opened) throw new Error(`no secret opens the TOTP secret of user ${userId}`);
    const { Secret, TOTP } = await otpauth();
    const secret = new Secret({ buffer: Uint8Array.from(opened.plain).buffer });
    const now = Date.now();
    const delta = TOTP.validate({ token: code, secret, period: PERIOD_S, timestamp: now, window: WINDOW });
    if (delta === null) throw new WrongCode();
    const step = Math.floor(now / 1000 / PERIOD_S) + delta;
    if (step <= Number(last_step)) throw new WrongCode();
    return step;
  }

  private async reseal(userId: string, from: string): Promise<void> {
    const opened = this.sealing.open(from, SEALED_FOR, userId);
    if (!opened) this.log.error(`no secret opens the TOTP secret of user ${userId}`);
    if (!opened?.isOutdated) return;
    const to = this.sealing.seal(opened.plain, SEALED_FOR, userId);
    const sql =
      'UPDATE totp_factors SET sealed_secret = :to WHERE user_id = :userId AND sealed_secret = :from';
    await this.database.run({ sql, params: { userId, from, to } });
  }
}

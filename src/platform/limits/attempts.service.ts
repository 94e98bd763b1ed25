import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import type { GuessLimit } from '../access/limits.js';
import { CleanUps, PIECE } from '../database/clean-ups.service.js';
import { Database, UnexpectedCount, type Statement } from '../database/database.service.js';
import { LimitsService, type Whose } from './limits.service.js';
import { rateLimitHeaders, type Standing } from './rate-limit-headers.js';

/** So many guesses in a row cost nothing; from then on each failure makes the next wait twice as long. */
const FREE = 5;
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 15 * 60_000;
/** The exponent at which the delay would exceed the longest. */
const DOUBLINGS = Math.ceil(Math.log2(LONGEST_DELAY_MS / FIRST_DELAY_MS));
/** NIST SP 800-63B-4 §3.2.2: at most 100 failures in a row. Of these, 20 are kept for devices that the account knows. */
const MOST_IN_A_ROW = 100;
const MOST_OF_STRANGERS = 80;
/** Failures are forgotten when nothing was tried for so long. */
const FORGOTTEN_AFTER_MS = 24 * 3_600_000;

const CLEAN_UP_EVERY_MS = 600_000;
const CLEAN_UP = `DELETE FROM failed_attempts WHERE subject IN (
  SELECT subject FROM failed_attempts WHERE failed_at <= :before ORDER BY failed_at LIMIT ${PIECE})`;

const IS_FORGOTTEN = 'failed_attempts.failed_at <= :before';
/** A wait that is longer than the longest is from before the clock was set back. */
const HAS_WAITED = `(failed_attempts.retry_at <= :now OR failed_attempts.retry_at > :now + ${LONGEST_DELAY_MS})`;
const DELAY = `CASE WHEN failed_attempts.failures - ${FREE - 1} >= ${DOUBLINGS} THEN ${LONGEST_DELAY_MS}
  ELSE ${FIRST_DELAY_MS} << (failed_attempts.failures - ${FREE - 1}) END`;
/** While nobody has to wait it is no time at all: of guesses at the same moment a later one may be counted first. */
const RETRY_AT = `CASE WHEN ${IS_FORGOTTEN} OR failed_attempts.failures < ${FREE - 1} THEN 0 ELSE :now + ${DELAY} END`;
/** Counts a failure beforehand, so that of a burst no more get through than may. Affects nothing when one must wait. */
const counting = (retryAt: string, mayTry: string) => `
  INSERT INTO failed_attempts (subject, failures, failed_at, retry_at) VALUES (:subject, 1, :now, 0)
  ON CONFLICT (subject) DO UPDATE SET
    failures = CASE WHEN ${IS_FORGOTTEN} THEN 1 ELSE failed_attempts.failures + 1 END,
    failed_at = :now,
    retry_at = ${retryAt}
  WHERE ${IS_FORGOTTEN} OR (${mayTry})
  RETURNING failures, retry_at`;
const COUNT = counting(RETRY_AT, `failed_attempts.failures < ${MOST_OF_STRANGERS} AND ${HAS_WAITED}`);
/** A known device waits for its own failures alone, but they are the account's too. */
const COUNT_FOR_ACCOUNT = counting('failed_attempts.retry_at', `failed_attempts.failures < ${MOST_IN_A_ROW}`);
const READ = 'SELECT failures, failed_at, retry_at FROM failed_attempts WHERE subject = :subject';
const FORGIVE = `UPDATE failed_attempts SET failures = failures - 1, retry_at = COALESCE(:retryAt, retry_at)
  WHERE subject = :subject AND failures > 0`;
const FORGET = 'DELETE FROM failed_attempts WHERE subject = :subject';

/** One guess that may be made, and is counted as failed until something else is said of it. */
export interface Attempt {
  limit: GuessLimit;
  /** `RateLimit` and `RateLimit-Policy` for the answer. */
  headers: Record<string, string>;
  /** The account's failures, and those of the device that it knows. */
  subjects: string[];
  isKnownDevice: boolean;
  actor: Actor;
  whose: Whose | undefined;
}

interface Counted {
  failures: number;
  failed_at: string | number;
  retry_at: string | number;
}

/**
 * Guesses at what can be guessed: passwords and codes. The fifth failure in a row makes the next guess at that account
 * wait a second, and every further one twice as long, up to a quarter of an hour; a success resets it. It is a delay and
 * no lock, and who comes from a device that has signed in before does not wait for what others did.
 *
 * Kept in the database, for it must be exact, shared and survive a restart: each guess is one conditional statement.
 */
@Injectable()
export class AttemptsService implements OnModuleInit {
  private readonly log = new Logger(AttemptsService.name);

  constructor(
    private readonly database: Database,
    private readonly cleanUps: CleanUps,
    private readonly limits: LimitsService,
  ) {}

  onModuleInit(): void {
    this.cleanUps.every(CLEAN_UP_EVERY_MS, 'failed_attempts', (now) => ({
      sql: CLEAN_UP,
      params: { before: now - FORGOTTEN_AFTER_MS },
    }));
  }

  /**
   * Before a secret is looked at: counts a failure, which {@link succeeding} or {@link forgive} takes back.
   * @param account what is tried, whether it exists or not: the two are treated the same
   * @param device the id of a device that has signed in to this account before; never what a request merely claims
   * @param whose is asked behind a refusal, for the audit trail
   * @throws TooManyRequests
   */
  async begin(
    limit: GuessLimit,
    account: string,
    actor: Actor,
    device?: string,
    whose?: Whose,
  ): Promise<Attempt> {
    const subjects = this.subjectsOf(limit, account, device);
    const attempt = { limit, subjects, isKnownDevice: device !== undefined, actor, whose };
    if (!this.limits.isOn) return { ...attempt, headers: {} };
    // Neither does it wait for what else comes from its network, of which many may be behind one address.
    const source = attempt.isKnownDevice ? [] : await this.limits.consume(limit, actor);
    return { ...attempt, headers: rateLimitHeaders(...source, await this.count(attempt)) };
  }

  /** The statements that forget the failures; put them into the batch that lets somebody in. */
  succeeding({ subjects }: Attempt): Statement[] {
    return this.limits.isOn ? subjects.map((subject) => ({ sql: FORGET, params: { subject } })) : [];
  }

  /** After that batch: the source has not failed. What others of it have done stays counted. */
  async succeeded({ limit, isKnownDevice, actor }: Attempt): Promise<void> {
    if (!isKnownDevice) await this.limits.giveBack(limit, actor);
  }

  /** Takes back an attempt of which the secret was not looked at, or was right and did not help. */
  async forgive(attempt: Attempt): Promise<void> {
    if (!this.limits.isOn) return;
    const { subjects } = attempt;
    try {
      for (const subject of subjects) {
        // Only the last one was made to wait by this attempt.
        const retryAt = subject === subjects.at(-1) ? 0 : null;
        await this.database.run({ sql: FORGIVE, params: { subject, retryAt } });
      }
      await this.succeeded(attempt);
    } catch (error) {
      // What failed before is what the caller must hear of.
      this.log.warn(error);
    }
  }

  /** The statements that forget the failures of an account, for who has proved to own it in another way. */
  forgetting(limit: GuessLimit, account: string, device?: string): Statement[] {
    if (!this.limits.isOn) return [];
    return this.subjectsOf(limit, account, device).map((subject) => ({ sql: FORGET, params: { subject } }));
  }

  private subjectsOf(limit: GuessLimit, account: string, device: string | undefined): string[] {
    const subject = this.limits.subjectOf(limit, account);
    return device === undefined
      ? [subject]
      : [subject, this.limits.subjectOf(`${limit} device`, `${account}\0${device}`)];
  }

  private async count({
    limit,
    subjects,
    isKnownDevice,
    actor,
    whose,
  }: Omit<Attempt, 'headers'>): Promise<Standing> {
    const now = Date.now();
    const params = { now, before: now - FORGOTTEN_AFTER_MS };
    const [account, device] = subjects as [string, string?];
    const statements = isKnownDevice
      ? [
          { sql: COUNT_FOR_ACCOUNT, params: { ...params, subject: account }, affects: 1 },
          { sql: COUNT, params: { ...params, subject: device! }, affects: 1 },
        ]
      : [{ sql: COUNT, params: { ...params, subject: account }, affects: 1 }];
    try {
      const results = await this.database.atomically(statements);
      const counted = results.at(-1)!.rows[0] as unknown as Counted;
      return this.standing(limit, Number(counted.retry_at) - now, FREE - counted.failures);
    } catch (error) {
      if (!(error instanceof UnexpectedCount)) throw error;
      const subject = error.statement.params['subject'] as string;
      const most = error.statement.sql === COUNT_FOR_ACCOUNT ? MOST_IN_A_ROW : MOST_OF_STRANGERS;
      const wait = await this.waitOf(subject, most, now);
      throw this.limits.refusal(this.standing(limit, wait, 0), subject, actor, whose);
    }
  }

  /** Milliseconds. */
  private async waitOf(subject: string, most: number, now: number): Promise<number> {
    const [row] = await this.database.query<Counted>(READ, { subject });
    // It was reset in between.
    if (!row) return 0;
    return row.failures >= most
      ? Number(row.failed_at) + FORGOTTEN_AFTER_MS - now
      : Number(row.retry_at) - now;
  }

  /** One guess in as long as the next must wait, or all that are free in a day. */
  private standing(limit: GuessLimit, waitMs: number, free: number): Standing {
    const wait = Math.max(1, Math.ceil(waitMs / 1000));
    const isFree = free > 0;
    const quota = isFree ? FREE : 1;
    const seconds = isFree ? FORGOTTEN_AFTER_MS / 1000 : wait;
    return {
      name: `${limit}_account`,
      quota,
      seconds,
      remaining: Math.max(0, free),
      reset: isFree ? seconds : wait,
    };
  }
}

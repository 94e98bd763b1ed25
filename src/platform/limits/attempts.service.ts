import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import type { GuessLimit } from '../access/limits.js';
import { CleanUps, PIECE } from '../database/clean-ups.service.js';
import { Database, type Statement } from '../database/database.service.js';
import { LimitsService, type Whose } from './limits.service.js';
import { rateLimitHeaders, type Standing } from './rate-limit-headers.js';

/** So many guesses in a row cost nothing; from then on each failure makes the next wait twice as long. */
const FREE = 5;
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 15 * 60_000;
/** The exponent at which the delay would exceed the longest. */
const DOUBLINGS = Math.ceil(Math.log2(LONGEST_DELAY_MS / FIRST_DELAY_MS));
/** NIST SP 800-63B-4 §3.2.2: at most 100 failures in a row; 80 for all unknown devices together, 20 for a known one. */
const MOST_OF_STRANGERS = 80;
const MOST_OF_A_DEVICE = 20;
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
/** Not a time while no caller has to wait: of guesses at the same moment a later one may be counted first. */
const RETRY_AT = `CASE WHEN ${IS_FORGOTTEN} OR failed_attempts.failures < ${FREE - 1} THEN 0 ELSE :now + ${DELAY} END`;
/** Counts a failure beforehand, so that of a burst no more get through than may. Affects nothing when one must wait. */
const COUNT = `
  INSERT INTO failed_attempts (subject, failures, failed_at, retry_at) VALUES (:subject, 1, :now, 0)
  ON CONFLICT (subject) DO UPDATE SET
    failures = CASE WHEN ${IS_FORGOTTEN} THEN 1 ELSE failed_attempts.failures + 1 END,
    failed_at = :now,
    retry_at = ${RETRY_AT}
  WHERE ${IS_FORGOTTEN} OR (failed_attempts.failures < :most AND ${HAS_WAITED})
  RETURNING failures, retry_at`;
const READ = 'SELECT failures, failed_at, retry_at FROM failed_attempts WHERE subject = :subject';
const FORGIVE = `UPDATE failed_attempts SET failures = failures - 1, retry_at = 0
  WHERE subject = :subject AND failures > 0`;
const FORGET = 'DELETE FROM failed_attempts WHERE subject = :subject';

/** One guess that may be made, and is counted as failed until something else is said of it. */
export interface Attempt {
  limit: GuessLimit;
  /** `RateLimit` and `RateLimit-Policy` for the answer. */
  headers: Record<string, string>;
  /** Whose failures these are: the known device's, or those of all unknown devices at the account. */
  subject: string;
  isKnownDevice: boolean;
  actor: Actor;
  whose: Whose | undefined;
}

interface Counted {
  failures: number;
  failed_at: string | number;
  retry_at: string | number;
}

/** What is guessed at; see {@link AttemptsService.begin}. */
export interface Guess {
  limit: GuessLimit;
  account: string;
  device?: string | undefined;
  whose?: Whose;
}

/** The error that says that a guess was wrong; with any other one, it was not looked at. */
type WrongGuess = new (...given: never[]) => Error;
type GuessWork<T> = (attempt: Attempt) => Promise<T>;

/**
 * Guesses at what can be guessed: passwords and codes. The fifth failure in a row makes the next guess at that account
 * wait a second, and every further one twice as long, up to a quarter of an hour; a success resets it. It is a delay and
 * no lock.
 *
 * A device that has signed in before has a count of its own. A count shared by several devices would let one of them lock
 * the others out, and would show it when another one signs in and resets the count.
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
    const subject = this.subjectOf(limit, account, device);
    const attempt = { limit, subject, isKnownDevice: device !== undefined, actor, whose };
    if (!this.limits.isOn) return { ...attempt, headers: {} };
    // Neither does it wait for what else comes from its network, of which many may be behind one address.
    const source = attempt.isKnownDevice ? [] : await this.limits.consume(limit, actor);
    return { ...attempt, headers: rateLimitHeaders(...source, await this.count(attempt)) };
  }

  /**
   * Counts a guess around the work that looks at it, see {@link begin}. It is taken back when the work succeeds, and when
   * it fails for another reason than `wrong`.
   */
  async around<T>(guess: Guess, actor: Actor, wrong: WrongGuess, work: GuessWork<T>): Promise<T> {
    return this.counting(guess, actor, wrong, async (attempt) => {
      const result = await work(attempt);
      await this.succeeded(attempt);
      return result;
    });
  }

  /** The same for work that is no sign-in: a right guess takes itself back, and no failure from before. */
  async aroundCheck(guess: Guess, actor: Actor, wrong: WrongGuess, work: GuessWork<void>): Promise<void> {
    const attempt = await this.counting(guess, actor, wrong, async (each) => {
      await work(each);
      return each;
    });
    await this.forgive(attempt);
  }

  private async counting<T>(
    { limit, account, device, whose }: Guess,
    actor: Actor,
    wrong: WrongGuess,
    work: GuessWork<T>,
  ): Promise<T> {
    const attempt = await this.begin(limit, account, actor, device, whose);
    try {
      return await work(attempt);
    } catch (error) {
      if (!(error instanceof wrong)) await this.forgive(attempt);
      throw error;
    }
  }

  /** The statements that forget the failures; put them into the batch that signs the user in. */
  succeeding({ subject }: Attempt): Statement[] {
    return this.limits.isOn ? [{ sql: FORGET, params: { subject } }] : [];
  }

  /** After that batch: the source has not failed. What others of it have done stays counted. */
  async succeeded({ limit, isKnownDevice, actor }: Attempt): Promise<void> {
    if (!isKnownDevice) await this.limits.giveBack(limit, actor);
  }

  /** Takes back an attempt of which the secret was not looked at, or was right and did not help. */
  async forgive(attempt: Attempt): Promise<void> {
    if (!this.limits.isOn) return;
    try {
      await this.database.run({ sql: FORGIVE, params: { subject: attempt.subject } });
      await this.succeeded(attempt);
    } catch (error) {
      // What failed before is what the caller must hear of.
      this.log.warn(error);
    }
  }

  /**
   * The statements that forget the failures of a known device, or those of all unknown ones, for who has proved to own
   * the account in another way.
   */
  forgetting(limit: GuessLimit, account: string, device?: string): Statement[] {
    if (!this.limits.isOn) return [];
    return [{ sql: FORGET, params: { subject: this.subjectOf(limit, account, device) } }];
  }

  /** Since when and until when the next guess at a subject has to wait, after how many; nothing when it need not. */
  async waitAt(subject: string): Promise<{ since: number; until: number; count: number } | undefined> {
    const [row] = await this.database.query<Counted>(READ, { subject });
    if (!row) return undefined;
    const since = Number(row.failed_at);
    const isFull = row.failures >= MOST_OF_STRANGERS;
    const until = isFull ? since + FORGOTTEN_AFTER_MS : Number(row.retry_at);
    return until > Date.now() ? { since, until, count: row.failures } : undefined;
  }

  /** Forgets the failures of a subject, for who vouches for its owner. */
  async release(subject: string): Promise<void> {
    await this.database.run({ sql: FORGET, params: { subject } });
  }

  private subjectOf(limit: GuessLimit, account: string, device: string | undefined): string {
    return device === undefined
      ? this.limits.subjectOf(limit, account)
      : this.limits.subjectOf(`${limit} device`, `${account}\0${device}`);
  }

  private async count({
    limit,
    subject,
    isKnownDevice,
    actor,
    whose,
  }: Omit<Attempt, 'headers'>): Promise<Standing> {
    const now = Date.now();
    const most = isKnownDevice ? MOST_OF_A_DEVICE : MOST_OF_STRANGERS;
    const params = { subject, most, now, before: now - FORGOTTEN_AFTER_MS };
    const [counted] = await this.database.query<Counted>(COUNT, params);
    if (counted) return this.standing(limit, Number(counted.retry_at) - now, FREE - counted.failures);
    const wait = await this.waitOf(subject, most, now);
    throw this.limits.refusal(this.standing(limit, wait, 0), subject, actor, whose);
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

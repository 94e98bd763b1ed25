import { Injectable, type OnModuleInit } from '@nestjs/common';
import { createHash, randomBytes } from 'node:crypto';
import { CleanUps, PIECE } from '../../platform/database/clean-ups.service.js';
import { Database, type Statement } from '../../platform/database/database.service.js';
import { Challenge } from './challenge.entity.js';
import { InvalidChallenge } from './factors.errors.js';

const BYTES = 32;
const FORM = /^[\w-]{43}$/;
const WITHIN_MS = 5 * 60_000;
const MAX_ATTEMPTS = 5;
const CLEAN_UP_EVERY_MS = 60_000;
const CLEAN_UP = `DELETE FROM challenges WHERE hash IN (
  SELECT hash FROM challenges WHERE expires_at < :now ORDER BY expires_at LIMIT ${PIECE})`;
const ATTEMPT = `UPDATE challenges SET attempts = attempts + 1
  WHERE hash = :hash AND purpose = :purpose AND attempts < ${MAX_ATTEMPTS} AND expires_at > :now
  RETURNING hash, user_id, detail`;

const TAKE = `DELETE FROM challenges WHERE hash = :hash AND purpose = :purpose AND expires_at > :now
  RETURNING hash, user_id, detail`;

interface ChallengeRow {
  hash: string;
  user_id: string | null;
  detail: string;
}

/** A challenge that may be answered, and what was noted with it. */
export interface LiveChallenge {
  hash: string;
  userId: string | null;
  detail: Record<string, unknown>;
}

/** What was asked of people and waits for an answer: for five minutes, one right answer or five wrong ones. */
@Injectable()
export class ChallengesService implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly cleanUps: CleanUps,
  ) {}

  onModuleInit(): void {
    this.cleanUps.every(CLEAN_UP_EVERY_MS, 'challenges', (now) => ({ sql: CLEAN_UP, params: { now } }));
  }

  /** A new challenge and the statement that keeps it. `expiresIn` is in seconds. */
  begin(purpose: string, userId: string | null, detail: Record<string, unknown> = {}) {
    const token = randomBytes(BYTES).toString('base64url');
    const expiresAt = new Date(Date.now() + WITHIN_MS);
    const row: Challenge = { hash: hashOf(token), purpose, userId, detail, attempts: 0, expiresAt };
    return { token, expiresIn: WITHIN_MS / 1000, statement: this.database.insert(Challenge, row) };
  }

  /**
   * Finds a challenge that waits for an answer, and counts this as one, before anything is known of it: so no number of
   * parallel guesses is more than five.
   * @throws InvalidChallenge, for every reason alike
   */
  async attempt(token: string, purpose: string): Promise<LiveChallenge> {
    const found = await this.find(ATTEMPT, token, purpose);
    if (!found) throw new InvalidChallenge();
    return found;
  }

  /** Takes back an attempt of which the answer was not looked at. */
  async giveBack({ hash }: LiveChallenge): Promise<void> {
    const sql = 'UPDATE challenges SET attempts = attempts - 1 WHERE hash = :hash AND attempts > 0';
    await this.database.run({ sql, params: { hash } });
  }

  /** Uses a challenge up at once, for what takes one answer, right or wrong. `undefined` when there is none. */
  take(token: string, purpose: string): Promise<LiveChallenge | undefined> {
    return this.find(TAKE, token, purpose);
  }

  /** The statement that uses a challenge up, for the batch of what it was for; of several, one does. */
  using({ hash }: LiveChallenge): Statement {
    return { sql: 'DELETE FROM challenges WHERE hash = :hash', params: { hash }, affects: 1 };
  }

  /** The statement that ends all challenges of a user. */
  endingAllOf(userId: string): Statement {
    return { sql: 'DELETE FROM challenges WHERE user_id = :userId', params: { userId } };
  }

  private async find(sql: string, token: string, purpose: string): Promise<LiveChallenge | undefined> {
    if (!FORM.test(token)) return undefined;
    const params = { hash: hashOf(token), purpose, now: Date.now() };
    const [row] = await this.database.query<ChallengeRow>(sql, params);
    if (!row) return undefined;
    const detail = JSON.parse(row.detail) as LiveChallenge['detail'];
    return { hash: row.hash, userId: row.user_id, detail };
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

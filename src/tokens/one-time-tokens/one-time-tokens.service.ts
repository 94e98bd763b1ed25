import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { createHash, randomBytes } from 'node:crypto';
import { Repository } from 'typeorm';
import { CleanUps, PIECE } from '../../platform/database/clean-ups.service.js';
import { Database, outdated, Outdated, type Statement } from '../../platform/database/database.service.js';
import { OneTimeToken } from './one-time-token.entity.js';
import { RevocationsService } from '../revocation/revocations.service.js';
import { InvalidOneTimeToken } from '../revocation/tokens.errors.js';

const BYTES = 32;
const FORM = /^[\w-]{43}$/;
const CLEAN_UP_EVERY_MS = 60_000;
const CLEAN_UP = `DELETE FROM one_time_tokens WHERE hash IN (
  SELECT hash FROM one_time_tokens WHERE expires_at < :now ORDER BY expires_at LIMIT ${PIECE})`;
const ISSUE = `INSERT INTO one_time_tokens (user_id, purpose, hash, bound_to, created_at, expires_at)
  VALUES (:userId, :purpose, :hash, :boundTo, :now, :expiresAt)
  ON CONFLICT (user_id, purpose) DO UPDATE SET hash = excluded.hash, bound_to = excluded.bound_to,
    created_at = excluded.created_at, expires_at = excluded.expires_at`;
const RENEW = `UPDATE one_time_tokens SET hash = :hash
  WHERE user_id = :userId AND purpose = :purpose AND bound_to = :boundTo AND expires_at > :now`;

/** A token that works at the moment, and what it was issued for. */
export interface LiveOneTimeToken {
  hash: string;
  userId: string;
  boundTo: string;
}

/** What is stored of a token, but for its hash. */
export type PendingOneTimeToken = Pick<OneTimeToken, 'purpose' | 'boundTo' | 'createdAt' | 'expiresAt'>;

/**
 * Secrets that work once: 256 random bits of which only the hash is stored, good for one purpose, one user, what they
 * were issued for, and a while. A user has one for each purpose; a new one takes the place of the one before.
 */
@Injectable()
export class OneTimeTokensService implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly cleanUps: CleanUps,
    private readonly revocations: RevocationsService,
    @InjectRepository(OneTimeToken) private readonly tokens: Repository<OneTimeToken>,
  ) {}

  onModuleInit(): void {
    this.cleanUps.every(CLEAN_UP_EVERY_MS, 'one_time_tokens', (now) => ({ sql: CLEAN_UP, params: { now } }));
  }

  /**
   * Issues a token. `guard` changes the user's row on condition that what the token is issued on still holds, such as
   * `guardUnchanged`; `undefined` when it does not.
   */
  async issue(
    { purpose, userId, boundTo, ttlMs }: { purpose: string; userId: string; boundTo: string; ttlMs: number },
    guard: Statement,
  ): Promise<string | undefined> {
    const token = randomBytes(BYTES).toString('base64url');
    const now = Date.now();
    const params = { userId, purpose, hash: hashOf(token), boundTo, now, expiresAt: now + ttlMs };
    try {
      await this.database.atomically([
        { ...guard, or: outdated },
        { sql: ISSUE, params, affects: 1 },
      ]);
      return token;
    } catch (error) {
      if (error instanceof Outdated) return undefined;
      throw error;
    }
  }

  /** Another token in the place of one that works, for the same and until the same time; `undefined` when there is none. */
  async renew({ purpose, userId, boundTo }: { purpose: string; userId: string; boundTo: string }) {
    const token = randomBytes(BYTES).toString('base64url');
    const params = { purpose, userId, boundTo, hash: hashOf(token), now: Date.now() };
    const { affected } = await this.database.run({ sql: RENEW, params });
    return affected === 1 ? token : undefined;
  }

  /**
   * Finds a token that works, without using it.
   * @throws InvalidOneTimeToken, for every reason alike
   */
  async find(token: string, purpose: string): Promise<LiveOneTimeToken> {
    const [row] = FORM.test(token)
      ? await this.database.query<Record<'hash' | 'user_id' | 'bound_to', string>>(
          'SELECT hash, user_id, bound_to FROM one_time_tokens WHERE hash = :hash AND purpose = :purpose AND expires_at > :now',
          { hash: hashOf(token), purpose, now: Date.now() },
        )
      : [];
    if (!row) throw new InvalidOneTimeToken();
    return { hash: row.hash, userId: row.user_id, boundTo: row.bound_to };
  }

  /**
   * Uses a token up and does what it is for, at once or not at all; of several that run at the same time, one does.
   * `first` changes the user's row and so makes others wait, as in every batch that ends tokens.
   * @throws InvalidOneTimeToken when it was used concurrently, or when what it was issued for is no longer so
   */
  async use({ hash, userId, boundTo }: LiveOneTimeToken, [first, ...rest]: [Statement, ...Statement[]]) {
    const sql = `DELETE FROM one_time_tokens WHERE hash = :hash AND user_id = :userId AND bound_to = :boundTo
                 AND expires_at > :now`;
    const params = { hash, userId, boundTo, now: Date.now() };
    const using = { sql, params, affects: 1 };
    await this.database.atomically([first, using, ...rest].map((each) => ({ or: invalid, ...each })));
  }

  /** The tokens of a user that were not used yet. */
  pendingOf(userId: string): Promise<PendingOneTimeToken[]> {
    return this.tokens.find({
      where: { userId },
      select: { purpose: true, boundTo: true, createdAt: true, expiresAt: true },
    });
  }
}

const invalid = () => new InvalidOneTimeToken();

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

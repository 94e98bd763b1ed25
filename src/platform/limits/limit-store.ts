import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { Pool, QueryConfig } from 'pg';
import { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { Quota } from '../access/limits.js';
import { installationName } from '../config/derived-key.js';
import { Settings } from '../config/settings.js';
import { CleanUps, PIECE } from '../database/clean-ups.service.js';
import { Database } from '../database/database.service.js';
import { Windows, type Window } from '../http/windows.js';

const CONNECT_WITHIN_MS = 2_000;
/** No request waits longer for the shared store; it may have to wait for the database itself afterwards. */
const ANSWER_WITHIN_MS = 500;
/** After a failure the shared store is left alone for so long. */
const LEAVE_ALONE_MS = 5_000;
const CLEAN_UP_EVERY_MS = 600_000;
const CLEAN_UP = `DELETE FROM rate_limits WHERE key IN (
  SELECT key FROM rate_limits WHERE expire < :now ORDER BY expire LIMIT ${PIECE})`;

type MakeLimiter = (name: string, quota: Quota) => RateLimiterAbstract;

/**
 * Where counts are kept: in Redis or else in PostgreSQL, where nodes share them, and on SQLite in memory. While the
 * shared store is away, each node counts for itself, and no caller is refused for it.
 */
@Injectable()
export class LimitStore implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger(LimitStore.name);
  /** One per limit, so that filling one evicts nothing of the others. */
  private readonly own = new Map<string, Windows>();
  private readonly limiters = new Map<string, RateLimiterAbstract>();
  private makeLimiter: MakeLimiter | undefined;
  private redis: Redis | undefined;
  private awayUntil = 0;

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly cleanUps: CleanUps,
    private readonly dataSource: DataSource,
  ) {}

  async onModuleInit(): Promise<void> {
    if (this.settings.RATE_LIMIT === 'off') return;
    if (this.settings.REDIS_URL) this.makeLimiter = await this.onRedis();
    else if (!this.database.isSqlite) this.makeLimiter = await this.onPostgres();
  }

  onModuleDestroy(): void {
    this.redis?.disconnect();
  }

  /** Counts one more; atomic, so that of a burst no more than the quota finds a count within it. */
  async add(name: string, quota: Quota, key: string, isLocal = false): Promise<Window> {
    const limiter = isLocal ? undefined : this.limiterOf(name, quota);
    if (!limiter) return this.addHere(name, quota, key);
    try {
      // Unlike `consume`, which rejects what is beyond the quota.
      const { consumedPoints, msBeforeNext } = await inTime(limiter.penalty(key));
      return { count: consumedPoints, endsAt: Date.now() + msBeforeNext };
    } catch (error) {
      this.noteAway(error);
      return this.addHere(name, quota, key);
    }
  }

  /** Takes one back that was counted. */
  async takeBack(name: string, quota: Quota, key: string): Promise<void> {
    try {
      const limiter = this.limiterOf(name, quota);
      if (limiter) await inTime(limiter.reward(key));
      else this.ownOf(name).takeBack(key);
    } catch (error) {
      this.noteAway(error);
    }
  }

  /** What was counted, without counting one more; nothing where no window is open. */
  async read(name: string, quota: Quota, key: string, isLocal = false): Promise<Window | undefined> {
    const limiter = isLocal ? undefined : this.limiterOf(name, quota);
    if (!limiter) return this.ownOf(name).read(key);
    const found = await inTime(limiter.get(key));
    return found ? { count: found.consumedPoints, endsAt: Date.now() + found.msBeforeNext } : undefined;
  }

  /** Forgets what was counted: here, and where nodes share it. */
  async forget(name: string, quota: Quota, key: string, isLocal = false): Promise<void> {
    this.ownOf(name).forget(key);
    const limiter = isLocal ? undefined : this.limiterOf(name, quota);
    if (limiter) await inTime(limiter.delete(key));
  }

  /** A snapshot: a caller that waits for it must not see what was counted later. */
  private addHere(name: string, { seconds }: Quota, key: string): Window {
    return { ...this.ownOf(name).add(key, seconds) };
  }

  private ownOf(name: string): Windows {
    let windows = this.own.get(name);
    if (!windows) this.own.set(name, (windows = new Windows()));
    return windows;
  }

  private limiterOf(name: string, quota: Quota): RateLimiterAbstract | undefined {
    if (!this.makeLimiter || performance.now() < this.awayUntil) return undefined;
    let limiter = this.limiters.get(name);
    if (!limiter) this.limiters.set(name, (limiter = this.makeLimiter(name, quota)));
    return limiter;
  }

  private async onRedis(): Promise<MakeLimiter> {
    const [{ Redis }, { RateLimiterRedis }] = await Promise.all([
      import('ioredis'),
      import('rate-limiter-flexible'),
    ]);
    const redis = new Redis(this.settings.REDIS_URL, {
      lazyConnect: true,
      connectTimeout: CONNECT_WITHIN_MS,
      commandTimeout: ANSWER_WITHIN_MS,
      enableOfflineQueue: false,
    });
    this.redis = redis;
    // That it is away is said when something is counted.
    redis.on('error', () => {});
    await redis.connect().catch(() => {});
    const installation = installationName(this.settings.GATEHOUSE_SECRET);
    return (name, { quota, seconds }) =>
      new RateLimiterRedis({
        storeClient: redis,
        rejectIfRedisNotReady: true,
        keyPrefix: `gatehouse:${installation}:${name}`,
        points: quota,
        duration: seconds,
      });
  }

  private async onPostgres(): Promise<MakeLimiter> {
    const { RateLimiterPostgres } = await import('rate-limiter-flexible');
    this.cleanUps.every(CLEAN_UP_EVERY_MS, 'rate_limits', (now) => ({ sql: CLEAN_UP, params: { now } }));
    return (name, { quota, seconds }) =>
      new RateLimiterPostgres({
        storeClient: unnamed((this.dataSource.driver as PostgresDriver).master as Pool),
        storeType: 'client',
        tableName: 'rate_limits',
        tableCreated: true,
        clearExpiredByTimeout: false,
        keyPrefix: name,
        points: quota,
        duration: seconds,
      });
  }

  private noteAway(error: unknown): void {
    this.awayUntil = performance.now() + LEAVE_ALONE_MS;
    this.log.warn(`the shared counts are away, this node counts for itself: ${(error as Error).message}`);
  }
}

/**
 * The library names its statements, which PostgreSQL keeps with a connection; behind PgBouncer in transaction mode the next
 * one goes over another.
 */
function unnamed(pool: Pool): Pick<Pool, 'query'> {
  const query = ({ text, values }: QueryConfig) => pool.query(text, values);
  return { query: query as Pool['query'] };
}

/** @throws Error when it takes longer than a request may wait for it */
function inTime<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`));
    const timer = setTimeout(late, ANSWER_WITHIN_MS);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
import { ProcessKind } from '../../platform/config/process-kind.js';
import { Database } from '../../platform/database/database.service.js';
import { Leases } from '../../platform/database/leases.service.js';
import { STEPS } from './activity-count.entity.js';
import { beginOf } from './steps.js';

const LOOK_EVERY_MS = 10_000;
/** One is taken by one node so often, and no more often than this many times as long as the last one took. */
const TAKE_EVERY_MS = 60_000;
const SPARING = 100;
/** Rows a statement, so that no request waits for it. */
const PIECE = 2_000;

const PIECES = {
  users: `SELECT count(*) AS seen, count(*) AS counted, max(id) AS last
    FROM (SELECT id FROM users WHERE id > :after ORDER BY id LIMIT ${PIECE}) piece`,
  active_sessions: `SELECT count(*) AS seen, max(id) AS last,
      count(CASE WHEN revoked_at IS NULL AND expires_at > :now THEN 1 END) AS counted
    FROM (SELECT id, revoked_at, expires_at FROM sessions WHERE id > :after ORDER BY id LIMIT ${PIECE}) piece`,
};

interface Counted {
  seen: string | number;
  counted: string | number;
  last: string | null;
}

/**
 * How many users and active sessions there are: taken in the background by one node at a time, piece by piece, and kept as
 * rows, for no request may count them.
 */
@Injectable()
export class CensusService implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger(CensusService.name);
  private timer: NodeJS.Timeout | undefined;
  private isStopping = false;
  private underway: Promise<void> | undefined;
  private notBefore = 0;

  constructor(
    private readonly database: Database,
    private readonly leases: Leases,
    private readonly kind: ProcessKind,
  ) {}

  onModuleInit(): void {
    if (this.kind.isServer) this.timer = setInterval(() => void this.takeIfDue(), LOOK_EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.isStopping = true;
    await this.underway;
  }

  /** Takes one now. Nothing of it is kept when the server is stopping. */
  async take(): Promise<void> {
    const counts: Record<string, number> = {};
    for (const [name, sql] of Object.entries(PIECES)) counts[name] = await this.count(sql);
    if (this.isStopping) return;
    const now = Date.now();
    const rows = STEPS.flatMap((step) =>
      Object.keys({ ...counts, census: 0 }).map((name) => `('${step}', :${step}, '${name}', :${name})`),
    );
    await this.database.run({
      sql: `INSERT INTO activity_counts (step, at, name, value) VALUES ${rows.join(', ')}
        ON CONFLICT (step, at, name) DO UPDATE SET value = excluded.value`,
      params: { ...counts, census: now, hour: beginOf('hour', now), day: beginOf('day', now) },
    });
  }

  private async takeIfDue(): Promise<void> {
    if (this.underway || performance.now() < this.notBefore) return;
    this.underway = this.takeWithLease().finally(() => (this.underway = undefined));
    await this.underway;
  }

  private async takeWithLease(): Promise<void> {
    const began = performance.now();
    try {
      if (await this.leases.take('census', TAKE_EVERY_MS)) await this.take();
    } catch (error) {
      this.log.warn(error);
    }
    const took = performance.now() - began;
    this.notBefore = began + Math.max(TAKE_EVERY_MS, took * SPARING);
  }

  private async count(sql: string): Promise<number> {
    const now = Date.now();
    let total = 0;
    for (let after: string | null = ''; after !== null && !this.isStopping;) {
      const params: Record<string, unknown> = sql.includes(':now') ? { after, now } : { after };
      const rows: Counted[] = await this.database.query<Counted>(sql, params);
      const { seen, counted, last } = rows[0]!;
      total += Number(counted);
      after = Number(seen) < PIECE ? null : last;
      // Requests go first.
      await setImmediate();
    }
    return total;
  }
}

import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { setImmediate } from 'node:timers/promises';
import { CleanUps, PIECE } from '../../platform/database/clean-ups.service.js';
import { Database, type Statement } from '../../platform/database/database.service.js';
import { OthersWrites } from '../../platform/database/others-writes.js';
import type { PlanQuota } from '../plans/plan.entity.js';

const FLUSH_EVERY_MS = 1_000;
/** After one that failed. */
const FLUSH_AGAIN_MS = 5_000;
const AT_ONCE = 500;
const REREAD_EVERY_MS = 1_000;
const REREAD_AT_ONCE = 100;
const MOST_KNOWN = 50_000;
const CLEAN_UP_EVERY_MS = 3_600_000;
const KEPT_MS = 86_400_000;
const KEY = 'application_id, resource_id, unit, per, starts_at';
const CLEAN_UP = `DELETE FROM quota_counters WHERE (${KEY}) IN (
  SELECT ${KEY} FROM quota_counters WHERE ends_at < :before LIMIT ${PIECE})`;
const READ = `SELECT used FROM quota_counters WHERE application_id = :applicationId AND resource_id = :resourceId
  AND unit = :unit AND per = :per AND starts_at = :startsAt`;
const VALUE_LISTS = Array.from(
  { length: REREAD_AT_ONCE },
  (_, at) => `(:applicationId${at}, :resourceId${at}, :unit${at}, :per${at}, CAST(:startsAt${at} AS bigint))`,
);
/** Always of the same length, so that it is prepared once. */
const REREAD = `SELECT ${KEY}, used FROM quota_counters WHERE (${KEY}) IN (VALUES ${VALUE_LISTS.join(', ')})`;
/** Of an application and an API that are still there. The sum is what all nodes have counted. */
const ADD = `INSERT INTO quota_counters (${KEY}, ends_at, used)
  SELECT a.id, r.id, :unit, :per, CAST(:startsAt AS bigint), CAST(:endsAt AS bigint), CAST(:used AS bigint)
  FROM applications a, resources r WHERE a.id = :applicationId AND r.id = :resourceId
  ON CONFLICT (${KEY}) DO UPDATE SET used = quota_counters.used + excluded.used RETURNING used`;

/** One quota of one subscriber in the period that is underway. */
export interface Slot {
  key: string;
  applicationId: string;
  resourceId: string;
  quota: PlanQuota;
  most: number;
  /** In ms since 1970. */
  startsAt: number;
  endsAt: number;
}

/** What is known to have been used, here and elsewhere. */
export interface Counter {
  slot: Slot;
  used: number;
}

interface Row {
  application_id: string;
  resource_id: string;
  unit: string;
  per: string;
  starts_at: string | number;
  used: string | number;
}

/** What was used of quotas: read once a period, counted in memory, and written every second. */
@Injectable()
export class CountedUse implements OnModuleInit {
  private readonly log = new Logger(CountedUse.name);
  private readonly known = new LRUCache<string, Counter>({ maxSize: MOST_KNOWN, sizeCalculation: () => 1 });
  private readonly reads = new Map<string, Promise<Counter>>();
  /** What this node has counted and not written. */
  private pending = new Map<string, { slot: Slot; used: number }>();
  private flushing: Promise<void> = Promise.resolve();
  private nextFlush: NodeJS.Timeout | undefined;
  private readonly others: OthersWrites;
  private isStopping = false;

  constructor(
    private readonly database: Database,
    private readonly cleanUps: CleanUps,
  ) {
    this.others = new OthersWrites(database, () => this.reread(), REREAD_EVERY_MS, this.log);
  }

  onModuleInit(): void {
    this.cleanUps.every(CLEAN_UP_EVERY_MS, 'quota_counters', (now) => ({
      sql: CLEAN_UP,
      params: { before: now - KEPT_MS },
    }));
  }

  /** From memory, but for the first time in a period. Never rejects. */
  of(slots: Slot[]): Promise<Counter[]> {
    return Promise.all(slots.map((slot) => this.known.get(slot.key) ?? this.read(slot)));
  }

  /** For what is written next; the counter was raised already. */
  note(slot: Slot, used: number): void {
    if (used === 0) return;
    this.keep(slot, used);
    if (this.isStopping) void this.flush();
    else this.flushIn(FLUSH_EVERY_MS);
  }

  /** Reads every second what other nodes have written, so that a quota is not used up once on each of them. */
  followOthers(): void {
    this.others.follow();
  }

  /** From now on, what is counted is written at once. */
  stop(): void {
    this.isStopping = true;
    this.others.stop();
  }

  /** The last flush: tried twice, for a connection may have died unnoticed. */
  async finish(): Promise<void> {
    await this.flush();
    if (this.pending.size > 0) await this.flush();
  }

  /** Writes what was counted; what cannot be written now is kept for the next time. */
  flush(): Promise<void> {
    clearTimeout(this.nextFlush);
    this.nextFlush = undefined;
    return (this.flushing = this.flushing.then(() => this.write()));
  }

  private async write(): Promise<void> {
    // In one order on all nodes, so that none waits for another.
    const pieces = [...this.pending.values()].toSorted((a, b) => (a.slot.key < b.slot.key ? -1 : 1));
    this.pending = new Map();
    while (pieces.length > 0) {
      const piece = pieces.splice(0, AT_ONCE);
      try {
        await this.database.atomically(piece.map(({ slot, used }) => this.adding(slot, used)));
      } catch (error) {
        this.log.warn(error);
        for (const { slot, used } of [...piece, ...pieces]) this.keep(slot, used);
        if (!this.isStopping) this.flushIn(FLUSH_AGAIN_MS);
        return;
      }
    }
  }

  private flushIn(ms: number): void {
    this.nextFlush ??= setTimeout(() => void this.flush(), ms).unref();
  }

  private keep(slot: Slot, used: number): void {
    const pending = this.pending.get(slot.key);
    if (pending) pending.used += used;
    else this.pending.set(slot.key, { slot, used });
  }

  private adding(slot: Slot, used: number): Statement {
    const { key, applicationId, resourceId, quota, startsAt, endsAt } = slot;
    const { unit, per } = quota;
    return {
      sql: ADD,
      params: { applicationId, resourceId, unit, per, startsAt, endsAt, used },
      committed: ({ rows: [row] }) => this.learn(key, Number(row?.['used'] ?? 0)),
    };
  }

  /** Adds what was counted since. A counter never falls: where nodes count in Redis, they may know of more. */
  private learn(key: string, written: number): void {
    const counter = this.known.peek(key);
    if (counter) counter.used = Math.max(counter.used, written + this.pendingOf(key));
  }

  private pendingOf(key: string): number {
    return this.pending.get(key)?.used ?? 0;
  }

  private async reread(): Promise<void> {
    const now = Date.now();
    const slots = [...this.known.values()].map(({ slot }) => slot).filter(({ endsAt }) => endsAt > now);
    while (slots.length > 0) {
      const params = rereadParams(slots.splice(0, REREAD_AT_ONCE));
      for (const row of await this.database.query<Row>(REREAD, params))
        this.learn(
          keyOf(row.application_id, row.resource_id, row.unit, row.per, row.starts_at),
          Number(row.used),
        );
      // SQLite reads within this turn of the event loop: requests are answered between two pieces.
      await setImmediate();
    }
  }

  private read(slot: Slot): Promise<Counter> {
    let read = this.reads.get(slot.key);
    if (!read) {
      read = this.readNow(slot)
        .catch(() => this.unread(slot))
        .finally(() => this.reads.delete(slot.key));
      this.reads.set(slot.key, read);
    }
    return read;
  }

  private async readNow(slot: Slot): Promise<Counter> {
    // What is on its way to the database must not be missed.
    await this.flushing;
    const { key, applicationId, resourceId, quota, startsAt } = slot;
    const { unit, per } = quota;
    const params = { applicationId, resourceId, unit, per, startsAt };
    const [row] = await this.database.query<{ used: string | number }>(READ, params);
    const counter = { slot, used: Number(row?.used ?? 0) + this.pendingOf(key) };
    this.known.set(key, counter);
    return counter;
  }

  /** While the database is away, which the flush logs: not remembered, so that the next request reads again. */
  private async unread(slot: Slot): Promise<Counter> {
    await this.flushing;
    return { slot, used: this.pendingOf(slot.key) };
  }
}

/** In braces, so that a cluster of Redis keeps those of one subscriber together. */
export function keyOf(
  applicationId: string,
  resourceId: string,
  unit: string,
  per: string,
  startsAt: string | number,
): string {
  return `{${applicationId}:${resourceId}}:${unit}:${per}:${startsAt}`;
}

/** A short piece repeats its first slot. */
function rereadParams(slots: Slot[]): Statement['params'] {
  const entries = Array.from({ length: REREAD_AT_ONCE }, (_, at) => {
    const { applicationId, resourceId, quota, startsAt } = slots[at] ?? slots[0]!;
    const values = { applicationId, resourceId, unit: quota.unit, per: quota.per, startsAt };
    return Object.entries(values).map(([name, value]) => [`${name}${at}`, value] as const);
  });
  return Object.fromEntries(entries.flat());
}

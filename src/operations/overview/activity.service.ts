import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { EventsService } from '../../platform/audit/events.service.js';
import { ProcessKind } from '../../platform/config/process-kind.js';
import { CleanUps, PIECE } from '../../platform/database/clean-ups.service.js';
import { Database } from '../../platform/database/database.service.js';
import { Metrics } from '../../platform/http/metrics.js';
import { STEPS, type Step } from './activity-count.entity.js';
import { beginOf, STEP_MS } from './steps.js';

const ADD_EVERY_MS = 10_000;
const CLEAN_UP_EVERY_MS = 3_600_000;
/** Hours and days are kept for so long. */
const KEPT_MS: Record<Step, number> = { hour: 15 * STEP_MS.day, day: 400 * STEP_MS.day };
const CLEAN_UP = `DELETE FROM activity_counts WHERE (step, at, name) IN (
  SELECT step, at, name FROM activity_counts
  WHERE (step = 'hour' AND at < :hours) OR (step = 'day' AND at < :days) ORDER BY step, at, name LIMIT ${PIECE})`;

/** What is counted besides how long requests took. */
const COUNTED = ['sign_ins', 'failures', 'sign_ups', 'errors'] as const;
type Counted = (typeof COUNTED)[number];

/**
 * Counts what happens here, and adds it to the rows that all nodes share: every few seconds in one statement, and none of a
 * request. A process that is killed loses its last seconds.
 */
@Injectable()
export class ActivityService implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger(ActivityService.name);
  private timer: NodeJS.Timeout | undefined;
  private signUps = 0;
  /** The totals, since the start, that have been added. */
  private added = new Map<string, number>();
  private adding: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly cleanUps: CleanUps,
    private readonly metrics: Metrics,
    private readonly events: EventsService,
    private readonly kind: ProcessKind,
  ) {}

  onModuleInit(): void {
    if (!this.kind.isServer) return;
    this.events.on('user.signed_up', () => this.signUps++);
    this.timer = setInterval(() => void this.add(), ADD_EVERY_MS).unref();
    this.cleanUps.every(CLEAN_UP_EVERY_MS, 'activity_counts', (now) => ({
      sql: CLEAN_UP,
      params: { hours: now - KEPT_MS.hour, days: now - KEPT_MS.day },
    }));
  }

  async onApplicationShutdown(): Promise<void> {
    if (!this.timer) return;
    clearInterval(this.timer);
    await this.add();
  }

  /** Adds what was counted since the last time, one after the other; what cannot be written is added the next time. */
  add(): Promise<void> {
    this.adding = this.adding.then(() => this.addOnce()).catch((error: unknown) => this.log.warn(error));
    return this.adding;
  }

  private async addOnce(): Promise<void> {
    const totals = this.totals();
    const since = [...totals].map(([name, total]): [string, number] => [name, this.since(name, total)]);
    if (since.every(([, count]) => count === 0)) return;
    await this.database.run(adding(since, Date.now()));
    this.added = totals;
  }

  /** What counts requests begins again when the server has warmed up. */
  private since(name: string, total: number): number {
    const added = this.added.get(name) ?? 0;
    return total < added ? total : total - added;
  }

  private totals(): Map<string, number> {
    const { counts, errors } = this.metrics.requests.totals();
    const counted: Record<Counted, number> = {
      sign_ins: this.metrics.total('gatehouse_logins_total', 'succeeded'),
      failures: this.metrics.total('gatehouse_logins_total', 'failed'),
      sign_ups: this.signUps,
      errors,
    };
    return new Map([
      ...COUNTED.map((name): [string, number] => [name, counted[name]]),
      ...counts.map((count, bucket): [string, number] => [`took_${bucket}`, count]),
    ]);
  }
}

/** One statement of one text, whatever was counted; its rows in one order, in which all nodes lock them. */
function adding(counts: [name: string, count: number][], now: number) {
  const rows = STEPS.flatMap((step) =>
    counts.map(([name], index) => `('${step}', :${step}, '${name}', :count${index})`),
  );
  const sql = `INSERT INTO activity_counts (step, at, name, value) VALUES ${rows.join(', ')}
    ON CONFLICT (step, at, name) DO UPDATE SET value = activity_counts.value + excluded.value`;
  const params = Object.fromEntries(counts.map(([, count], index) => [`count${index}`, count]));
  return { sql, params: { ...params, hour: beginOf('hour', now), day: beginOf('day', now) } };
}

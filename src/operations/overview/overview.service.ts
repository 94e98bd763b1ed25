import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.service.js';
import { BOUNDS_MS } from '../../platform/http/request-durations.js';
import type { Step } from './activity-count.entity.js';
import { latencyOf } from './latency.js';
import type { OverviewNow, OverviewStep } from './overview.dto.js';
import { STEP_MS } from './steps.js';

const READ = `SELECT at, name, value FROM activity_counts
  WHERE step = :step AND at >= :from AND at <= :to ORDER BY at`;
const LAST_CENSUS = `SELECT name, value FROM activity_counts
  WHERE step = 'day' AND name IN ('users', 'active_sessions', 'census')
    AND at = (SELECT max(at) FROM activity_counts WHERE step = 'day' AND name = 'census')`;

type Counts = Map<string, number>;

/** What happened, of the rows that the nodes have added to. */
@Injectable()
export class OverviewService {
  constructor(private readonly database: Database) {}

  /** A step after the other, those without a row too. @param from where the first one begins @param to where the last does */
  async steps(step: Step, from: number, to: number): Promise<OverviewStep[]> {
    const params = { step, from, to };
    const rows = await this.database.query<{ at: string | number; name: string; value: string | number }>(
      READ,
      params,
    );
    const byTime = new Map<number, Counts>();
    for (const { at, name, value } of rows) {
      const counts: Counts = byTime.get(Number(at)) ?? new Map();
      byTime.set(Number(at), counts.set(name, Number(value)));
    }
    const length = (to - from) / STEP_MS[step] + 1;
    return Array.from({ length }, (_, index) => from + index * STEP_MS[step]).map((at) =>
      show(at, byTime.get(at) ?? new Map()),
    );
  }

  /** How many there were at the last census. */
  async now(): Promise<OverviewNow> {
    const rows = await this.database.query<{ name: string; value: string | number }>(LAST_CENSUS);
    const counts: Counts = new Map(rows.map(({ name, value }) => [name, Number(value)]));
    const countedAt = counts.get('census');
    return {
      users: counts.get('users') ?? null,
      activeSessions: counts.get('active_sessions') ?? null,
      countedAt: countedAt === undefined ? null : new Date(countedAt),
    };
  }
}

function show(at: number, counts: Counts): OverviewStep {
  const count = (name: string) => counts.get(name) ?? 0;
  const took = [...BOUNDS_MS, Infinity].map((_, bucket) => count(`took_${bucket}`));
  return {
    at: new Date(at),
    signIns: count('sign_ins'),
    failures: count('failures'),
    signUps: count('sign_ups'),
    requests: took.reduce((sum, each) => sum + each, 0),
    errors: count('errors'),
    users: counts.get('users') ?? null,
    activeSessions: counts.get('active_sessions') ?? null,
    latency: latencyOf(took),
  };
}

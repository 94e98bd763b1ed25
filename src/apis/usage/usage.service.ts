import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.service.js';
import { ResourcesService } from '../resources/resources.service.js';
import {
  addHistogram,
  addWritten,
  endOf,
  newHistogram,
  percentilesOf,
  type Histogram,
} from './latency-histogram.js';
import { ALL } from './usage-count.entity.js';
import { UsageRecorder } from './usage-recorder.service.js';
import type { Tally } from './usage-tallies.js';
import { USAGE_STEP_MS, type UsageStep } from './usage-steps.js';

const READ = `SELECT at, node, route_id, subscription_id, version_id, requests, informational, successful,
    redirected, client_errors, server_errors, bytes_in, bytes_out, ms, latency
  FROM usage_counts WHERE resource_id = :resource AND step = :step AND route_id = :route
    AND subscription_id = :subscription`;
/** The rows of one version stand in the order of their time. */
export const READ_VERSION = `${READ} AND version_id = :version AND at >= :from AND at <= :to`;
// `+` keeps SQLite off the index by time, where all routes and subscriptions of the API stand between those that are wanted.
export const READ_ANY_VERSION = `${READ} AND +at >= :from AND +at <= :to`;

/** What a chart is of: an API, or of that a version, a route, or a subscription. */
export interface ChartOf {
  resource: string;
  version?: string | undefined;
  route?: string | undefined;
  subscription?: string | undefined;
}

/** The steps of a chart: from that which begins at `from` to that which begins at `to`. */
export interface ChartRange {
  step: UsageStep;
  from: number;
  to: number;
}

/** One step of a chart. */
export interface ChartPoint {
  at: Date;
  requests: number;
  errors: number;
  statuses: Record<'1xx' | '2xx' | '3xx' | '4xx' | '5xx', number>;
  bytesIn: number;
  bytesOut: number;
  averageMs: number | null;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

/** How long all requests of a time took. */
export interface Latencies {
  requests: number;
  averageMs: number | null;
  p50: number | null;
  p95: number | null;
  p99: number | null;
  /** Only those with a request; `upTo` in ms. */
  buckets: { upTo: number; requests: number }[];
}

/** Numbers of PostgreSQL come as text. */
type Row = Record<'at' | Counted, string | number> &
  Record<'node' | 'route_id' | 'subscription_id' | 'version_id' | 'latency', string>;

const COUNTED = [
  'requests',
  'informational',
  'successful',
  'redirected',
  'client_errors',
  'server_errors',
  'bytes_in',
  'bytes_out',
  'ms',
] as const;
type Counted = (typeof COUNTED)[number];

type Sums = Record<Counted, number> & { latency: Histogram };

/** What was relayed, of the rows of all nodes and of what this one has not written yet. */
@Injectable()
export class UsageService {
  constructor(
    private readonly database: Database,
    private readonly resources: ResourcesService,
    private readonly recorder: UsageRecorder,
  ) {}

  /** A step after the other, those without a request too. @throws NotFound, NotYourResource */
  async series(of: ChartOf, range: ChartRange, actor: Actor): Promise<ChartPoint[]> {
    await this.resources.own(of.resource, actor);
    const { step, from, to } = range;
    const sums = await this.sumsOf(of, range);
    const length = (to - from) / USAGE_STEP_MS[step] + 1;
    return Array.from({ length }, (_, index) => from + index * USAGE_STEP_MS[step]).map((at) =>
      pointOf(at, sums.get(at)),
    );
  }

  /** How long the requests of all steps together took. @throws NotFound, NotYourResource */
  async latency(of: ChartOf, range: ChartRange, actor: Actor): Promise<Latencies> {
    await this.resources.own(of.resource, actor);
    const latency = newHistogram();
    let [requests, ms] = [0, 0];
    for (const sums of (await this.sumsOf(of, range)).values()) {
      requests += sums.requests;
      ms += sums.ms;
      addHistogram(latency, sums.latency);
    }
    const buckets = [...latency.entries()].flatMap(([bucket, count]) =>
      count > 0 ? [{ upTo: endOf(bucket), requests: count }] : [],
    );
    return { requests, averageMs: averageOf(ms, requests), ...percentilesOf(latency), buckets };
  }

  private async sumsOf(of: ChartOf, { step, from, to }: ChartRange): Promise<Map<number, Sums>> {
    const { resource, version = ALL, route = ALL, subscription = ALL } = of;
    // A route and a subscription stand in rows of one version each; without these, it is a version's row, or that of all.
    const isAnyVersion = version === ALL && (route !== ALL || subscription !== ALL);
    this.recorder.settle();
    const own = new Map<string, Tally>();
    for (const tally of this.recorder.tallies.of(resource, step)) {
      if (tally.at < from || tally.at > to || tally.routeId !== route) continue;
      if (tally.subscriptionId === subscription) own.set(keyOf(tally.at, tally.node, tally.versionId), tally);
    }
    const params = { resource, step, route, subscription, from, to };
    const sql = isAnyVersion ? READ_ANY_VERSION : READ_VERSION;
    const rows = await this.database.query<Row>(sql, isAnyVersion ? params : { ...params, version });
    const sums = new Map<number, Sums>();
    for (const row of rows)
      // What is in memory is newer.
      if (!own.has(keyOf(Number(row.at), row.node, row.version_id)))
        addRow(sumsAt(sums, Number(row.at)), row);
    for (const tally of own.values())
      if (isAnyVersion || tally.versionId === version) addTally(sumsAt(sums, tally.at), tally);
    return sums;
  }
}

function keyOf(at: number, node: string, version: string): string {
  return `${at} ${node} ${version}`;
}

function sumsAt(sums: Map<number, Sums>, at: number): Sums {
  let found = sums.get(at);
  if (!found) {
    const zeros = Object.fromEntries(COUNTED.map((name) => [name, 0])) as Record<Counted, number>;
    sums.set(at, (found = { ...zeros, latency: newHistogram() }));
  }
  return found;
}

function addRow(sums: Sums, row: Row): void {
  for (const name of COUNTED) sums[name] += Number(row[name]);
  addWritten(sums.latency, row.latency);
}

function addTally(sums: Sums, { figures }: Tally): void {
  const [, informational, successful, redirected, clientErrors, serverErrors] = figures.classes;
  sums.requests += figures.requests;
  sums.informational += informational!;
  sums.successful += successful!;
  sums.redirected += redirected!;
  sums.client_errors += clientErrors!;
  sums.server_errors += serverErrors!;
  sums.bytes_in += figures.bytesIn;
  sums.bytes_out += figures.bytesOut;
  sums.ms += figures.ms;
  addHistogram(sums.latency, figures.latency);
}

function pointOf(at: number, sums: Sums | undefined): ChartPoint {
  const { p50, p95, p99 } = sums ? percentilesOf(sums.latency) : { p50: null, p95: null, p99: null };
  return {
    at: new Date(at),
    requests: sums?.requests ?? 0,
    errors: sums?.server_errors ?? 0,
    statuses: {
      '1xx': sums?.informational ?? 0,
      '2xx': sums?.successful ?? 0,
      '3xx': sums?.redirected ?? 0,
      '4xx': sums?.client_errors ?? 0,
      '5xx': sums?.server_errors ?? 0,
    },
    bytesIn: sums?.bytes_in ?? 0,
    bytesOut: sums?.bytes_out ?? 0,
    averageMs: sums ? averageOf(sums.ms, sums.requests) : null,
    p50,
    p95,
    p99,
  };
}

/** To a thousandth of a millisecond; `null` without requests. */
function averageOf(ms: number, requests: number): number | null {
  return requests === 0 ? null : Math.round((ms / requests) * 1000) / 1000;
}

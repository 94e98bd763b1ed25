import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
import { ProcessKind } from '../../platform/config/process-kind.js';
import { Settings } from '../../platform/config/settings.js';
import { parseDuration } from '../../platform/config/setting-rules.js';
import { CleanUps, PIECE } from '../../platform/database/clean-ups.service.js';
import { Database, type Statement } from '../../platform/database/database.service.js';
import { writeHistogram } from './latency-histogram.js';
import { RegularWrites } from './regular-writes.js';
import { UsageRecorder } from './usage-recorder.service.js';
import type { Tally } from './usage-tallies.js';

const CLEAN_UP_EVERY_MS = 600_000;
/** Rows of one statement; few sizes, so that few texts are prepared. */
const SIZES = [64, 8, 1];
const KEY = ['resource_id', 'step', 'route_id', 'subscription_id', 'version_id', 'at', 'node'];
const VALUES = [
  'requests',
  'informational',
  'successful',
  'redirected',
  'client_errors',
  'server_errors',
  'bytes_in',
  'bytes_out',
  'ms',
  'latency',
];
const COLUMNS = [...KEY, ...VALUES];
const REPLACED = VALUES.map((column) => `${column} = excluded.${column}`).join(', ');
const CLEAN_UP = `DELETE FROM usage_counts WHERE (${KEY.join(', ')}) IN (
  SELECT ${KEY.join(', ')} FROM usage_counts WHERE (step = 'minute' AND at < :minutes)
    OR (step = 'hour' AND at < :hours) OR (step = 'day' AND at < :days) LIMIT ${PIECE})`;

/** Writes what this node has counted, every few seconds and when it stops, and deletes what has had its time. */
@Injectable()
export class UsageWriter implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger(UsageWriter.name);
  private readonly writes = new RegularWrites(() => this.writeOnce(), this.log);

  constructor(
    private readonly database: Database,
    private readonly settings: Settings,
    private readonly cleanUps: CleanUps,
    private readonly recorder: UsageRecorder,
    private readonly kind: ProcessKind,
  ) {}

  onModuleInit(): void {
    if (!this.kind.isServer) return;
    this.writes.begin();
    const [minutes = 0, hours = 0, days = 0] = this.settings.USAGE_RETENTION.map((kept) =>
      parseDuration(kept),
    );
    this.cleanUps.every(CLEAN_UP_EVERY_MS, 'usage_counts', (now) => ({
      sql: CLEAN_UP,
      params: { minutes: now - minutes, hours: now - hours, days: now - days },
    }));
  }

  onApplicationShutdown(): Promise<void> {
    return this.writes.end();
  }

  /** Writes what was counted since the last time, one after the other; what cannot be written is written the next time. */
  write(): Promise<void> {
    return this.writes.now();
  }

  /** For who reads: what was counted until a second ago is written afterwards, however many ask. */
  refresh(): Promise<void> {
    return this.writes.refresh();
  }

  private async writeOnce(): Promise<void> {
    this.recorder.settle();
    const { tallies } = this.recorder;
    const left = tallies.unwritten();
    while (left.length > 0) {
      const size = SIZES.find((each) => each <= left.length)!;
      const piece = left.splice(0, size);
      const written = piece.map(({ changes }) => changes);
      await this.database.run(writing(piece));
      for (const [position, tally] of piece.entries()) tally.written = written[position]!;
      // SQLite writes within this turn of the event loop: requests are answered between two pieces.
      await setImmediate();
    }
    tallies.forget(Date.now());
  }
}

/** Replaces rows of this node, so that it does no harm to write them twice. */
function writing(tallies: Tally[]): Statement {
  const rows = tallies.map((_, row) => `(${COLUMNS.map((column) => `:${column}${row}`).join(', ')})`);
  const sql = `INSERT INTO usage_counts (${COLUMNS.join(', ')}) VALUES ${rows.join(', ')}
    ON CONFLICT (${KEY.join(', ')}) DO UPDATE SET ${REPLACED}`;
  const params = tallies.flatMap((tally, row) =>
    valuesOf(tally).map((value, column) => [`${COLUMNS[column]}${row}`, value] as const),
  );
  return { sql, params: Object.fromEntries(params) };
}

/** In the order of the columns. */
function valuesOf(tally: Tally): unknown[] {
  const { resourceId, step, routeId, subscriptionId, versionId, at, node, figures } = tally;
  const { requests, classes, bytesIn, bytesOut, ms, latency } = figures;
  const key = [resourceId, step, routeId, subscriptionId, versionId, at, node];
  return [...key, requests, ...classes.slice(1), bytesIn, bytesOut, Math.round(ms), writeHistogram(latency)];
}

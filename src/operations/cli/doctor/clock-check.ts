import type { DataSource } from 'typeorm';
import { findings, type Finding } from './finding.js';

/** Tokens and leases of nodes that differ by more are judged wrongly now and then. */
const WARN_FROM_MS = 2_000;
/** From here on, a token that was just made counts as not valid yet, or a revocation comes too late. */
const FAIL_FROM_MS = 30_000;
/** This has never run before. */
const EARLIEST = Date.UTC(2026, 0);
const { ok, warn, fail } = findings('clock');

/** This machine's clock, against the database's and against the time of the last thing that happened. */
export async function checkClock(dataSource: DataSource): Promise<Finding> {
  if (Date.now() < EARLIEST)
    return fail(`it is ${new Date().toISOString()} here, which cannot be; set the clock, by NTP`);
  const [{ last }] = await dataSource.query('SELECT MAX(at) AS last FROM audit_events');
  const ahead = Number(last ?? 0) - Date.now();
  if (ahead > FAIL_FROM_MS)
    return warn(
      `the last audit event is ${seconds(ahead)} in the future: the clock was wrong then, or is now`,
    );
  if (dataSource.options.type === 'better-sqlite3') return ok(new Date().toISOString());
  const difference = await differenceTo(dataSource);
  const detail = `differs from the database's by ${seconds(difference)}`;
  if (Math.abs(difference) >= FAIL_FROM_MS) return fail(`${detail}; set both, by NTP`);
  return Math.abs(difference) >= WARN_FROM_MS ? warn(`${detail}; set both, by NTP`) : ok(detail);
}

/** In ms, as of the middle of the question. */
async function differenceTo(dataSource: DataSource): Promise<number> {
  const asked = Date.now();
  const [{ now }] = await dataSource.query('SELECT EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS now');
  return (asked + Date.now()) / 2 - Number(now);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

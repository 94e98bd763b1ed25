import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CleanUps, PIECE } from '../../../src/platform/database/clean-ups.service.js';
import { Database } from '../../../src/platform/database/database.service.js';
import { Leases } from '../../../src/platform/database/leases.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { clock, HOUR, MINUTE, SECOND } from '../../support/clock.js';
import { rowsOfUser } from '../../support/sessions.js';

const LONG_AGO = 1;
const EXPIRED = `DELETE FROM scraps WHERE id IN (
  SELECT id FROM scraps WHERE expires_at < :now ORDER BY expires_at LIMIT ${PIECE})`;
const FILL = `WITH RECURSIVE numbers (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM numbers WHERE id < 10000)
  INSERT INTO scraps (id, expires_at) SELECT id, ${LONG_AGO} FROM numbers`;

describe('a clean-up', () => {
  let app: TestApp;
  const nodes: CleanUps[] = [];
  /** How many rows each statement of the clean-up of `scraps` removed. */
  const pieces: number[] = [];

  const run = (sql: string, params = {}) => app.database.run({ sql, params });
  const values = async (sql: string) =>
    (await app.database.query<object>(sql)).map((row) => Object.values(row)[0] as unknown);
  /** The clock goes on, and the intervals of the server pass. */
  const minutesPass = (minutes: number) => vi.advanceTimersByTimeAsync(minutes * MINUTE);
  /** A node that cleans up `scraps` every minute, and says when it looks. */
  const startNode = (onLook = () => {}): CleanUps => {
    const cleanUps = new CleanUps(app.database, new Leases(app.database));
    nodes.push(cleanUps);
    cleanUps.every(MINUTE, 'scraps', (now) => {
      onLook();
      return { sql: EXPIRED, params: { now } };
    });
    return cleanUps;
  };

  beforeAll(async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
    app = await startApp();
    await run('CREATE TABLE scraps (id integer PRIMARY KEY, expires_at bigint)');
    const real = Database.prototype.run.bind(app.database);
    vi.spyOn(app.database, 'run').mockImplementation(async (statement) => {
      const result = await real(statement);
      if (statement.sql === EXPIRED) pieces.push(result.affected);
      return result;
    });
  });
  beforeEach(async () => {
    pieces.splice(0);
    await run('DELETE FROM leases');
    await run('DELETE FROM scraps');
  });
  afterEach(() => nodes.splice(0).forEach((node) => node.onModuleDestroy()));
  afterAll(async () => {
    vi.restoreAllMocks();
    clock.release();
    await app.close();
  });

  it('of the server takes what has expired and leaves everything else', async () => {
    const [gone, stays] = [await app.as.member(), await app.as.member()];
    await run('UPDATE sessions SET expires_at = :at WHERE user_id = :id', { at: LONG_AGO, id: gone.id });
    await run('UPDATE audit_events SET at = :at WHERE actor_id = :id', { at: LONG_AGO, id: gone.id });
    const failures =
      'INSERT INTO failed_attempts (subject, failures, failed_at, retry_at) VALUES (:subject, 1, :at, :at)';
    await run(failures, { subject: 'old', at: LONG_AGO });
    await run(failures, { subject: 'recent', at: Date.now() - 23 * HOUR });

    await minutesPass(10);
    const actors = () => values('SELECT actor_id FROM audit_events');
    await expect.poll(actors).not.toContain(gone.id);
    await expect.poll(() => values('SELECT subject FROM failed_attempts')).toEqual(['recent']);
    await expect.poll(() => rowsOfUser(app, gone.id)).toEqual([]);
    expect(await rowsOfUser(app, stays.id)).toHaveLength(1);
    expect(await actors()).toContain(stays.id);
    expect(app.log.filter((line) => line.includes('"context":"CleanUps"'))).toEqual([]);
  });

  it('goes in small pieces, and lets others write in between', async () => {
    await run(FILL);
    startNode();
    await minutesPass(1);
    let between = 0;
    for (let id = 20_000; pieces.length <= 20; id++) {
      const before = pieces.length;
      await run('INSERT INTO scraps (id, expires_at) VALUES (:id, :later)', { id, later: Date.now() + HOUR });
      if (before > 0 && pieces.length <= 20) between++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(pieces).toEqual([...Array(20).fill(PIECE), 0]);
    expect(between).toBeGreaterThan(0);
  });

  it('is done by one node at a time, and by another when that one is gone', async () => {
    let looks = 0;
    const [first, second] = [startNode(() => looks++), startNode(() => looks++)];
    for (const round of [1, 2, 3]) {
      await minutesPass(1);
      await expect.poll(() => looks).toBe(2 * round);
      await expect.poll(() => pieces.length).toBe(round);
    }
    const owners = () => values(`SELECT owner FROM leases WHERE name LIKE '%scraps'`);
    const [owner] = await owners();
    const isFirst = owner === (first as unknown as { leases: { owner: string } }).leases.owner;
    (isFirst ? first : second).onModuleDestroy();
    await minutesPass(1);
    await expect.poll(() => pieces.length).toBe(4);
    expect(await owners()).not.toContain(owner);
  });

  it('takes nothing before its time because the clock is an hour ahead', async () => {
    const soon = Date.now() + 30 * MINUTE;
    await run(`INSERT INTO scraps (id, expires_at) VALUES (1, :soon), (2, ${LONG_AGO})`, { soon });
    startNode();
    clock.forward(HOUR);
    await minutesPass(1);
    await expect.poll(() => pieces).toEqual([1]);
    clock.forward(-HOUR);
    expect(await values('SELECT id FROM scraps')).toEqual([1]);
  });

  it('waits for a lease of another until that has run out', async () => {
    const [mine, another] = [new Leases(app.database), new Leases(app.database)];
    expect(await mine.take('x', MINUTE)).toBe(true);
    clock.forward(59 * SECOND);
    expect(await another.take('x', MINUTE)).toBe(false);
    expect(await mine.take('x', MINUTE), 'its own can be held for longer').toBe(true);
    clock.forward(MINUTE);
    expect(await another.take('x', MINUTE)).toBe(true);
    expect(await mine.take('x', MINUTE)).toBe(false);
    expect(await mine.take('y', MINUTE), 'a lease for other work').toBe(true);
  });

  it('is not held up by a lease that was taken while the clock was an hour ahead', async () => {
    const [mine, another] = [new Leases(app.database), new Leases(app.database)];
    clock.forward(HOUR);
    expect(await mine.take('x', MINUTE)).toBe(true);
    clock.forward(-HOUR);
    expect(await another.take('x', MINUTE)).toBe(true);
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { EventsService } from '../../../src/platform/audit/events.service.js';
import { ProcessKind } from '../../../src/platform/config/process-kind.js';
import type { CleanUps } from '../../../src/platform/database/clean-ups.service.js';
import type { Statement } from '../../../src/platform/database/database.service.js';
import { Metrics } from '../../../src/platform/http/metrics.js';
import { ActivityService } from '../../../src/operations/overview/activity.service.js';
import { CensusService } from '../../../src/operations/overview/census.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { clock, DAY, HOUR } from '../../support/clock.js';
import { expectProblem } from '../../support/problem.js';
import { statementsDuring } from '../../support/statements.js';

const NOON = Date.UTC(2027, 4, 3, 12, 20);

describe('the overview', () => {
  let app: TestApp;
  let reader: SignedIn;

  beforeAll(async () => {
    app = await startApp();
    clock.stop(new Date(NOON));
    reader = await app.as.holderOf('overview:read');
  });
  beforeEach(() => app.database.query('DELETE FROM activity_counts'));
  afterEach(() => vi.restoreAllMocks());
  afterAll(async () => {
    await app.close();
    clock.release();
  });

  const read = async (query = '') => {
    const { status, body } = await reader.get(`/v1/overview${query}`);
    expect(status).toBe(200);
    return body;
  };
  /** Does something at another time, at which no token would be good. */
  const later = async (ms: number, work: () => Promise<unknown>) => {
    clock.forward(ms);
    await work();
    clock.forward(-ms);
  };
  const thisHour = async () => (await read()).items.at(-1);

  /** Another process on the same database, which has counted so many sign-ins. */
  const otherNode = (signIns: number) => {
    const metrics = new Metrics();
    const count = metrics.counter('gatehouse_logins_total', 'Logins', ['succeeded', 'failed']);
    for (let n = 0; n < signIns; n++) count('succeeded');
    const every = vi.fn();
    const cleanUps = { every } as unknown as CleanUps;
    const events = new EventsService(metrics);
    const activity = new ActivityService(app.database, cleanUps, metrics, events, ProcessKind.SERVER);
    return { activity, every };
  };

  it('counts sign-ins, failures, sign-ups, requests and how long they took', async () => {
    const own = app.nest.get(ActivityService);
    await own.add();
    await app.database.query('DELETE FROM activity_counts');
    const member = await app.as.member();
    await app.as.logIn(member.email);
    await app.as.logIn(member.email);
    const wrong = { email: member.email, password: 'not the one' };
    expectProblem(await app.as.anonymous().post('/v1/auth/login', wrong), 401, 'invalid_credentials');
    await app.nest.get(EventsService).settled();
    await own.add();
    expect(await thisHour()).toEqual({
      at: '2027-05-03T12:00:00.000Z',
      signIns: 2,
      failures: 1,
      signUps: 1,
      requests: 4,
      errors: 0,
      users: null,
      activeSessions: null,
      latency: { p50: expect.any(Number), p95: expect.any(Number), p99: expect.any(Number) },
    });
    const { latency } = await thisHour();
    expect(latency.p50).toBeGreaterThan(0);
    expect(latency.p99).toBeGreaterThanOrEqual(latency.p50);
  });

  it('is exact over several nodes that add at once, and adds nothing twice', async () => {
    const nodes = [3, 4, 5].map((signIns) => otherNode(signIns).activity);
    await Promise.all([...nodes, ...nodes].map((node) => node.add()));
    expect((await thisHour()).signIns).toBe(12);
    await Promise.all(nodes.map((node) => node.add()));
    expect((await thisHour()).signIns).toBe(12);
  });

  it('loses nothing while the database is away', async () => {
    const { activity } = otherNode(2);
    const run = vi.spyOn(app.database, 'run').mockRejectedValueOnce(new Error('away'));
    await activity.add();
    expect(run).toHaveBeenCalledTimes(1);
    expect((await thisHour()).signIns).toBe(0);
    await activity.add();
    expect((await thisHour()).signIns).toBe(2);
  });

  it('adds the rest when the server stops', async () => {
    const { activity } = otherNode(2);
    activity.onModuleInit();
    await activity.onApplicationShutdown();
    expect((await thisHour()).signIns).toBe(2);
  });

  it('has a step for every hour and every day, also for those in which nothing happened', async () => {
    await otherNode(1).activity.add();
    await later(3 * HOUR, () => otherNode(2).activity.add());
    const hours = await read('?from=2027-05-03T11:59:59Z&to=2027-05-03T15:00:00%2B00:00');
    expect(hours).toMatchObject({
      from: '2027-05-03T11:00:00.000Z',
      to: '2027-05-03T16:00:00.000Z',
      step: 'hour',
    });
    expect(hours.items.map(({ signIns }: { signIns: number }) => signIns)).toEqual([0, 1, 0, 0, 2]);
    const days = await read('?step=day');
    expect(days.items).toHaveLength(31);
    expect(days.items.at(-1)).toMatchObject({ at: '2027-05-03T00:00:00.000Z', signIns: 3, latency: null });
    expect(days.items[0]).toMatchObject({ at: '2027-04-03T00:00:00.000Z', signIns: 0 });
    expect((await read()).items).toHaveLength(25);
  });

  it('knows how many users and active sessions there were at the last census', async () => {
    expect((await read()).now).toEqual({ users: null, activeSessions: null, countedAt: null });
    const census = app.nest.get(CensusService);
    await census.take();
    const before = (await read()).now;
    expect(before.countedAt).toBe(new Date(NOON).toISOString());
    const member = await app.as.member();
    const other = await app.as.member();
    expectProblem(await member.get('/v1/overview'), 403, 'insufficient_scope');
    await other.post('/v1/auth/logout');
    expect((await read()).now).toEqual(before);
    await census.take();
    const after = { users: before.users + 2, activeSessions: before.activeSessions + 1 };
    expect((await read()).now).toMatchObject(after);
    expect(await thisHour()).toMatchObject(after);
  });

  it('reads rows in two statements, and counts none', async () => {
    const statements = await statementsDuring(app, () => read('?step=day'));
    expect(statements).toHaveLength(2);
    for (const sql of statements) expect(sql).not.toMatch(/count\s*\(|FROM (users|sessions)/i);
  });

  it('keeps hours for 15 days and days for 400, and no row for longer', async () => {
    const { activity, every } = otherNode(1);
    await activity.add();
    await later(16 * DAY, () => otherNode(1).activity.add());
    activity.onModuleInit();
    const expired = every.mock.calls[0]![2] as (now: number) => Statement;
    const moments = (step: string) =>
      app.database.query('SELECT DISTINCT at FROM activity_counts WHERE step = :step', { step });
    await app.database.run(expired(NOON + 14 * DAY));
    expect([await moments('hour'), await moments('day')].map(({ length }) => length)).toEqual([2, 2]);
    await app.database.run(expired(NOON + 16 * DAY));
    expect([await moments('hour'), await moments('day')].map(({ length }) => length)).toEqual([1, 2]);
    await app.database.run(expired(NOON + 420 * DAY));
    expect(await app.database.query('SELECT * FROM activity_counts')).toEqual([]);
    await activity.onApplicationShutdown();
  });

  it.each([
    ['from=2027-05-03&to=2027-05-02'],
    ['step=day&from=2020-01-01'],
    ['step=minute'],
    ['from=yesterday'],
    ['to=2027-05-03T12:00:00'],
    ['from=2027-01-01&from=2027-01-02'],
    ['until=2027-01-01'],
  ])('refuses %s', async (query) => {
    expectProblem(await reader.get(`/v1/overview?${query}`), 400, 'validation_failed');
  });
});

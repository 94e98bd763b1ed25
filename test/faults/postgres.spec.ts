import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../support/actors.js';
import { Client, type Answer } from '../support/client.js';
import { measured } from '../support/measured.js';
import { OwnPostgres } from '../support/own-postgres.js';
import { expectProblem } from '../support/problem.js';
import type { ServerProcess } from '../support/process.js';
import { SteadyClient, untilServed, type Attempt } from '../support/steady-client.js';
import { startTwoNodes } from '../support/two-nodes.js';

/** More than a pool has connections, so that some wait for one. */
const CLIENTS = 28;
const STALENESS_MS = 5_000;
const ANSWERED_WITHIN_MS = 5_000;
const RECOVERED_WITHIN_MS = 10_000;

describe('two nodes whose PostgreSQL goes away', () => {
  let postgres: OwnPostgres;
  let nodes: ServerProcess[] = [];
  /** The one refuses guarded requests when it has lost sight of revocations, the other goes on. */
  let closed: Client;
  let open: Client;
  let clients: SteadyClient[] = [];
  /** They do nothing but use the tokens they have. */
  let watchers: { closed: SteadyClient; open: SteadyClient };
  /** A user who comes at any time, and finds all connections taken by others who wait. */
  let latecomer: SteadyClient;

  beforeAll(async () => {
    postgres = await OwnPostgres.start();
    nodes = await startTwoNodes(
      { DATABASE_URL: postgres.url, REVOCATION_STALENESS: `${STALENESS_MS / 1000}s` },
      [{}, { REVOCATION_FAIL: 'open' }],
    );
    [closed, open] = nodes.map(({ url }) => new Client(url)) as [Client, Client];
    const onNode = (n: number) => (n % 2 ? open : closed).url;
    clients = await Promise.all(
      Array.from({ length: CLIENTS }, (_, n) => SteadyClient.make(onNode(n), `steady-${n}@example.com`)),
    );
    watchers = {
      closed: await SteadyClient.make(closed.url, 'closed@example.com'),
      open: await SteadyClient.make(open.url, 'open@example.com'),
    };
    latecomer = await SteadyClient.make(closed.url, 'late@example.com');
  });
  afterAll(async () => {
    const stopped = clients.map((client) => client.stop());
    await Promise.all(nodes.map((node) => node.discard()));
    await Promise.all(stopped);
    await postgres?.discard();
  });

  /** Each with how it goes away and how it comes back. */
  const FAULTS: [string, number, () => Promise<void>, () => Promise<void>][] = [
    ['is frozen', 10_000, async () => postgres.freeze(), async () => postgres.thaw()],
    ['is stopped', 7_000, () => postgres.stop(), () => postgres.start()],
    ['is killed', 7_000, () => postgres.kill(), () => postgres.start()],
  ];

  it.each(FAULTS)('keep their promises when it %s for %i ms', async (fault, away, goAway, comeBack) => {
    const pids = nodes.map(({ pid }) => pid);
    for (const each of [...clients, latecomer, watchers.closed, watchers.open]) each.attempts.length = 0;
    for (const each of [watchers.closed, watchers.open]) {
      await each.refresh();
      expect((await each.whoAmI()).status).toBe(200);
    }
    for (const client of clients) client.run(100);
    await untilServed(clients, 8);

    // While it stops it answers no more.
    const leavesAt = performance.now();
    await goAway();
    const awayAt = performance.now();
    const signUp = signUpMeanwhile(fault);
    const late: Promise<Attempt>[] = [];
    while (performance.now() - awayAt < away) {
      late.push(latecomer.refresh());
      await Promise.all([watchers.closed.whoAmI(), watchers.open.whoAmI()]);
      await setTimeout(100);
    }
    const health = [await closed.get('/health/ready'), await closed.get('/health/live')];
    const [refusedSignUp, signUpTook] = await signUp;
    await comeBack();
    const backAt = performance.now();
    await expectToServeAgain();
    const recovery = performance.now() - backAt;
    expect(recovery).toBeLessThan(RECOVERED_WITHIN_MS);
    await untilServed(clients, 8);
    await Promise.all(clients.map((client) => client.stop()));

    expect(health.map(({ status }) => status)).toEqual([503, 200]);
    expectProblem(refusedSignUp, 503, 'unavailable');
    expect(signUpTook).toBeLessThan(ANSWERED_WITHIN_MS);
    const [refusing, trusting] = [watchers.closed, watchers.open].map(({ attempts }) =>
      attempts.filter(({ startedAt }) => startedAt > awayAt && startedAt < backAt),
    );
    expectTheirPromise(refusing!, leavesAt, awayAt);
    expect(new Set(trusting!.map(({ status }) => status))).toEqual(new Set([200]));
    await Promise.all(late);
    const attempts = [...clients, latecomer].flatMap((client) => client.attempts);
    const refused = attempts.filter(({ status }) => status !== 200);
    expectUnavailable(refused);
    const slowest = Math.max(...refused.map(({ ms }) => ms));
    expect(slowest).toBeLessThan(ANSWERED_WITHIN_MS);
    expect(nodes.map(({ pid }) => pid)).toEqual(pids);
    expect(await Promise.all([...clients, latecomer].map((client) => client.isWell()))).not.toContain(false);

    measured(
      `PostgreSQL ${fault}: ${attempts.length} requests, ${refused.length} answered 503, the slowest in ` +
        `${Math.round(slowest)} ms; served again after ${Math.round(recovery)} ms`,
    );
  });

  async function signUpMeanwhile(fault: string): Promise<[Answer, number]> {
    const startedAt = performance.now();
    const email = `${fault.replaceAll(' ', '-')}@example.com`;
    const answer = await closed.post('/v1/auth/signup', { email, password: PASSWORD });
    return [answer, performance.now() - startedAt];
  }

  async function expectToServeAgain(): Promise<void> {
    for (const watcher of [watchers.closed, watchers.open]) {
      for (const step of [watcher.refresh, watcher.rename, watcher.whoAmI]) {
        await expect.poll(async () => (await step()).status, { timeout: 20_000, interval: 50 }).toBe(200);
      }
    }
  }
});

/** Served until its node had lost sight of revocations for too long, and not once after that. */
function expectTheirPromise(guarded: Attempt[], leavesAt: number, awayAt: number): void {
  const first = guarded.findIndex(({ status }) => status !== 200);
  // It may have looked half a second before.
  expect(guarded[first]!.startedAt - leavesAt).toBeGreaterThan(STALENESS_MS - 1_500);
  expect(guarded[first]!.startedAt - awayAt).toBeLessThan(STALENESS_MS + 1_000);
  expectUnavailable(guarded.slice(first));
}

function expectUnavailable(refused: Attempt[]): void {
  expect(new Set(refused.map(({ status, code }) => `${status} ${code}`))).toEqual(
    new Set(['503 unavailable']),
  );
  expect(refused.filter(({ retryAfter }) => !/^[1-9]\d*$/.test(retryAfter ?? ''))).toEqual([]);
}

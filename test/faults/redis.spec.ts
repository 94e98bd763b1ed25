import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../support/actors.js';
import { Client } from '../support/client.js';
import { measured, median, rounded } from '../support/measured.js';
import { OwnPostgres } from '../support/own-postgres.js';
import { OwnRedis } from '../support/own-redis.js';
import type { ServerProcess } from '../support/process.js';
import { SteadyClient } from '../support/steady-client.js';
import { startTwoNodes } from '../support/two-nodes.js';

const ROUNDS = 5;
const PUSHED_WITHIN_MS = 100;
const POLLED_WITHIN_MS = 1_000;
const ANSWER = { email: 'leaving@example.com', password: PASSWORD };

describe('two nodes whose Redis goes away', () => {
  let postgres: OwnPostgres;
  let redis: OwnRedis;
  let nodes: ServerProcess[] = [];
  let a: Client;
  let b: Client;
  let clients: SteadyClient[] = [];

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([OwnPostgres.start(), OwnRedis.start()]);
    nodes = await startTwoNodes({ DATABASE_URL: postgres.url, REDIS_URL: redis.url });
    [a, b] = nodes.map(({ url }) => new Client(url)) as [Client, Client];
    await a.post('/v1/auth/signup', ANSWER);
    clients = [
      await SteadyClient.make(a.url, 'at-a@example.com'),
      await SteadyClient.make(b.url, 'at-b@example.com'),
    ];
  });
  afterAll(async () => {
    const stopped = clients.map((client) => client.stop());
    await Promise.all(nodes.map((node) => node.discard()));
    await Promise.all(stopped);
    await redis?.kill();
    await postgres?.discard();
  });

  /** From the answer of one node to the refusal of the other, in ms, a few times. */
  const propagation = async (rounds = ROUNDS): Promise<number[]> => {
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const { access_token } = (await b.post('/v1/auth/login', ANSWER)).body;
      const headers = { authorization: `Bearer ${access_token}` };
      expect((await b.get('/v1/auth/whoami', headers)).status).toBe(200);
      expect((await a.post('/v1/auth/logout', undefined, headers)).status).toBe(204);
      const startedAt = performance.now();
      await expect
        .poll(async () => (await b.get('/v1/auth/whoami', headers)).status, { interval: 5, timeout: 10_000 })
        .toBe(401);
      times.push(performance.now() - startedAt);
    }
    return times;
  };

  it('tell each other by polling until it is back, and answer everything', async () => {
    for (const client of clients) client.run(50);
    const pushed = await propagation();

    await redis.kill();
    const polled = await propagation();
    // A node that starts now does without, too.
    await clients[1]!.stop();
    await nodes[1]!.stop('SIGKILL');
    await nodes[1]!.start();
    const polledAfterStart = await propagation(2);

    await redis.start();
    clients[1]!.run(50);
    const startedAt = performance.now();
    await expect
      .poll(async () => (await propagation(1))[0], { timeout: 20_000, interval: 100 })
      .toBeLessThan(PUSHED_WITHIN_MS);
    const backAfter = performance.now() - startedAt;
    const pushedAgain = await propagation();
    await Promise.all(clients.map((client) => client.stop()));

    expect(median(pushed)).toBeLessThan(PUSHED_WITHIN_MS);
    expect(median(polled)).toBeLessThan(POLLED_WITHIN_MS);
    expect(median(pushedAgain)).toBeLessThan(PUSHED_WITHIN_MS);
    // The slowest may meet a busy machine.
    expect(Math.max(...polled, ...polledAfterStart)).toBeLessThan(2 * POLLED_WITHIN_MS);
    const attempts = clients.flatMap((client) => client.attempts);
    expect(attempts.filter(({ status }) => status !== 200)).toEqual([]);
    expect(await Promise.all(clients.map((client) => client.isWell()))).toEqual([true, true]);
    measured(`pushed in ${rounded(pushed)} ms; polled in ${rounded([...polled, ...polledAfterStart])} ms`);
    measured(`pushed again ${Math.round(backAfter)} ms after the restart, in ${rounded(pushedAgain)} ms`);
  });
});

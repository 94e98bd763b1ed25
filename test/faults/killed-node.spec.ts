import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measured } from '../support/measured.js';
import { OwnPostgres } from '../support/own-postgres.js';
import type { ServerProcess } from '../support/process.js';
import { RoundRobin } from '../support/round-robin.js';
import { SteadyClient, untilServed } from '../support/steady-client.js';
import { startTwoNodes } from '../support/two-nodes.js';

const CLIENTS = 6;
/** What was under way to the node that died, and what was sent there before the proxy noticed. */
const NOTICED_WITHIN_MS = 1_000;

describe('two nodes behind a proxy, one of which is killed', () => {
  let postgres: OwnPostgres;
  let nodes: ServerProcess[] = [];
  let proxy: RoundRobin | undefined;
  let clients: SteadyClient[] = [];

  beforeAll(async () => {
    postgres = await OwnPostgres.start();
    nodes = await startTwoNodes({ DATABASE_URL: postgres.url, RATE_LIMIT: 'off' });
    const { url } = (proxy = await new RoundRobin(nodes.map((node) => node.url)).listen());
    const emails = Array.from({ length: CLIENTS }, (_, n) => `steady-${n}@example.com`);
    clients = await Promise.all(emails.map((email) => SteadyClient.make(url, email)));
  });
  afterAll(async () => {
    const stopped = clients.map((client) => client.stop());
    proxy?.close();
    await Promise.all(nodes.map((node) => node.discard()));
    await Promise.all(stopped);
    await postgres?.discard();
  });

  it('answer everything by the other one; who tries again loses no session', async () => {
    for (const client of clients) client.run();
    await untilServed(clients, 100);
    const killedAt = performance.now();
    await nodes[0]!.stop('SIGKILL');
    await untilServed(clients, 200);
    await nodes[0]!.start();
    await untilServed(clients, 50);
    await Promise.all(clients.map((client) => client.stop()));

    const attempts = clients.flatMap((client) => client.attempts);
    const failed = attempts.filter(({ status }) => status !== 200);
    // Cut off in the middle, which the proxy says; the nodes themselves never answer with an error.
    expect(failed.filter(({ status }) => status !== 502)).toEqual([]);
    expect(failed.length).toBeLessThanOrEqual(2 * CLIENTS);
    const failedAt = failed.map(({ startedAt, ms }) => startedAt + ms - killedAt);
    expect(Math.max(0, ...failedAt)).toBeLessThan(NOTICED_WITHIN_MS);
    expect(Math.min(0, ...failedAt)).toBeGreaterThan(-100);
    const after = attempts.filter(({ startedAt }) => startedAt > killedAt + NOTICED_WITHIN_MS);
    expect(after.length).toBeGreaterThan(CLIENTS * 10);

    expect(await Promise.all(clients.map((client) => client.isWell()))).toEqual(clients.map(() => true));
    const back = await Promise.all(clients.map((client) => client.whoAmI(nodes[0]!.url)));
    expect(back.map(({ status }) => status)).toEqual(clients.map(() => 200));
    measured(`${attempts.length} requests, ${failed.length} cut off by the kill, no session lost`);
  });
});

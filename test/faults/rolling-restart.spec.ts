import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../support/client.js';
import { measured } from '../support/measured.js';
import { OwnPostgres } from '../support/own-postgres.js';
import type { ServerProcess } from '../support/process.js';
import { RoundRobin } from '../support/round-robin.js';
import { SteadyClient, untilServed } from '../support/steady-client.js';
import { startTwoNodes } from '../support/two-nodes.js';

const CLIENTS = 6;

describe('two nodes behind a proxy, restarted one after the other', () => {
  let postgres: OwnPostgres;
  let nodes: ServerProcess[] = [];
  let proxy: RoundRobin | undefined;
  let clients: SteadyClient[] = [];

  beforeAll(async () => {
    postgres = await OwnPostgres.start();
    nodes = await startTwoNodes({ DATABASE_URL: postgres.url, RATE_LIMIT: 'off', SHUTDOWN_DELAY: '2s' });
    const { url } = (proxy = await new RoundRobin(nodes.map((node) => node.url)).listen());
    const emails = Array.from({ length: CLIENTS }, (_, n) => `rolling-${n}@example.com`);
    clients = await Promise.all(emails.map((email) => SteadyClient.make(url, email)));
  });
  afterAll(async () => {
    const stopped = clients.map((client) => client.stop());
    proxy?.close();
    await Promise.all(nodes.map((node) => node.discard()));
    await Promise.all(stopped);
    await postgres?.discard();
  });

  it('fail not one request', async () => {
    for (const client of clients) client.run();
    const startedAt = performance.now();
    for (const node of nodes) {
      await untilServed(clients, 50);
      const stopped = node.stop('SIGTERM');
      await expectToLeavePolitely(node.url);
      await stopped;
      expect(node.exitCode).toBe(0);
      await node.start();
    }
    await untilServed(clients, 50);
    await Promise.all(clients.map((client) => client.stop()));

    const attempts = clients.flatMap((client) => client.attempts);
    expect(attempts.filter(({ status }) => status !== 200)).toEqual([]);
    expect(attempts.length).toBeGreaterThan(CLIENTS * 50);
    expect(await Promise.all(clients.map((client) => client.isWell()))).toEqual(clients.map(() => true));
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    measured(`${attempts.length} requests in ${seconds} s, 0 failed`);
  });

  /** Not ready, yet serving; and who keeps connections open is asked to come no more. */
  async function expectToLeavePolitely(url: string): Promise<void> {
    const direct = new Client(url);
    await expect
      .poll(async () => (await direct.get('/health/ready')).body.code, { interval: 20 })
      .toBe('stopping');
    expect((await direct.get('/health/ready')).status).toBe(503);
    const served = await direct.get('/.well-known/jwks.json');
    expect({ status: served.status, connection: served.headers.get('connection') }).toEqual({
      status: 200,
      connection: 'close',
    });
  }
});

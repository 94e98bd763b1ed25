import SqliteFile from 'better-sqlite3';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../support/client.js';
import { measured } from '../support/measured.js';
import { freePort, ServerProcess } from '../support/process.js';
import { SmallDisk } from '../support/small-disk.js';
import { SteadyClient } from '../support/steady-client.js';

const MEGABYTES = 6;
const CLIENTS = 4;
const RECOVERED_WITHIN_MS = 10_000;

describe('a server whose disk is full', () => {
  let disk: SmallDisk;
  let log: number;
  let server: ServerProcess;
  let clients: SteadyClient[] = [];

  beforeAll(async () => {
    disk = new SmallDisk(MEGABYTES);
    // Its log is on the same disk.
    log = openSync(join(disk.folder, 'log'), 'a');
    const env = {
      DATABASE_URL: `sqlite:${join(disk.folder, 'gatehouse.db')}`,
      GATEHOUSE_SECRET: randomBytes(48).toString('base64url'),
      RATE_LIMIT: 'off',
      LOG_LEVEL: 'debug',
    };
    server = await new ServerProcess(await freePort(), env, { stdio: ['ignore', log, log] }).start();
    const emails = Array.from({ length: CLIENTS }, (_, n) => `disk-${n}@example.com`);
    clients = await Promise.all(emails.map((email) => SteadyClient.make(server.url, email)));
  });
  afterAll(async () => {
    const stopped = clients.map((client) => client.stop());
    await server?.discard();
    await Promise.all(stopped);
    if (log !== undefined) closeSync(log);
    disk?.discard();
  });

  const lines = () => readFileSync(join(disk.folder, 'log'), 'utf8').split('\n').length;
  const refusals = () =>
    clients.flatMap(({ attempts }) => attempts).filter(({ status }) => status !== 200 && status !== 0);

  /** What SQLite says of its file. */
  function integrity(): unknown {
    const file = new SqliteFile(join(disk.folder, 'gatehouse.db'), { readonly: true });
    try {
      return file.pragma('integrity_check', { simple: true });
    } finally {
      file.close();
    }
  }

  async function fillUp(): Promise<void> {
    disk.fill();
    for (const client of clients) client.attempts.length = 0;
    for (const client of clients) client.run(0);
    await expect.poll(() => refusals().length, { timeout: 20_000 }).toBeGreaterThan(10 * CLIENTS);
    await Promise.all(clients.map((client) => client.stop()));
  }

  it('says 503 for what it cannot write, serves the rest, and goes on when there is room again', async () => {
    const { pid } = server;
    await fillUp();
    const refused = refusals();
    expect(new Set(refused.map(({ status, code }) => `${status} ${code}`))).toEqual(
      new Set(['503 unavailable']),
    );
    expect(refused.filter(({ retryAfter }) => !/^[1-9]\d*$/.test(retryAfter ?? ''))).toEqual([]);
    expect(refused.filter(({ what }) => what === 'whoami')).toEqual([]);
    const health = ['live', 'ready'].map((path) => new Client(server.url).get(`/health/${path}`));
    expect((await Promise.all(health)).map(({ status }) => status)).toEqual([200, 200]);
    const live = await Promise.all(clients.map((client) => client.whoAmI()));
    expect(live.map(({ status }) => status)).toEqual(clients.map(() => 200));
    expect(integrity()).toBe('ok');

    const lost = lines();
    disk.free();
    const freedAt = performance.now();
    await expect.poll(async () => (await clients[0]!.refresh()).status, { timeout: 20_000 }).toBe(200);
    const recovery = performance.now() - freedAt;
    expect(recovery).toBeLessThan(RECOVERED_WITHIN_MS);
    expect(await Promise.all(clients.map((client) => client.isWell()))).toEqual(clients.map(() => true));
    await expect.poll(lines).toBeGreaterThan(lost);
    expect(server.pid).toBe(pid);
    expect(server.exitCode).toBe(null);
    measured(
      `${refused.length} answered 503 on the full disk; served ${Math.round(recovery)} ms after it was freed`,
    );
  });

  it('keeps its file whole when it is killed then, and every session', async () => {
    await fillUp();
    await server.stop('SIGKILL');
    expect(integrity()).toBe('ok');
    disk.free();
    await server.start();
    expect(await Promise.all(clients.map((client) => client.isWell()))).toEqual(clients.map(() => true));
    expect(integrity()).toBe('ok');
  });
});

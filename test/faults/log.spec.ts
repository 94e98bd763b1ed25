import { randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { PASSWORD } from '../support/actors.js';
import { Client } from '../support/client.js';
import { freePort, ServerProcess } from '../support/process.js';

const REQUESTS = 400;
/** Each is in the log with its path, so that what is logged exceeds what a pipe and the server hold. */
const LONG_PATH = `/${'x'.repeat(10_000)}`;
const PATIENCE_MS = 10_000;

describe('a server whose log goes nowhere', () => {
  const servers: ServerProcess[] = [];
  const full: number[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.discard()));
    for (const file of full.splice(0)) closeSync(file);
  });

  async function start(output?: string): Promise<ServerProcess> {
    if (output) full.push(openSync(output, 'a'));
    const env = {
      GATEHOUSE_SECRET: randomBytes(48).toString('base64url'),
      RATE_LIMIT: 'off',
      LOG_LEVEL: 'trace',
    };
    const stdio = full.length > 0 ? { stdio: ['ignore' as const, full[0]!, full[0]!] } : {};
    const server = new ServerProcess(await freePort(), env, stdio);
    servers.push(server);
    return server.start();
  }

  it.each<[string, () => Promise<ServerProcess>]>([
    [
      'its standard output and error are closed',
      async () => {
        const server = await start();
        server.stopReading();
        return server;
      },
    ],
    ['they are on a disk that is full', () => start('/dev/full')],
    [
      'nobody reads them',
      async () => {
        const server = await start();
        server.pauseReading();
        return server;
      },
    ],
  ])('answers and stops as ever when %s', async (_, lose) => {
    const server = await lose();
    const client = new Client(server.url);
    const account = { email: 'ada@example.com', password: PASSWORD };
    const { access_token } = (await client.post('/v1/auth/signup', account)).body;
    const ada = client.with({ authorization: `Bearer ${access_token}` });
    for (let sent = 0; sent < REQUESTS; sent++) expect((await ada.get(LONG_PATH)).status).toBe(404);
    expect((await ada.get('/v1/me')).status).toBe(200);
    expect((await client.get('/health/ready')).status).toBe(200);
    expect(server.exitCode).toBe(null);

    const startedAt = performance.now();
    await server.stop('SIGTERM');
    expect(server.exitCode).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(PATIENCE_MS);
  });
});

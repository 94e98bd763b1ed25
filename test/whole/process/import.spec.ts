import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN } from '../../support/actors.js';
import { Client } from '../../support/client.js';
import { makeDatabase, type TestDatabase } from '../../support/database.js';
import { NDJSON } from '../../support/lines.js';
import { measured, median } from '../../support/measured.js';
import { freePort, ServerProcess } from '../../support/process.js';

/** More by hand: `IMPORT_USERS=1000000 npx vitest run --config vitest.slow.config.ts test/whole/process/import.spec.ts`. */
const USERS = Number(process.env['IMPORT_USERS'] ?? 20_000);
const HASH = '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy';
const WITHIN_MS = 60_000 + USERS * 5;
/** A piece of lines as long as a network would hand on. */
const LINES_AT_ONCE = 500;

function* lines() {
  for (let from = 0; from < USERS; from += LINES_AT_ONCE) {
    const count = Math.min(LINES_AT_ONCE, USERS - from);
    yield Array.from(
      { length: count },
      (_, n) => `{"email":"user-${from + n}@example.com","name":"User","passwordHash":"${HASH}"}\n`,
    ).join('');
  }
}

describe(`an import of ${USERS} users`, () => {
  let database: TestDatabase;
  let server: ServerProcess;
  let admin: Client;
  /** In MB. */
  const memory = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))![1]) / 1024;

  /** Looks at the memory, and how long others wait, until `work` is done. */
  const watching = async <T>(work: Promise<T>) => {
    const waits: number[] = [];
    let peak = 0;
    const over = new AbortController();
    const watch = (async () => {
      while (!over.signal.aborted) {
        peak = Math.max(peak, memory());
        const startedAt = performance.now();
        expect((await admin.get('/v1/auth/whoami')).status).toBe(200);
        waits.push(performance.now() - startedAt);
        await setTimeout(5);
      }
    })();
    const result = await work.finally(() => over.abort());
    await watch;
    return { result, peak, wait: median(waits) };
  };

  beforeAll(async () => {
    database = await makeDatabase({ isShared: true });
    const env = {
      DATABASE_URL: database.url,
      ADMIN_PASSWORD: ADMIN.password,
      LOG_LEVEL: 'warn',
      RATE_LIMIT: 'off',
      ACCESS_TOKEN_TTL: '1h',
    };
    server = await new ServerProcess(await freePort(), env).start();
    const { body } = await new Client(server.url).post('/v1/auth/login', ADMIN);
    admin = new Client(server.url, { authorization: `Bearer ${body.access_token}` });
  });
  afterAll(async () => {
    await server.discard();
    await database.drop();
  });

  it(
    'takes no more memory for more lines, in and out, and lets others pass',
    { timeout: WITHIN_MS },
    async () => {
      const before = memory();
      const outgoing = request(`${server.url}/v1/users/import`, {
        method: 'POST',
        headers: { ...admin.headers, ...NDJSON },
      });
      const startedAt = performance.now();
      Readable.from(lines()).pipe(outgoing);
      const answered = once(outgoing, 'response').then(([response]) => text(response as IncomingMessage));
      const { result, peak, wait } = await watching(answered);
      const seconds = (performance.now() - startedAt) / 1000;
      expect(JSON.parse(result)).toMatchObject({ created: USERS, failed: 0 });
      measured(
        `${USERS} users in ${seconds.toFixed(0)} s, from ${before.toFixed(0)} to at most ${peak.toFixed(0)} MB; ` +
          `others wait ${wait.toFixed(0)} ms`,
      );
      expect(peak - before).toBeLessThan(120);
      expect(wait).toBeLessThan(200);

      const beforeExport = memory();
      const download = async () => {
        const response = await fetch(`${server.url}/v1/users/export`, { headers: admin.headers });
        let count = 0;
        for await (const chunk of response.body!) for (const byte of chunk) if (byte === 0x0a) count++;
        return count;
      };
      const exported = await watching(download());
      expect(exported.result).toBe(USERS + 1);
      measured(`out again, from ${beforeExport.toFixed(0)} to at most ${exported.peak.toFixed(0)} MB`);
      expect(exported.peak - beforeExport).toBeLessThan(120);
    },
  );
});

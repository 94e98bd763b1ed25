import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { Client } from '../../support/client.js';
import { isPostgres, makeDatabase, queryAt, type TestDatabase } from '../../support/database.js';
import { freePort, ServerProcess } from '../../support/process.js';

const REDIS_URL = process.env['TEST_REDIS_URL'];
/** Where two nodes can keep their counts, where it runs. */
const STORES = [
  ['PostgreSQL', isPostgres, {}],
  ['Redis', REDIS_URL !== undefined, { REDIS_URL: REDIS_URL! }],
] as const;
/** A node that waits for its store for too long counts for itself, as it may: that tells nothing of counting together. */
const TELLS_NOTHING = 'this node counts for itself';
const TRIES = 4;

for (const [store, isThere, env] of STORES)
  describe.runIf(isThere)(`two nodes that share ${store}`, () => {
    let database: TestDatabase;
    let nodes: ServerProcess[];
    let clients: Client[];

    beforeAll(async () => {
      database = await makeDatabase({ isShared: true });
      const shared = {
        DATABASE_URL: database.url,
        GATEHOUSE_SECRET: randomBytes(48).toString('base64url'),
        PUBLIC_URL: 'http://localhost:3000',
        LOG_LEVEL: 'warn',
        SMTP_URL: 'smtp://127.0.0.1:1',
        ...env,
      };
      nodes = [new ServerProcess(await freePort(), shared), new ServerProcess(await freePort(), shared)];
      await Promise.all(nodes.map((node) => node.start()));
      clients = nodes.map(({ url }) => new Client(url));
    });
    afterAll(async () => {
      await Promise.all(nodes.map((node) => node.discard()));
      await database.drop();
    });

    /** What parallel requests, half of them to each node, are answered. */
    const statusesOf = async (times: number, path: string, body: object, headers = {}): Promise<number[]> => {
      const answers = await Promise.all(
        Array.from({ length: times }, (__, n) => clients[n % 2]!.post(path, body, headers)),
      );
      return answers.map(({ status }) => status).toSorted();
    };

    /** Holds at once, or else for nodes of which none had to wait for too long. */
    const holds = async (check: (email: string) => Promise<void>): Promise<void> => {
      for (let left = TRIES - 1; ; left--) {
        try {
          return await check(`${randomBytes(6).toString('hex')}@example.com`);
        } catch (error) {
          const said = await Promise.all(nodes.map((node) => node.stop()));
          await Promise.all(nodes.map((node) => node.start()));
          if (left === 0 || !said.join('').includes(TELLS_NOTHING)) throw error;
        }
      }
    };

    it('count what is asked for an address together', { timeout: 60_000 }, () =>
      holds(async (email) => {
        expect(await statusesOf(12, '/v1/auth/email/verification', { email })).toEqual([
          ...Array(5).fill(202),
          ...Array(7).fill(429),
        ]);
      }),
    );

    it(
      'count the failures of an account together, and a success on one is one on both',
      () =>
        holds(async (email) => {
          const { headers } = await clients[0]!.post('/v1/auth/signup', { email, password: PASSWORD });
          const device = { 'device-token': headers.get('device-token')! };
          const wrong = { email, password: 'a wrong passphrase' };
          const fiveOfTen = [...Array(5).fill(401), ...Array(5).fill(429)];
          expect(await statusesOf(10, '/v1/auth/login', wrong)).toEqual(fiveOfTen);
          // They wait for a second, which is over at any time now.
          await queryAt(database.url, `UPDATE failed_attempts SET retry_at = ${Date.now() + 600_000}`);
          // A known device has a count of its own, which its own success ends, on both nodes.
          expect(await statusesOf(4, '/v1/auth/login', wrong, device)).toEqual(Array(4).fill(401));
          const right = { email, password: PASSWORD };
          expect((await clients[1]!.post('/v1/auth/login', right, device)).status).toBe(200);
          expect(await statusesOf(10, '/v1/auth/login', wrong, device)).toEqual(fiveOfTen);
          // It gives no other device new guesses.
          for (const client of clients) expect((await client.post('/v1/auth/login', wrong)).status).toBe(429);
        }),
      60_000,
    );
  });

import { Redis } from 'ioredis';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installationName } from '../../../src/platform/config/derived-key.js';
import { PASSWORD } from '../../support/actors.js';
import { Client } from '../../support/client.js';
import { makeDatabase, type TestDatabase } from '../../support/database.js';
import { freePort, ServerProcess } from '../../support/process.js';

/** Set where a Redis runs. */
const REDIS_URL = process.env['TEST_REDIS_URL'];

describe.runIf(REDIS_URL)('two nodes with Redis', () => {
  let database: TestDatabase;
  let nodes: ServerProcess[];
  let a: Client;
  let b: Client;
  const secret = randomBytes(48).toString('base64url');

  beforeAll(async () => {
    database = await makeDatabase({ isShared: true });
    const env = {
      DATABASE_URL: database.url,
      REDIS_URL: REDIS_URL!,
      GATEHOUSE_SECRET: secret,
      PUBLIC_URL: 'http://localhost:3000',
      LOG_LEVEL: 'fatal',
    };
    nodes = [new ServerProcess(await freePort(), env), new ServerProcess(await freePort(), env)];
    await Promise.all(nodes.map((node) => node.start()));
    [a, b] = nodes.map(({ url }) => new Client(url)) as [Client, Client];
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.discard()));
    await database.drop();
  });

  /** From the answer of one node to the refusal of the other, in ms. */
  const propagation = async (): Promise<number> => {
    const email = `${randomBytes(6).toString('hex')}@example.com`;
    const { access_token } = (await a.post('/v1/auth/signup', { email, password: PASSWORD })).body;
    const headers = { authorization: `Bearer ${access_token}` };
    expect((await b.get('/v1/auth/whoami', headers)).status).toBe(200);
    await a.post('/v1/auth/logout', undefined, headers);
    const startedAt = performance.now();
    while ((await b.get('/v1/auth/whoami', headers)).status !== 401) {
      if (performance.now() - startedAt > 5_000) throw new Error('the other node never heard of it');
    }
    return performance.now() - startedAt;
  };

  it('tell each other at once that a session has ended', async () => {
    const times: number[] = [];
    for (let round = 0; round < 9; round++) times.push(await propagation());
    // The median, for one of nine may meet a busy machine.
    expect(times.toSorted((x, y) => x - y)[4]).toBeLessThan(100);
  });

  it('are not harmed by what does not belong on their channel', async () => {
    const stranger = new Redis(REDIS_URL!);
    const channel = `gatehouse:${installationName(secret)}:revocations`;
    // That both nodes hear it is what makes this one of their channel.
    await expect.poll(() => stranger.publish(channel, 'no JSON')).toBe(2);
    await stranger.publish(channel, '{"kind":"session"}');
    stranger.disconnect();
    expect(await propagation()).toBeLessThan(5_000);
  });
});

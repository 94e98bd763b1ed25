import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../support/client.js';
import { makeDatabase, type TestDatabase } from '../../support/database.js';
import { freePort, GATEHOUSE_SECRET, ServerProcess } from '../../support/process.js';

const SESSIONS = 30;

describe('a server that is killed', () => {
  let database: TestDatabase;
  let server: ServerProcess;
  let client: Client;

  beforeAll(async () => {
    database = await makeDatabase({ isShared: true });
    server = new ServerProcess(await freePort(), {
      DATABASE_URL: database.url,
      GATEHOUSE_SECRET,
      // Every user signs in to one account at once.
      RATE_LIMIT: 'off',
      LOG_LEVEL: 'fatal',
    });
    await server.start();
    client = new Client(server.url);
  });
  afterAll(async () => {
    await server.discard();
    await database.drop();
  });

  it('loses no session: every client retries the token it last sent and is alive', async () => {
    const account = { email: 'ada@example.com', password: 'a long enough passphrase' };
    await client.post('/v1/auth/signup', account);
    const lastSent = await Promise.all(
      Array.from(
        { length: SESSIONS },
        async () => (await client.post('/v1/auth/login', account)).body.refresh_token,
      ),
    );

    let rotations = 0;
    const rotate = async (position: number): Promise<void> => {
      for (;;) {
        const answer = await client
          .post('/v1/auth/refresh', { refresh_token: lastSent[position] })
          .catch(() => undefined);
        if (!answer) return;
        expect(answer.status).toBe(200);
        lastSent[position] = answer.body.refresh_token;
        // In the midst of things: some answers are on their way, some requests are not even read.
        if (++rotations === SESSIONS * 10) void server.stop('SIGKILL');
      }
    };
    await Promise.all(lastSent.map((_, position) => rotate(position)));
    expect(rotations).toBeGreaterThanOrEqual(SESSIONS * 10);

    await server.start();
    const answers = await Promise.all(
      lastSent.map((refresh_token) => client.post('/v1/auth/refresh', { refresh_token })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(SESSIONS).fill(200));
    const alive = await Promise.all(
      answers.map(({ body }) =>
        client.get('/v1/auth/whoami', { authorization: `Bearer ${body.access_token}` }),
      ),
    );
    expect(alive.map(({ status }) => status)).toEqual(Array(SESSIONS).fill(200));
  });

  it('keeps a logged-out session dead', async () => {
    const { body } = await client.post('/v1/auth/signup', {
      email: 'eve@example.com',
      password: 'a long passphrase',
    });
    const authorization = `Bearer ${body.access_token}`;
    expect((await client.post('/v1/auth/logout', undefined, { authorization })).status).toBe(204);
    await server.stop('SIGKILL');
    await server.start();
    expect((await client.get('/v1/auth/whoami', { authorization })).status).toBe(401);
    const refresh = await client.post('/v1/auth/refresh', { refresh_token: body.refresh_token });
    expect(refresh.body.code).toBe('invalid_refresh_token');
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRefreshToken } from '../../../src/tokens/sessions/refresh-token.js';
import { ADMIN, PASSWORD } from '../../support/actors.js';
import { Client, type Answer } from '../../support/client.js';
import { makeDatabase, type TestDatabase } from '../../support/database.js';
import { freePort, GATEHOUSE_SECRET, ServerProcess } from '../../support/process.js';

const ENV = {
  GATEHOUSE_SECRET,
  ADMIN_PASSWORD: ADMIN.password,
  PUBLIC_URL: 'http://localhost:3000',
  LOG_LEVEL: 'fatal',
};

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('two nodes on one database', () => {
  let database: TestDatabase;
  let nodes: ServerProcess[];
  let a: Client;
  let b: Client;
  // Of the first moment, before anything else was done.
  let published: Answer[];
  let accounts: string[];

  beforeAll(async () => {
    database = await makeDatabase({ isShared: true });
    const env = { ...ENV, DATABASE_URL: database.url };
    nodes = [new ServerProcess(await freePort(), env), new ServerProcess(await freePort(), env)];
    // At once: one migrates and makes the key and the admin, the other waits.
    await Promise.all(nodes.map((node) => node.start()));
    [a, b] = nodes.map(({ url }) => new Client(url)) as [Client, Client];
    published = await Promise.all([a, b].map((node) => node.get('/.well-known/jwks.json')));
    const { access_token } = await logIn(ADMIN.email, ADMIN.password);
    const { body } = await a.get('/v1/users', bearer(access_token));
    accounts = body.items.map(({ email }: { email: string }) => email);
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.discard()));
    await database.drop();
  });

  const signUp = async (email: string) =>
    (await a.post('/v1/auth/signup', { email, password: PASSWORD })).body;
  const logIn = async (email: string, password: string) =>
    (await b.post('/v1/auth/login', { email, password })).body;
  /** How long until the other node refuses the token, in ms. */
  const untilRefused = async (node: Client, token: string): Promise<number> => {
    const startedAt = performance.now();
    await expect
      .poll(async () => (await node.get('/v1/auth/whoami', bearer(token))).status, {
        interval: 20,
        timeout: 5_000,
      })
      .toBe(401);
    return performance.now() - startedAt;
  };

  it('start at once with one key and one admin', () => {
    const [first, second] = published;
    expect(first!.body.keys).toHaveLength(2);
    expect(second!.body).toEqual(first!.body);
    expect(accounts).toEqual([ADMIN.email]);
  });

  it('see within a second what changes of an API key and of its owner’s rights', async () => {
    const { access_token: admin } = await logIn(ADMIN.email, ADMIN.password);
    const { access_token: token, user } = await signUp('keys@example.com');
    const make = async () =>
      (await a.post('/v1/api-keys', { name: 'x', scopes: ['account:read'] }, bearer(token))).body;
    const [revoked, lessened] = [await make(), await make()];
    for (const { key } of [revoked, lessened]) expect((await b.get('/v1/me', bearer(key))).status).toBe(200);

    expect((await a.delete(`/v1/api-keys/${revoked.id}`, bearer(token))).status).toBe(204);
    expect(await untilRefused(b, revoked.key)).toBeLessThan(1_500);

    await a.put(`/v1/users/${user.id}/roles`, { roles: [] }, bearer(admin));
    await expect
      .poll(async () => (await b.get('/v1/me', bearer(lessened.key))).status, {
        interval: 20,
        timeout: 1_500,
      })
      .toBe(403);
    await a.patch(`/v1/users/${user.id}`, { status: 'disabled' }, bearer(admin));
    expect(await untilRefused(b, lessened.key)).toBeLessThan(1_500);
  });

  it('give one successor to 50 parallel refreshes of one token, again and again', async () => {
    let { refresh_token } = await signUp('parallel@example.com');
    for (let generation = 1; generation <= 4; generation++) {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, n) => (n % 2 ? a : b).post('/v1/auth/refresh', { refresh_token })),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      const successors = new Set(answers.map(({ body }) => body.refresh_token));
      expect(successors.size).toBe(1);
      [refresh_token] = successors;
      expect(parseRefreshToken(refresh_token)!.generation).toBe(generation);
      const used = await Promise.all(
        answers.map(({ body }, n) => (n % 2 ? b : a).get('/v1/auth/whoami', bearer(body.access_token))),
      );
      expect(new Set(used.map(({ status }) => status))).toEqual(new Set([200]));
    }
  });

  it('tell each other within a second that a session has ended', async () => {
    const { access_token } = await signUp('leaving@example.com');
    expect((await b.get('/v1/auth/whoami', bearer(access_token))).status).toBe(200);
    expect((await a.post('/v1/auth/logout', undefined, bearer(access_token))).status).toBe(204);
    expect((await a.get('/v1/auth/whoami', bearer(access_token))).status).toBe(401);
    expect(await untilRefused(b, access_token)).toBeLessThan(1_500);
  });

  it('tell each other that a role was given', async () => {
    const member = await signUp('promoted@example.com');
    const admin = await logIn(ADMIN.email, ADMIN.password);
    expect((await b.get('/v1/auth/whoami', bearer(member.access_token))).status).toBe(200);
    await a.put(
      `/v1/users/${member.user.id}/roles`,
      { roles: ['admin', 'user'] },
      bearer(admin.access_token),
    );
    expect(await untilRefused(b, member.access_token)).toBeLessThan(1_500);
    const { body } = await b.post('/v1/auth/refresh', { refresh_token: member.refresh_token });
    expect((await b.get('/v1/users', bearer(body.access_token))).status).toBe(200);
  });

  it('make one key when both rotate at once, and know each other’s', async () => {
    const { access_token } = await logIn(ADMIN.email, ADMIN.password);
    const rotate = (node: Client): Promise<Answer> =>
      node.post('/v1/keys/rotate', { force: true }, bearer(access_token));
    await Promise.all([rotate(a), rotate(b)]);
    const { body } = await a.get('/v1/keys', bearer(access_token));
    const stages = body.items.map(({ stage }: { stage: string }) => stage);
    expect(stages.filter((stage: string) => stage !== 'previous')).toEqual(['next', 'current']);

    // Twice in a row: B has not seen the key that A signs with now.
    await rotate(a);
    await rotate(a);
    const { access_token: fresh } = await signUp('fresh@example.com');
    expect((await b.get('/v1/auth/whoami', bearer(fresh))).status).toBe(200);
  });
});

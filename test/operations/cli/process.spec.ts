import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../../src/platform/database/migrate.js';
import { ADMIN, PASSWORD } from '../../support/actors.js';
import { Client } from '../../support/client.js';
import {
  isPostgres,
  makeDatabase,
  queryAt,
  withDataSource,
  type TestDatabase,
} from '../../support/database.js';
import { freePort, GATEHOUSE_SECRET, ServerProcess } from '../../support/process.js';
import { runNode, startNode } from '../../support/run-node.js';

const MAIN = join(import.meta.dirname, '../../../dist/command-line.js');
/** A server looks at what others have revoked twice a second. */
const A_SECOND_OR_SO = { timeout: 1_500, interval: 50 };

describe('the command line as a process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'));
  let database: TestDatabase;
  let server: ServerProcess;
  let env: Record<string, string>;

  beforeAll(async () => {
    database = await makeDatabase({ isShared: true });
    env = {
      DATABASE_URL: database.url,
      GATEHOUSE_SECRET,
      NODE_ENV: 'test',
      RATE_LIMIT: 'off',
      LOG_LEVEL: 'warn',
    };
    const first = { ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password };
    server = await new ServerProcess(await freePort(), { ...env, ...first }).start();
  });
  afterAll(async () => {
    await server.discard();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a command as an operator would, with other settings as well. */
  const gatehouse = (args: string[], more: Record<string, string> = {}) =>
    runNode([MAIN, ...args], { cwd: folder, env: { ...env, ...more } });
  /** Starts one whose output is not read. */
  const unread = (args: string[]) => {
    const { child, ended } = startNode([MAIN, ...args], { cwd: folder, env });
    child.stdout.destroy();
    return { child, ended };
  };
  const signUp = async (email: string) => {
    const { body } = await new Client(server.url).post('/v1/auth/signup', { email, password: PASSWORD });
    return { ...body, client: new Client(server.url, { authorization: `Bearer ${body.access_token}` }) };
  };
  const logIn = (email: string, password: string) =>
    new Client(server.url).post('/v1/auth/login', { email, password });
  const statusOf = async (client: Client) => (await client.get('/v1/auth/whoami')).status;

  it('resets a password, and a running server knows within a second or so', async () => {
    const { client, refresh_token, user } = await signUp('ada@example.com');
    expect(await statusOf(client)).toBe(200);
    const { code, out, err } = await gatehouse(['users:reset-password', 'ada@example.com']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    await expect.poll(() => statusOf(client), A_SECOND_OR_SO).toBe(401);
    expect((await client.post('/v1/auth/refresh', { refresh_token })).status).toBe(401);
    const [, password] = /^the password is (\S+)/m.exec(out)!;
    expect((await logIn('ada@example.com', password!)).status).toBe(200);
    expect((await logIn('ada@example.com', PASSWORD)).status).toBe(401);

    const { body } = await logIn(ADMIN.email, ADMIN.password);
    const admin = new Client(server.url, { authorization: `Bearer ${body.access_token}` });
    const events = (await admin.get('/v1/audit-events?action=user.password_reset')).body.items;
    expect(events).toMatchObject([
      { actor: { kind: 'operator', id: null }, target: { kind: 'user', id: user.id } },
    ]);
    expect(JSON.stringify(events)).not.toContain(password);
    expect(server.output).not.toContain(password);
  });

  it('changes roles and rotates keys under a running server', async () => {
    const { client, refresh_token } = await signUp('bob@example.com');
    expect((await gatehouse(['roles:assign', 'bob@example.com', 'admin', 'user'])).code).toBe(0);
    await expect.poll(() => statusOf(client), A_SECOND_OR_SO).toBe(401);
    const { body } = await client.post('/v1/auth/refresh', { refresh_token });
    const promoted = new Client(server.url, { authorization: `Bearer ${body.access_token}` });
    expect((await promoted.get('/v1/users')).status).toBe(200);

    const { code, out, err } = await gatehouse(['--json', 'keys:rotate', '--force']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const current = JSON.parse(out).find(({ stage }: any) => stage === 'current');
    // The server looks for keys every 15 s.
    const signs = async () =>
      (await promoted.get('/v1/keys')).body.items.find(({ stage }: any) => stage === 'current').kid;
    await expect.poll(signs, { timeout: 20_000, interval: 250 }).toBe(current.kid);
    expect(await statusOf(promoted)).toBe(200);
  });

  it('finds the keys however fast the process began', async () => {
    const justBegun = ['--import', 'data:text/javascript,performance.now = () => 300'];
    const said = await runNode([...justBegun, MAIN, 'keys:rotate', '--force'], { cwd: folder, env });
    expect(said).toMatchObject({ code: 0, err: '' });
  });

  it('gets its turn while the server writes all the time, and fails no request', async () => {
    const { refresh_token } = await signUp('busy@example.com');
    const client = new Client(server.url);
    const done = new AbortController();
    const statuses = new Set<number>();
    const busy = Promise.all(
      Array.from({ length: 4 }, async () => {
        let token = refresh_token;
        while (!done.signal.aborted) {
          const { status, body } = await client.post('/v1/auth/refresh', { refresh_token: token });
          statuses.add(status);
          token = body.refresh_token ?? token;
        }
      }),
    );
    const made = await Promise.all(
      ['one', 'two', 'three'].map((name) => gatehouse(['users:create', '--email', `${name}@example.com`])),
    );
    done.abort();
    await busy;
    expect(made.map(({ code, err }) => ({ code, err }))).toEqual(made.map(() => ({ code: 0, err: '' })));
    expect([...statuses]).toEqual([200]);
  });

  it.skipIf(isPostgres)('says so when another process keeps the database, and changes nothing', async () => {
    const said = await withDataSource(database.url, async (holder) => {
      await holder.query('BEGIN IMMEDIATE');
      return gatehouse(['users:create', '--email', 'kept-out@example.com']);
    });
    expect(said).toEqual({
      code: 1,
      out: '',
      err: 'another process holds the database; try again in a moment\n',
    });
    expect(await queryAt(database.url, "SELECT id FROM users WHERE email = 'kept-out@example.com'")).toEqual(
      [],
    );
  });

  it('makes one account of two at once', async () => {
    const args = ['users:create', '--email', 'twice@example.com'];
    const said = await Promise.all([gatehouse(args), gatehouse(args)]);
    expect(said.map(({ code }) => code).toSorted()).toEqual([0, 1]);
    expect(said.map(({ err }) => err).join('')).toMatch(
      /^there is an account with the address twice@example.com;[^\n]*\n$/,
    );
  });

  it('ends quietly when its output is read no further, after it has done what it was told', async () => {
    expect(await unread(['routes']).ended).toEqual({ code: 0, out: '', err: '' });
    const made = unread(['users:create', '--email', 'unread@example.com']);
    made.child.stderr.destroy();
    expect((await made.ended).code).toBe(0);
    expect(
      await queryAt(database.url, "SELECT id FROM users WHERE email = 'unread@example.com'"),
    ).toHaveLength(1);
  });

  it('makes no database, no folder and no secret where there is none', async () => {
    const more = { DATABASE_URL: 'sqlite:./data/gatehouse.db' };
    const said = await gatehouse(['users:create', '--email', 'a@example.com'], more);
    expect(said).toEqual({
      code: 1,
      out: '',
      err: 'DATABASE_URL: the database is not there (./data/gatehouse.db); start the server once, which makes it\n',
    });
    const noSecret = await gatehouse(['doctor'], { ...more, GATEHOUSE_SECRET: '' });
    expect(noSecret).toMatchObject({
      code: 1,
      err: '',
      out: expect.stringContaining('there is no data/secret here'),
    });
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('leaves a database alone that is of another version, and makes no admin', async () => {
    const other = await makeDatabase({ isShared: true });
    const more = { DATABASE_URL: other.url };
    const make = () => gatehouse(['users:create', '--email', 'a@example.com'], more);
    try {
      // Makes the file.
      await queryAt(other.url, 'SELECT 1');
      expect((await make()).err).toMatch(
        /^DATABASE_URL: the database has no tables of Gatehouse yet; start [^\n]*\n$/,
      );
      await withDataSource(other.url, migrate);
      const last = '(SELECT MAX(id) FROM migrations)';
      await queryAt(other.url, `UPDATE migrations SET name = 'Future' || name WHERE id = ${last}`);
      expect(await make()).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringMatching(/is of a newer version; [^\n]*\n$/),
      });
      await queryAt(other.url, `DELETE FROM migrations WHERE id = ${last}`);
      expect(await make()).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringMatching(/is of an earlier version; [^\n]*\n$/),
      });
      expect(await queryAt(other.url, 'SELECT id FROM users')).toEqual([]);
    } finally {
      await other.drop();
    }
  });

  it('does not wait for ever for what takes the call and says nothing', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const host = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const more = {
      DATABASE_URL: `postgres://ada:hunter2@${host}/x`,
      SMTP_URL: `smtp://ada:hunter2@${host}`,
      REDIS_URL: `redis://ada:hunter2@${host}`,
    };
    const began = performance.now();
    const { code, out, err } = await gatehouse(['doctor'], more).finally(() => silent.close());
    expect({ code, err }).toEqual({ code: 1, err: '' });
    for (const name of ['database', 'mail', 'redis'])
      expect(out).toMatch(new RegExp(`^fail {2}${name} `, 'm'));
    expect(out).not.toContain('hunter2');
    expect(performance.now() - began).toBeLessThan(15_000);
  });
});

import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../../src/platform/database/migrate.js';
import { ADMIN, PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import {
  isPostgres,
  makeDatabase,
  queryAt,
  withDataSource,
  type TestDatabase,
} from '../../support/database.js';
import { runNode, startNode, type Said } from '../../support/run-node.js';
import { refresh, works } from '../../support/sessions.js';
import {
  allowClient,
  ask,
  bearer as bearerOf,
  Browser,
  makeClient,
  refresh as refreshOfClient,
  signInTo,
  type TestClient,
} from '../../support/oauth.js';
import { jwksOf } from '../../support/signing-keys.js';
import { GATEHOUSE_SECRET } from '../../support/process.js';

/** So many that a copy takes a while. */
const EVENTS = 20_000;
const MANY_EVENTS = `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${EVENTS})
  INSERT INTO audit_events (id, at, action, actor_kind, detail)
  SELECT 'event-' || n, n, 'test.happened', 'system', '{"ünï":"çode \\n"}' FROM numbers`;

const dbMove = (args: string[]) => runNode(['dist/operations/cli/db-move.js', ...args]);

describe('db:move', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-move-'));
  const source = `sqlite:${join(folder, 'source.db')}`;
  const file = (name: string) => `sqlite:${join(folder, 'new', name)}`;
  let target: TestDatabase;
  let app: TestApp;
  let member: SignedIn;
  let loggedOut: SignedIn;
  let shop: TestClient;
  let shopTokens: any;
  let keys: unknown;
  let killed: Said;
  let leftBehind: unknown[];
  let repeated: Said;

  beforeAll(async () => {
    target = await makeDatabase({ isShared: true });
    app = await startApp({ env: { DATABASE_URL: source, GATEHOUSE_SECRET } });
    [member, loggedOut] = [await app.as.member('ada@example.com'), await app.as.member()];
    const admin = await app.as.admin();
    await admin.post('/v1/roles', { name: 'reader', scopes: ['users:read'] });
    await admin.put(`/v1/users/${member.id}/roles`, { roles: ['reader', 'user'] });
    member = await member.refreshed();
    await member.patch('/v1/me', { name: 'Ada “Ünïcode” 李' });
    await loggedOut.post('/v1/auth/logout');
    shop = await makeClient(app);
    await allowClient(app, member.id, shop.id);
    shopTokens = await signInTo(app, shop, await Browser.of(app, member));
    keys = await jwksOf(app);
    await app.close();
    await queryAt(source, MANY_EVENTS);

    const { child, said, ended } = startNode([
      'dist/operations/cli/db-move.js',
      '--from',
      source,
      '--to',
      target.url,
    ]);
    child.stdout.on('data', () => {
      if (said.out.includes('copying audit_events')) child.kill('SIGKILL');
    });
    killed = await ended;
    leftBehind = await queryAt(target.url, 'SELECT id FROM users');
    repeated = await dbMove(['--from', source, '--to', target.url]);
  });
  afterAll(async () => {
    await app.close().catch(() => {});
    await target.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('that is killed half-way leaves nothing, and can be repeated', () => {
    expect(killed.code).toBeNull();
    expect(leftBehind).toEqual([]);
    expect(repeated).toMatchObject({ code: 0, err: '' });
    expect(repeated.out).toMatch(/audit_events +20,0\d\d rows, checksum [0-9a-f]{16}/);
  });

  it('takes every table there is, by any name', async () => {
    const names = await queryAt(
      source,
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('migrations', 'sqlite_sequence')`,
    );
    expect(names.length).toBeGreaterThanOrEqual(10);
    for (const { name } of names) {
      const [from, to] = await Promise.all(
        [source, target.url].map((url) => queryAt(url, `SELECT * FROM ${String(name)}`)),
      );
      // SQLite has no type for yes and no.
      const plain = (value: unknown) => String(typeof value === 'boolean' ? Number(value) : value);
      const rows = (found: object[]) =>
        found.map((row) => Object.values(row).map(plain).join('|')).toSorted();
      expect(rows(to!), String(name)).toEqual(rows(from!));
    }
  });

  it('leaves a target alone that is not empty, unless it is told to replace it', async () => {
    await queryAt(target.url, `UPDATE users SET name = 'changed since'`);
    const refused = await dbMove(['--from', source, '--to', target.url]);
    expect(refused).toMatchObject({
      code: 1,
      out: '',
      err: '--to is not empty; with --replace, all of Gatehouse that is in it is replaced\n',
    });
    const names = () => queryAt(target.url, 'SELECT DISTINCT name FROM users');
    expect(await names()).toEqual([{ name: 'changed since' }]);
    expect((await dbMove(['--from', source, '--to', target.url, '--replace'])).code).toBe(0);
    expect(await names()).toContainEqual({ name: 'Ada “Ünïcode” 李' });
  });

  it('keeps tokens, sessions, keys and passwords working', async () => {
    app = await startApp({ env: { DATABASE_URL: target.url, GATEHOUSE_SECRET } });
    try {
      expect(await jwksOf(app)).toEqual(keys);
      expect(await works(app, member.tokens.access_token)).toBe(true);
      expect(await works(app, loggedOut.tokens.access_token)).toBe(false);
      expect((await refresh(app, loggedOut.tokens.refresh_token)).status).toBe(401);
      const { status, body } = await refresh(app, member.tokens.refresh_token);
      expect(status).toBe(200);
      const bearer = { authorization: `Bearer ${body.access_token}` };
      expect((await app.as.anonymous().get('/v1/me', bearer)).body.name).toBe('Ada “Ünïcode” 李');
      expect((await app.as.anonymous().get('/v1/users', bearer)).status).toBe(200);
      expect((await app.as.logIn('ada@example.com', PASSWORD)).id).toBe(member.id);
      const userinfo = await app.as.anonymous().get('/oauth/userinfo', bearerOf(shopTokens.access_token));
      expect(userinfo.body.sub).toBe(member.id);
      expect((await refreshOfClient(app, shop, shopTokens.refresh_token)).status).toBe(200);
      const browser = await Browser.of(app, member);
      expect((await ask(browser, shop)).back.has('code')).toBe(true);
      const admin = await app.as.logIn(ADMIN.email, ADMIN.password);
      expect((await admin.get('/v1/roles/reader')).body.scopes).toEqual(['users:read']);
    } finally {
      await app.close();
    }
  });

  it('goes back again', async () => {
    const { code, err } = await dbMove(['--from', target.url, '--to', file('back.db')]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const count = `SELECT COUNT(*) AS n FROM audit_events`;
    const [from, to] = await Promise.all([queryAt(target.url, count), queryAt(file('back.db'), count)]);
    expect(Number(to[0]!['n'])).toBe(Number(from[0]!['n']));
    expect(await queryAt(file('back.db'), 'PRAGMA foreign_key_check')).toEqual([]);
  });

  it('keeps nothing of what does not arrive as it was', async () => {
    const url = `sqlite:${join(folder, 'altered.db')}`;
    await withDataSource(url, migrate);
    await queryAt(url, `UPDATE roles SET description = 'as before'`);
    await queryAt(
      url,
      `CREATE TRIGGER alters AFTER INSERT ON users BEGIN UPDATE users SET name = 'x' WHERE id = NEW.id; END`,
    );
    const { code, err } = await dbMove(['--from', source, '--to', url, '--replace']);
    expect(code).toBe(1);
    expect(err).toMatch(/^--to: users: found 3 rows, checksum \w+… instead of 3 rows, checksum \w+…\n$/);
    const roles = await queryAt(url, 'SELECT DISTINCT description FROM roles');
    expect(roles).toEqual([{ description: 'as before' }]);
  });

  it('refuses a source that is not there, or of another version, and makes nothing', async () => {
    const missing = await dbMove(['--from', file('missing.db'), '--to', file('no.db')]);
    expect(missing).toMatchObject({ code: 1, err: expect.stringMatching(/^--from: .*\n$/) });
    expect(existsSync(join(folder, 'new', 'missing.db'))).toBe(false);

    const other = `sqlite:${join(folder, 'other.db')}`;
    await withDataSource(other, migrate);
    const last = `(SELECT MAX(id) FROM migrations)`;
    await queryAt(other, `UPDATE migrations SET name = 'Future' || name WHERE id = ${last}`);
    const newer = await dbMove(['--from', other, '--to', file('no.db')]);
    expect(newer).toMatchObject({ code: 1, err: expect.stringMatching(/^--from is .*newer version.*\n$/) });
    const into = await dbMove(['--from', source, '--to', other, '--replace']);
    expect(into).toMatchObject({ code: 1, err: '--to is a database of a newer version\n' });
    await queryAt(other, `DELETE FROM migrations WHERE id = ${last}`);
    const earlier = await dbMove(['--from', other, '--to', file('no.db')]);
    expect(earlier).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^--from is .*earlier version.*\n$/),
    });
    expect(existsSync(join(folder, 'new', 'no.db'))).toBe(false);
  });

  describe('while a server runs', () => {
    const [live, copy, ended] = ['live.db', 'copy.db', 'ended.db'].map(file) as [string, string, string];
    const env = { DATABASE_URL: live, GATEHOUSE_SECRET };
    let server: TestApp | undefined;

    beforeAll(async () => {
      server = await startApp({ env });
      await server.as.member();
    });
    afterAll(() => server?.close());

    it('is refused, at either end, and makes nothing', async () => {
      const refused = await dbMove(['--from', live, '--to', copy]);
      expect(refused).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringMatching(
          /^--from: a server is running on it; stop every server first\. .*--force.*\n$/,
        ),
      });
      const into = await dbMove(['--from', source, '--to', live, '--replace']);
      expect(into).toMatchObject({
        code: 1,
        err: expect.stringMatching(/^--to: a server is running on it;/),
      });
      expect(await queryAt(live, `SELECT id FROM users`)).toHaveLength(2);
    });

    it('says what it misses, when it is forced', async () => {
      const { code, out, err } = await dbMove(['--from', live, '--to', copy, '--force']);
      expect({ code, err }).toEqual({
        code: 0,
        err: expect.stringMatching(/^--from: a server is running on it\. .*not in the copy.*log-outs.*\n$/),
      });
      expect(out).toContain('Moved to');
    });

    it('is refused for a minute after it was killed, and not once it has stopped', async () => {
      await server!.close();
      server = undefined;
      expect(await dbMove(['--from', live, '--to', ended])).toMatchObject({ code: 0, err: '' });
      const killed = `INSERT INTO leases (name, owner, expires_at) VALUES ('server:x', 'x', ${Date.now() + 50_000})`;
      await queryAt(live, killed);
      expect((await dbMove(['--from', live, '--to', file('killed.db')])).code).toBe(1);
      await queryAt(live, `UPDATE leases SET expires_at = ${Date.now() - 1}`);
      expect((await dbMove(['--from', live, '--to', file('killed.db'), '--replace'])).code).toBe(0);
    });

    it('keeps nothing when one was started in the middle', async () => {
      const to = file('late.db');
      const { ended: moving, child } = startNode([
        'dist/operations/cli/db-move.js',
        '--from',
        source,
        '--to',
        to,
      ]);
      // It stands still meanwhile: a busy machine may take longer to start a server than to copy.
      await once(child.stdout, 'data');
      child.kill('SIGSTOP');
      server = await startApp({ env: { DATABASE_URL: source, GATEHOUSE_SECRET } });
      child.kill('SIGCONT');
      const { code, err } = await moving;
      expect({ code, err }).toMatchObject({
        code: 1,
        err: expect.stringMatching(/^--from: a server is running/),
      });
      expect(await queryAt(to, 'SELECT id FROM users')).toEqual([]);
    });
  });

  it('takes its URLs from the environment and from a file', async () => {
    const given = join(folder, 'url');
    writeFileSync(given, `${file('given.db')}\n`);
    const args = ['dist/operations/cli/db-move.js', '--from', 'env:OLD_URL', '--to', `file:${given}`];
    expect(await runNode(args, { env: { OLD_URL: source } })).toMatchObject({ code: 0, err: '' });
    expect(await queryAt(file('given.db'), 'SELECT id FROM users')).toHaveLength(3);
  });

  it('never says a password', async () => {
    const given = [
      ['--from', 'postgres://ada:hunter2%@localhost/x', '--to', source],
      ['--from', source, '--to', 'mysql://ada:hunter2@localhost/x'],
      ['--from', source, '--to', 'postgres://ada:hunter2@localhost/x', '--hurry'],
      ['--from', source, '--to', source, 'postgres://ada:hunter2@localhost/x'],
      ['--from', 'env:NOT_HUNTER2', '--to', source],
      ['--from', source, '--to', 'file:/nowhere/hunter2'],
    ];
    for (const args of given) {
      const { code, out, err } = await dbMove(args);
      expect(code).toBe(2);
      expect(out).toBe('');
      expect(err).toMatch(/^\S.*\n\nUsage: npm run db:move/);
      expect(err).not.toContain('hunter2');
    }
    const refused = await dbMove(['--from', 'postgres://ada:hunter2@localhost:1/x', '--to', file('no.db')]);
    expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/^--from: .*ECONNREFUSED.*\n$/) });
    expect(refused.err).not.toContain('hunter2');
    const same = await dbMove(['--from', source, '--to', source]);
    expect(same).toMatchObject({ code: 1, err: '--from and --to are the same database\n' });
  });

  it.runIf(isPostgres)('says what PostgreSQL does not take, and where', async () => {
    const scratch = await makeDatabase();
    await queryAt(source, `UPDATE roles SET description = 'a' || char(0) WHERE name = 'reader'`);
    try {
      const { code, err } = await dbMove(['--from', source, '--to', scratch.url]);
      expect({ code, err }).toMatchObject({ code: 1, err: expect.stringMatching(/^--to: roles: .*0x00\n$/) });
    } finally {
      await queryAt(source, `UPDATE roles SET description = NULL WHERE name = 'reader'`);
      await scratch.drop();
    }
  });
});

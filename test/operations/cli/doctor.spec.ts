import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { doctor } from '../../../src/operations/cli/doctor/doctor.js';
import type { Finding } from '../../../src/operations/cli/doctor/finding.js';
import { migrate } from '../../../src/platform/database/migrate.js';
import { startApp, type TestApp } from '../../support/app.js';
import {
  isPostgres,
  makeDatabase,
  queryAt,
  withDataSource,
  type TestDatabase,
} from '../../support/database.js';
import { Mailbox } from '../../support/mailbox.js';
import { freePort, GATEHOUSE_SECRET } from '../../support/process.js';

const OTHER_SECRET = `${GATEHOUSE_SECRET}-of-others`;
const DAY_MS = 86_400_000;

describe('doctor', () => {
  let database: TestDatabase;
  let mailbox: Mailbox;
  let app: TestApp;
  let env: Record<string, string>;
  let port: number;

  beforeAll(async () => {
    database = await makeDatabase({ isShared: true });
    mailbox = await Mailbox.open();
    port = await freePort();
    const PUBLIC_URL = `http://localhost:${port}`;
    env = { DATABASE_URL: database.url, GATEHOUSE_SECRET, SMTP_URL: mailbox.url, PUBLIC_URL };
    const { TEST_REDIS_URL } = process.env;
    if (TEST_REDIS_URL) env['REDIS_URL'] = TEST_REDIS_URL;
    app = await startApp({ env, port });
  });
  afterAll(async () => {
    await app.close();
    await mailbox.close();
    await database.drop();
  });

  /** What is found with these settings, by name; `failed` is what the exit code comes from. */
  const find = async (more: Record<string, string> = {}) => {
    const { data, lines, isFailure } = await doctor({ ...env, ...more });
    const found = data as Finding[];
    expect(lines).toHaveLength(found.length);
    expect(lines.join()).not.toMatch(/hunter2|\n/);
    return { found: Object.fromEntries(found.map(({ name, ...rest }) => [name, rest])), isFailure };
  };

  /** What is found while something is otherwise in the database. */
  const during = async (change: string, undo: string, more: Record<string, string> = {}) => {
    await app.database.run({ sql: change, params: {} });
    try {
      return await find(more);
    } finally {
      await app.database.run({ sql: undo, params: {} });
    }
  };

  it.runIf(isPostgres).each(['SQL_ASCII', 'LATIN1'])(
    'names a database of the encoding %s',
    async (encoding) => {
      const narrow = await makeDatabase({ encoding });
      const { found, isFailure } = await find({ DATABASE_URL: narrow.url });
      await narrow.drop();
      expect(isFailure).toBe(true);
      expect(found['database']).toMatchObject({
        status: 'fail',
        detail: expect.stringContaining(`its encoding is ${encoding}, `),
      });
    },
  );

  it('says what will not work at the address of a host without a name', async () => {
    const { data, isFailure } = await doctor({ ...env, PUBLIC_URL: 'https://203.0.113.9' });
    const said = (data as Finding[]).filter(({ name }) => name === 'settings');
    expect(said.map(({ status }) => status)).toEqual(['warn', 'warn', 'warn']);
    expect(said.map(({ detail }) => detail).join()).toMatch(/passkeys.*MAIL_FROM/);
    expect(isFailure).toBe(false);
  });

  describe('of the issuer', () => {
    it('fails where another name is answered than clients are given', async () => {
      const { found, isFailure } = await find({ PUBLIC_URL: `http://127.0.0.1:${port}` });
      expect(isFailure).toBe(true);
      expect(found['issuer']).toEqual({
        status: 'fail',
        detail: expect.stringContaining(`names the issuer "http://localhost:${port}", which clients refuse`),
      });
    });

    it('fails where something else answers', async () => {
      const other = createServer((_request, response) => response.writeHead(404).end());
      other.listen(0, 'localhost');
      await once(other, 'listening');
      const PUBLIC_URL = `http://localhost:${(other.address() as AddressInfo).port}`;
      const { found } = await find({ PUBLIC_URL });
      other.close();
      expect(found['issuer']).toMatchObject({
        status: 'fail',
        detail: expect.stringContaining('answers 404'),
      });
    });

    it.each<[what: string, change: () => object, reason: string]>([
      [
        'clients are led elsewhere',
        () => ({ token_endpoint: 'http://localhost:1/oauth/token' }),
        'names the token_endpoint http://localhost:1/oauth/token, which is not below PUBLIC_URL',
      ],
      ['the two documents differ', () => ({}), 'say different things'],
    ])('fails where %s', async (_what, change, reason) => {
      let issuer = '';
      const other = createServer((request, response) => {
        const isOpenId = request.url!.endsWith('openid-configuration');
        const own = { issuer, token_endpoint: `${issuer}/oauth/token`, jwks_uri: `${issuer}/keys` };
        response.end(JSON.stringify(isOpenId ? { ...own, ...change() } : { issuer }));
      });
      other.listen(0, 'localhost');
      await once(other, 'listening');
      issuer = `http://localhost:${(other.address() as AddressInfo).port}`;
      const { found } = await find({ PUBLIC_URL: issuer });
      other.close();
      expect(found['issuer']).toMatchObject({ status: 'fail', detail: expect.stringContaining(reason) });
    });

    it.each(['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'])(
      'fails where a page is at %s',
      async (path) => {
        let issuer = '';
        const other = createServer((request, response) =>
          response.end(request.url === path ? '<!doctype html>' : JSON.stringify({ issuer })),
        );
        other.listen(0, 'localhost');
        await once(other, 'listening');
        issuer = `http://localhost:${(other.address() as AddressInfo).port}`;
        const { found } = await find({ PUBLIC_URL: issuer });
        other.close();
        expect(found['issuer']).toMatchObject({
          status: 'fail',
          detail: expect.stringContaining(`what answers at ${issuer}${path} is no Gatehouse`),
        });
      },
    );

    it('warns where nothing answers, and says nothing while OAuth is off', async () => {
      const PUBLIC_URL = `http://localhost:${await freePort()}`;
      const { found, isFailure } = await find({ PUBLIC_URL });
      expect(isFailure).toBe(false);
      expect(found['issuer']).toMatchObject({
        status: 'warn',
        detail: expect.stringContaining('cannot be read from here (ECONNREFUSED)'),
      });
      expect((await find({ PUBLIC_URL, FEATURES: 'none' })).found['issuer']).toBeUndefined();
    });
  });

  it('finds that all is well, in a line each', async () => {
    const { lines, isFailure } = await doctor(env);
    expect(isFailure).toBe(false);
    expect(lines).toEqual([
      `ok    settings    development, at http://localhost:${port}`,
      expect.stringMatching(/^ok {4}database {4}(sqlite:|postgres:\/\/[^@]+, version \d)/),
      expect.stringMatching(/^ok {4}migrations {2}all \d+ are applied$/),
      expect.stringMatching(
        isPostgres ? /^ok {4}clock {7}differs from the database's by -?0\.\d s$/ : /^ok {4}clock {7}2\d{3}-/,
      ),
      expect.stringMatching(
        /^ok {4}keys {8}ES256, signs for 0.0 days, rotates in 30.0 days; 2 are published$/,
      ),
      expect.stringMatching(/^ok {4}mail {8}127.0.0.1:\d+ takes mail from us$/),
      expect.stringMatching(
        env['REDIS_URL'] ? /^ok {4}redis {7}.+ answers$/ : /^ok {4}redis {7}REDIS_URL is not set/,
      ),
      `ok    issuer      http://localhost:${port} answers, and names itself so`,
    ]);
    expect(mailbox.mails).toEqual([]);
  });

  it.skipIf(isPostgres)('says that nothing can be written', async () => {
    // To a copy: a later write format makes a file read-only to SQLite, to root too (SQLite file format, §1.3.3).
    const copy = await makeDatabase({ isShared: true });
    try {
      await withDataSource(copy.url, (dataSource) => migrate(dataSource));
      const file = openSync(copy.url.slice('sqlite:'.length), 'r+');
      writeSync(file, new Uint8Array([3]), 0, 1, 18);
      closeSync(file);
      const { found, isFailure } = await find({ DATABASE_URL: copy.url });
      expect(isFailure).toBe(true);
      expect(found['database']).toEqual({
        status: 'fail',
        detail: `${copy.url}: it cannot be written to (attempt to write a readonly database)`,
      });
    } finally {
      await copy.drop();
    }
  });

  it.skipIf(isPostgres)('changes nothing', async () => {
    const path = database.url.slice('sqlite:'.length);
    const digest = () => createHash('sha256').update(readFileSync(path)).digest('hex');
    const before = digest();
    await find();
    expect(digest()).toBe(before);
    // A copy is in another mode than the server's own file, and stays in it.
    const copy = `${path}.copy`;
    await app.database.query(`VACUUM INTO '${copy}'`);
    const copied = readFileSync(copy);
    expect((await find({ DATABASE_URL: `sqlite:${copy}` })).found['database']!.status).toBe('ok');
    expect(readFileSync(copy).equals(copied)).toBe(true);
    rmSync(copy);
    const missing = `${path}.d/missing.db`;
    const { found, isFailure } = await find({ DATABASE_URL: `sqlite:${missing}` });
    expect(found['database']).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('is not there'),
    });
    expect(found).not.toHaveProperty('keys');
    expect([isFailure, existsSync(`${path}.d`)]).toEqual([true, false]);
  });

  it('says each bad setting, and that the rest was not looked at', async () => {
    const { lines, isFailure } = await doctor({
      PORT: 'abc',
      SMTP_URL: 'http://u:hunter2@h',
      GATEHOUSE_SECRET,
    });
    expect(isFailure).toBe(true);
    expect(lines).toEqual([
      expect.stringMatching(/^fail {2}settings {4}PORT is "abc"; it must be/),
      expect.stringMatching(/^fail {2}settings {4}SMTP_URL is not valid; it must be/),
      expect.stringMatching(/^warn {2}settings {4}nothing else was checked/),
    ]);
  });

  it('makes no secret where there is none', async () => {
    const { found, isFailure } = await find({
      GATEHOUSE_SECRET: '',
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://x.example',
    });
    expect(isFailure).toBe(true);
    expect(Object.keys(found)).toEqual(['settings']);
  });

  it('finds what others could come in to in development', async () => {
    const { found, isFailure } = await find({ PUBLIC_URL: 'https://auth.example.com' });
    expect(found['settings']).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining('NODE_ENV=production'),
    });
    expect(isFailure).toBe(false);
  });

  it('finds closed ports, and says no password', async () => {
    const port = await freePort();
    const { found, isFailure } = await find({
      DATABASE_URL: `postgres://ada:hunter2@127.0.0.1:${port}/x`,
      SMTP_URL: `smtp://ada:hunter2@127.0.0.1:${port}`,
      REDIS_URL: `redis://ada:hunter2@127.0.0.1:${port}`,
    });
    expect(isFailure).toBe(true);
    expect(found).toMatchObject({
      settings: { status: 'ok' },
      database: { status: 'fail', detail: expect.stringContaining('ECONNREFUSED') },
      mail: {
        status: 'fail',
        detail: expect.stringContaining(`127.0.0.1:${port} does not take mail from us`),
      },
      redis: { status: 'fail', detail: expect.stringContaining('ECONNREFUSED') },
    });
  });

  it('finds a mail server that does not let us in, and says no password', async () => {
    const strict = await Mailbox.open({
      authOptional: false,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(new Error('hunter2 is wrong')),
    });
    const url = new URL(strict.url);
    const { found } = await find({ SMTP_URL: `smtp://ada:hunter2@${url.host}` }).finally(() =>
      strict.close(),
    );
    expect(found['mail']).toMatchObject({
      status: 'fail',
      detail: expect.stringMatching(/EAUTH.*check user and password/),
    });
  });

  it('finds another secret, and a rotation that is not over', async () => {
    const wrong = await find({ GATEHOUSE_SECRET: OTHER_SECRET });
    expect(wrong.isFailure).toBe(true);
    expect(wrong.found['keys']).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('does not open them'),
    });
    const rotating = await find({
      GATEHOUSE_SECRET: OTHER_SECRET,
      GATEHOUSE_SECRET_PREVIOUS: GATEHOUSE_SECRET,
    });
    expect(rotating.isFailure).toBe(false);
    expect(rotating.found['keys']).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining('sealed under'),
    });
  });

  it('finds a key that should have been rotated, another algorithm, and no key at all', async () => {
    const move = (ms: number) =>
      `UPDATE signing_keys SET activated_at = activated_at + ${ms} WHERE stage = 'current'`;
    const old = await during(move(-31 * DAY_MS), move(31 * DAY_MS));
    expect(old.found['keys']).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining('1.0 days too long'),
    });
    const { found } = await find({ SIGNING_ALG: 'RS256' });
    expect(found['keys']).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining('goes over to RS256'),
    });
    const stage = (from: string, to: string) =>
      `UPDATE signing_keys SET stage = '${to}' WHERE stage = '${from}'`;
    const none = await during(stage('current', 'previous'), stage('previous', 'current'));
    expect(none.found['keys']).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining('there are none yet'),
    });
  });

  it('finds a database of another version', async () => {
    const rename = (from: string, to: string) =>
      `UPDATE migrations SET name = '${to}' WHERE name = '${from}'`;
    const [known, unknown] = ['ApiKeys1795471200000', 'Future9999999999999'];
    const newer = await during(rename(known, unknown), rename(unknown, known));
    expect(newer.found['migrations']).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('newer version'),
    });
    expect(newer.found).not.toHaveProperty('clock');

    const empty = await makeDatabase({ isShared: true });
    try {
      // Makes the file.
      await queryAt(empty.url, 'SELECT 1');
      const { found, isFailure } = await find({ DATABASE_URL: empty.url });
      expect(found['migrations']).toMatchObject({
        status: 'warn',
        detail: expect.stringContaining('none was applied'),
      });
      expect(isFailure).toBe(false);
    } finally {
      await empty.drop();
    }
  });

  it('finds a clock that was wrong', async () => {
    const id = 'event-of-tomorrow';
    const { found } = await during(
      `INSERT INTO audit_events (id, at, action, actor_kind) VALUES ('${id}', ${Date.now() + DAY_MS}, 'x.y', 'system')`,
      `DELETE FROM audit_events WHERE id = '${id}'`,
    );
    expect(found['clock']).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining('in the future'),
    });
  });
});

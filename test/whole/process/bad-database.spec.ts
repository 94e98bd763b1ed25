import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { reasonOf } from '../../../src/platform/database/database.errors.js';
import { migrate } from '../../../src/platform/database/migrate.js';
import {
  isPostgres,
  makeDatabase,
  queryAt,
  withDataSource,
  type TestDatabase,
} from '../../support/database.js';
import { GATEHOUSE_SECRET, ServerProcess } from '../../support/process.js';

describe('the server does not start, says why in one line, and changes nothing', () => {
  let database: TestDatabase;
  let server: ServerProcess | undefined;

  beforeAll(async () => {
    database = await makeDatabase({ isShared: true });
    await withDataSource(database.url, (dataSource) => migrate(dataSource));
  });
  afterEach(() => server?.discard());
  afterAll(() => database.drop());

  const contents = () =>
    withDataSource(database.url, async (dataSource) => [
      await dataSource.query('SELECT name FROM migrations ORDER BY name'),
      await dataSource.query('SELECT * FROM signing_keys'),
      await dataSource.query('SELECT * FROM users'),
    ]);
  /** What it said before it ended with 1. */
  const complaints = async (env: Record<string, string>): Promise<string[]> => {
    server = new ServerProcess(0, { GATEHOUSE_SECRET, ...env });
    await server.start();
    expect(server.exitCode, server.output).toBe(1);
    expect(readdirSync(server.folder), 'nothing was made').toEqual([]);
    return server.output.trim().split('\n');
  };
  const complaint = async (env: Record<string, string>): Promise<string> => {
    const [line, ...more] = await complaints(env);
    expect(more, 'nothing but that').toEqual([]);
    return line!;
  };

  it('with URLs that cannot be understood: a line each, without the passwords in them', async () => {
    const [database, redis] = ['postgres://gatehouse:hunter2%@host/db', 'redis://:hunter2@host:port'];
    const lines = await complaints({ DATABASE_URL: database!, REDIS_URL: redis! });
    expect(lines).toEqual([
      expect.stringMatching(/^DATABASE_URL is not valid; it must be /),
      expect.stringMatching(/^REDIS_URL is not valid; it must be /),
    ]);
    expect(lines.join()).not.toContain('hunter2');
  });

  it('with a database of a newer schema', async () => {
    const future = `INSERT INTO migrations (timestamp, name) VALUES (2999999999999, 'Future2999999999999')`;
    await queryAt(database.url, future);
    const before = await contents();
    expect(await complaint({ DATABASE_URL: database.url })).toBe(
      'DATABASE_URL names a database of a newer version (migration Future2999999999999); start that version instead',
    );
    expect(await contents()).toEqual(before);
    await queryAt(database.url, `DELETE FROM migrations WHERE timestamp = 2999999999999`);
  });

  it.runIf(isPostgres)('with a database that takes no writes', async () => {
    const before = await contents();
    const url = `${database.url}?options=${encodeURIComponent('-c default_transaction_read_only=on')}`;
    expect(await complaint({ DATABASE_URL: url })).toMatch(
      /^DATABASE_URL: the database cannot be used: it cannot be written to \(cannot execute UPDATE in a read-only/,
    );
    expect(await contents()).toEqual(before);
  });

  it.runIf(isPostgres).each(['SQL_ASCII', 'LATIN1'])(
    'with a database that cannot hold what people write: %s',
    async (encoding) => {
      const narrow = await makeDatabase({ encoding });
      try {
        expect(await complaint({ DATABASE_URL: narrow.url })).toMatch(
          new RegExp(`^DATABASE_URL: the database cannot be used: its encoding is ${encoding}, `),
        );
        const tables = await queryAt(narrow.url, `SELECT 1 FROM pg_tables WHERE schemaname = 'public'`);
        expect(tables, 'nothing was made').toEqual([]);
      } finally {
        await narrow.drop();
      }
    },
  );

  it.runIf(isPostgres)('with a role that may only read', async () => {
    const role = `reader_${process.pid}`;
    await withDataSource(database.url, async (dataSource) => {
      await dataSource.query(`CREATE ROLE ${role} LOGIN`);
      await dataSource.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`);
    });
    const url = new URL(database.url);
    url.username = role;
    try {
      const failure = await withDataSource(url.href, (dataSource) => migrate(dataSource)).catch(reasonOf);
      expect(failure).toBe('it cannot be written to (permission denied for table migrations)');
    } finally {
      await withDataSource(database.url, async (dataSource) => {
        await dataSource.query(`DROP OWNED BY ${role}`);
        await dataSource.query(`DROP ROLE ${role}`);
      });
    }
  });

  it.skipIf(isPostgres)('with a file that takes no writes', async () => {
    const path = database.url.slice('sqlite:'.length);
    // A later write format makes a file read-only to SQLite, to root too (SQLite file format, §1.3.3).
    const file = openSync(path, 'r+');
    writeSync(file, new Uint8Array([3]), 0, 1, 18);
    const before = readFileSync(path);
    expect(await complaint({ DATABASE_URL: database.url })).toBe(
      'DATABASE_URL: the database cannot be used: it cannot be written to (attempt to write a readonly database)',
    );
    expect(readFileSync(path).equals(before)).toBe(true);
    writeSync(file, new Uint8Array([2]), 0, 1, 18);
    closeSync(file);
  });

  it.skipIf(isPostgres).each([
    ['that is no database', import.meta.filename, 'file is not a database'],
    ['in a folder that takes none, without waiting for it', '/proc/x.db', 'unable to open database file'],
  ])('with a file %s', async (_, path, reason) => {
    expect(await complaint({ DATABASE_URL: `sqlite:${path}` })).toBe(
      `DATABASE_URL: the database cannot be used: ${reason}`,
    );
  });

  it('with a PostgreSQL server that offers no TLS', async () => {
    // Its answer to the request for TLS (PostgreSQL documentation, "Message Flow").
    const plain = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end('N'));
    }).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const { port } = plain.address() as AddressInfo;
    const url = `postgres://gatehouse:hunter2@127.0.0.1:${port}/gatehouse?sslmode=prefer`;
    expect(await complaint({ DATABASE_URL: url }).finally(() => plain.close())).toBe(
      'DATABASE_URL: the database cannot be used: sslmode asks for TLS, but the server does not offer it',
    );
  });
});

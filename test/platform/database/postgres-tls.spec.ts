import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataSource } from 'typeorm';
import { databaseOptions } from '../../../src/platform/database/database.options.js';
import { isPostgres } from '../../support/database.js';
import { hasPostgres, PostgresWithTls } from '../../support/postgres-with-tls.js';

describe.runIf(isPostgres && hasPostgres)('TLS to PostgreSQL', () => {
  const postgres = new PostgresWithTls();

  beforeAll(() => postgres.start());
  afterAll(() => postgres.discard());

  /** The version of TLS that a connection has, `none`, or why there is no connection. */
  const tlsOf = async (host: string, parameters: string): Promise<string> => {
    const url = `postgres://postgres@${host}:${postgres.port}/postgres?${parameters}`;
    const dataSource = new DataSource(databaseOptions(url, 1));
    try {
      await dataSource.initialize();
      const [{ version }] = await dataSource.query(
        'SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
      );
      return version ?? 'none';
    } catch (error) {
      return (error as Error).message;
    } finally {
      if (dataSource.isInitialized) await dataSource.destroy();
    }
  };
  const ours = `sslrootcert=${postgres.authority}`;
  const others = `sslrootcert=${postgres.stranger}`;

  it.each([
    ['nothing said', 'localhost', '', 'none'],
    ['disable', 'localhost', 'sslmode=disable', 'none'],
    ['prefer', 'localhost', 'sslmode=prefer', 'TLSv1.3'],
    ['require', 'localhost', 'sslmode=require', 'TLSv1.3'],
    ['require, under a name of no certificate', '127.0.0.1', 'sslmode=require', 'TLSv1.3'],
    ['require with the authority', '127.0.0.1', `sslmode=require&${ours}`, 'TLSv1.3'],
    ['verify-ca', '127.0.0.1', `sslmode=verify-ca&${ours}`, 'TLSv1.3'],
    ['verify-full', 'localhost', `sslmode=verify-full&${ours}`, 'TLSv1.3'],
    ['an authority and no mode', 'localhost', ours, 'TLSv1.3'],
    ['what else the URL says', 'localhost', `application_name=x&sslmode=verify-full&${ours}`, 'TLSv1.3'],
  ])('connects with %s', async (_, host, parameters, expected) => {
    expect(await tlsOf(host, parameters)).toBe(expected);
  });

  it.each([
    ['verify-full, under a name of no certificate', '127.0.0.1', `sslmode=verify-full&${ours}`, /altnames/],
    ['verify-full, when nobody known signed', 'localhost', 'sslmode=verify-full', /unable to|self-signed/],
    [
      'verify-full and another authority',
      'localhost',
      `sslmode=verify-full&${others}`,
      /unable to|self-signed/,
    ],
    ['verify-ca and another authority', 'localhost', `sslmode=verify-ca&${others}`, /unable to|self-signed/],
    ['require and another authority', 'localhost', `sslmode=require&${others}`, /unable to|self-signed/],
    ['an authority and no mode, under no name', '127.0.0.1', ours, /altnames/],
    [
      'what the system trusts',
      'localhost',
      'sslmode=verify-full&sslrootcert=system',
      /unable to|self-signed/,
    ],
  ])('does not connect with %s', async (_, host, parameters, expected) => {
    expect(await tlsOf(host, parameters)).toMatch(expected);
  });
});

describe('sslmode', () => {
  it('verify-ca needs an authority, and a certificate must be there', () => {
    const url = 'postgres://localhost/x?sslmode=verify-ca';
    expect(() => databaseOptions(url)).toThrow('sslmode=verify-ca needs an sslrootcert');
    expect(() => databaseOptions(`${url}&sslrootcert=/no/such.crt`)).toThrow(/ENOENT.*such\.crt/);
  });
});

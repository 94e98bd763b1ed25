import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { databaseOptions } from '../../src/platform/database/database.options.js';

/** Set to run the whole suite on PostgreSQL: the URL of a database in which databases may be created. */
const POSTGRES = process.env['TEST_POSTGRES_URL'];

export const isPostgres = POSTGRES !== undefined;

/** An empty database of the kind under test. */
export interface TestDatabase {
  url: string;
  drop: () => Promise<void>;
}

/**
 * @param isShared whether several processes will open it, which a database in memory cannot do
 * @param encoding of PostgreSQL alone
 */
export async function makeDatabase({ isShared = false, encoding = 'UTF8' } = {}): Promise<TestDatabase> {
  if (POSTGRES) return makePostgres(POSTGRES, encoding);
  if (!isShared) return { url: 'sqlite::memory:', drop: async () => {} };
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-test-'));
  return {
    url: `sqlite:${join(folder, 'gatehouse.db')}`,
    drop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Does something with a connection of its own, next to those of servers. */
export async function withDataSource<T>(
  url: string,
  work: (dataSource: DataSource) => Promise<T>,
): Promise<T> {
  const dataSource = await new DataSource(databaseOptions(url)).initialize();
  try {
    return await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

/** The rows of one statement, over a connection of its own. */
export function queryAt(url: string, sql: string): Promise<Record<string, unknown>[]> {
  return withDataSource(url, (dataSource) => dataSource.query(sql));
}

async function makePostgres(base: string, encoding: string): Promise<TestDatabase> {
  const name = `gatehouse_test_${randomBytes(6).toString('hex')}`;
  const other = encoding === 'UTF8' ? '' : ` ENCODING '${encoding}' LOCALE 'C' TEMPLATE template0`;
  await run(base, `CREATE DATABASE ${name}${other}`);
  const url = new URL(base);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(base, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function run(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

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

/** A database of the kind under test. */
export interface TestDatabase {
  url: string;
  drop: () => Promise<void>;
}

/**
 * One that is empty.
 * @param isShared whether several processes will open it, which a database in memory cannot do
 * @param encoding of PostgreSQL alone
 */
export async function makeDatabase({ isShared = false, encoding = 'UTF8' } = {}): Promise<TestDatabase> {
  if (POSTGRES) return makeNamed(randomName(), encoding === 'UTF8' ? '' : other(encoding));
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

/** One for an application that migrates it, already migrated where that takes long. */
export async function makeUsualDatabase(): Promise<TestDatabase> {
  const template = process.env['TEST_POSTGRES_TEMPLATE'];
  return template ? makeNamed(randomName(), ` TEMPLATE ${template}`) : makeDatabase();
}

/** A database of PostgreSQL that waits for no disk: the suite has thousands of commits, and loses none by a power cut. */
export async function makeNamed(name: string, how = ''): Promise<TestDatabase> {
  await onServer(`CREATE DATABASE ${name}${how}`, `ALTER DATABASE ${name} SET synchronous_commit = off`);
  const url = new URL(POSTGRES!);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

function randomName(): string {
  return `gatehouse_test_${randomBytes(6).toString('hex')}`;
}

function other(encoding: string): string {
  return ` ENCODING '${encoding}' LOCALE 'C' TEMPLATE template0`;
}

/** Runs statements on the server under test, in none of the databases of specs. */
export async function onServer(...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: POSTGRES! });
  await client.connect();
  try {
    for (const sql of statements) await client.query(sql);
  } finally {
    await client.end();
  }
}

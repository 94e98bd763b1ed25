import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

const BASE = process.env['TEST_POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';

/** A database on PostgreSQL that two nodes share. */
export async function withDatabase(work: (url: string) => Promise<void>): Promise<void> {
  const name = `gatehouse_clients_${randomBytes(6).toString('hex')}`;
  const url = new URL(BASE);
  url.pathname = `/${name}`;
  await query(`CREATE DATABASE ${name}`);
  await work(url.href).finally(() => query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
}

async function query(sql: string): Promise<void> {
  const client = new Client({ connectionString: BASE });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

import { randomBytes } from 'node:crypto';
import 'reflect-metadata';
import { migrate } from '../../src/platform/database/migrate.js';
import { isPostgres, makeNamed, onServer, withDataSource } from './database.js';

/** A database that is migrated once, and copied for each application of the suite. */
export default async function makeTemplate(): Promise<(() => Promise<void>) | undefined> {
  if (!isPostgres) return undefined;
  const name = `gatehouse_test_template_${randomBytes(6).toString('hex')}`;
  const { url, drop } = await makeNamed(name);
  await withDataSource(url, migrate);
  // PgBouncer keeps its connections, and a database is not copied while there is one.
  await onServer(
    `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
  );
  process.env['TEST_POSTGRES_TEMPLATE'] = name;
  return drop;
}

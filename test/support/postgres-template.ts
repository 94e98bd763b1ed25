import { randomBytes } from 'node:crypto';
import 'reflect-metadata';
import { migrate } from '../../src/platform/database/migrate.js';
import { isPostgres, makeNamed, withDataSource } from './database.js';

/** A database that is migrated once, and copied for each application of the suite. */
export default async function makeTemplate(): Promise<(() => Promise<void>) | undefined> {
  if (!isPostgres) return undefined;
  const name = `gatehouse_test_template_${randomBytes(6).toString('hex')}`;
  const { url, drop } = await makeNamed(name);
  await withDataSource(url, migrate);
  process.env['TEST_POSTGRES_TEMPLATE'] = name;
  return drop;
}

import { MigrationExecutor, type DataSource, type QueryRunner } from 'typeorm';
import { StartupError } from '../config/startup.error.js';

/** Any number that no other application on the same PostgreSQL database uses. */
const MIGRATION_LOCK = 7_283_100_114;

/**
 * Applies the pending migrations in one transaction, under a lock: of several processes that start at once, one
 * migrates and the others wait. Killed half-way, nothing is kept and the next start does it again.
 */
export async function migrate(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner();
  const executor = new MigrationExecutor(dataSource, runner);
  executor.transaction = 'none';
  const isSqlite = dataSource.options.type === 'better-sqlite3';
  try {
    await runner.query(isSqlite ? 'BEGIN IMMEDIATE' : 'BEGIN');
    if (!isSqlite) await runner.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    await executor.executePendingMigrations();
    await refuseNewerSchema(dataSource, runner);
    await runner.query('COMMIT');
  } catch (error) {
    await runner.query('ROLLBACK').catch(() => {});
    throw error;
  } finally {
    await runner.release();
  }
}

async function refuseNewerSchema(dataSource: DataSource, runner: QueryRunner): Promise<void> {
  const known = new Set(dataSource.migrations.map(({ name }) => name));
  const applied: { name: string }[] = await runner.query('SELECT name FROM migrations');
  const unknown = applied.find(({ name }) => !known.has(name));
  if (unknown) {
    throw new StartupError([
      `DATABASE_URL names a database of a newer version (migration ${unknown.name}); start that version instead`,
    ]);
  }
}

import { Logger } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';
import { DataSource, MigrationExecutor, type QueryRunner } from 'typeorm';
import { StartupError } from '../config/startup.error.js';
import { isDuplicate, isLocked, isRetryable } from './database.errors.js';
import { migrations, patient } from './database.options.js';

const MAX_TRIES = 6;
const TRY_EVERY_MS = 250;
/** How long to wait for another process before saying so. */
const LOOK_EVERY_MS = 2_000;
/** A process that falls silent in the middle is frozen or gone; its connection is ended, so that others can go on. */
const SILENT_FOR_MS = 60_000;
/** Locks the row that a process which migrates holds until it commits; once the schema is there. */
export const MIGRATION_LOCK = `UPDATE migrations SET name = name WHERE name = '${migrations[0]!.name}'`;
const log = new Logger('Database');

/**
 * Applies the pending migrations in one transaction: of several processes that start at once, one migrates and the
 * others wait for as long as it takes. Killed half-way, nothing is kept and the next start does it again.
 *
 * What they wait for is a row, and for the very first the table itself, which every database with transactions has;
 * advisory locks do nothing on CockroachDB. Writing that row is also how a read-only database is found out.
 */
export async function migrate(dataSource: DataSource): Promise<void> {
  const isSqlite = dataSource.options.type === 'better-sqlite3';
  const own = isSqlite
    ? dataSource
    : await new DataSource({ ...patient(dataSource.options), entities: [], migrations: [] }).initialize();
  try {
    await migrateInTurn(dataSource, own);
  } finally {
    if (own !== dataSource) await own.destroy();
  }
}

async function migrateInTurn(dataSource: DataSource, own: DataSource): Promise<void> {
  let isTold = false;
  for (let tries = 1; ;) {
    const turn = new Turn(dataSource, own.createQueryRunner());
    try {
      return await turn.take();
    } catch (error) {
      const isWaiting = !turn.isMine && isLocked(error);
      // Two that make the first table at once: to one of them it is there all of a sudden.
      const isRace = isRetryable(error) || (!turn.isMine && isDuplicate(error));
      if (!isWaiting && (!isRace || tries++ === MAX_TRIES)) throw error;
      if (isWaiting && !isTold) log.log('another process is migrating the database; waiting for it');
      isTold ||= isWaiting;
      await setTimeout(TRY_EVERY_MS);
    }
  }
}

/** One try to have the database for oneself and to migrate it. */
class Turn {
  /** Whether no other process can be migrating. */
  isMine = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly runner: QueryRunner,
  ) {}

  async take(): Promise<void> {
    const { dataSource, runner } = this;
    const executor = new MigrationExecutor(dataSource, runner);
    executor.transaction = 'none';
    try {
      await this.begin();
      if (await runner.hasTable('migrations')) await this.lock();
      await executor.executePendingMigrations();
      await runner.query('COMMIT');
    } catch (error) {
      await runner.query('ROLLBACK').catch(() => {});
      throw error;
    } finally {
      await runner.release();
    }
  }

  private async begin(): Promise<void> {
    if (this.isSqlite) {
      await this.runner.query('BEGIN IMMEDIATE');
      this.isMine = true;
      return;
    }
    // Has PostgreSQL notice in the middle of a statement that the process is gone. Others do not know it.
    await this.runner.query(`SET client_connection_check_interval = ${LOOK_EVERY_MS}`).catch(() => {});
    await this.runner.query('BEGIN');
    await this.runner.query(`SET LOCAL idle_in_transaction_session_timeout = ${SILENT_FOR_MS}`);
    await this.runner.query(`SET LOCAL lock_timeout = ${LOOK_EVERY_MS}`);
  }

  private async lock(): Promise<void> {
    const { affected } = await this.runner.query(MIGRATION_LOCK, [], true);
    this.isMine ||= affected === 1;
    if (this.isMine && !this.isSqlite) await this.runner.query('SET LOCAL lock_timeout = 0');
    await refuseNewerSchema(this.dataSource, this.runner);
  }

  private get isSqlite(): boolean {
    return this.dataSource.options.type === 'better-sqlite3';
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

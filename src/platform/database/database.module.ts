import { Global, Logger, Module } from '@nestjs/common';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { setTimeout } from 'node:timers/promises';
import { ProcessKind } from '../config/process-kind.js';
import { Settings } from '../config/settings.js';
import { StartupError } from '../config/startup.error.js';
import { CleanUps } from './clean-ups.service.js';
import { mayComeYet, reasonOf } from './database.errors.js';
import { databaseOptions } from './database.options.js';
import { Database } from './database.service.js';
import { encodingProblem } from './encoding.js';
import { Lease } from './lease.entity.js';
import { Leases } from './leases.service.js';
import { migrate } from './migrate.js';
import { PresenceModule } from './presence.module.js';
import { makePrivateFolder } from './private-folder.js';

const WAIT_FOR_DATABASE_MS = 30_000;
const TRY_EVERY_MS = 2_000;
const log = new Logger('Database');

/** Connects, migrates, and provides {@link Database} everywhere, and what needs no more than that. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [Settings, ProcessKind],
      useFactory: options,
      dataSourceFactory: connect,
    }),
    TypeOrmModule.forFeature([Lease]),
    PresenceModule,
  ],
  providers: [Database, Leases, CleanUps],
  exports: [Database, Leases, CleanUps],
})
export class DatabaseModule {}

function options({ DATABASE_URL, DATABASE_POOL }: Settings, { isServer }: ProcessKind): TypeOrmModuleOptions {
  try {
    const options = databaseOptions(DATABASE_URL, DATABASE_POOL);
    return {
      ...options,
      // A command has seen before that there are none to apply, and waits for no migration.
      ...(!isServer && { migrations: [] }),
      autoLoadEntities: true,
      toRetry: () => false,
    };
  } catch (error) {
    throw asStartupError(error);
  }
}

async function connect(options?: DataSourceOptions): Promise<DataSource> {
  const dataSource = new DataSource(options!);
  try {
    if (options?.type === 'better-sqlite3') makePrivateFolder(options.database);
    await whenReachable(() => dataSource.initialize());
    const problem = await encodingProblem(dataSource);
    if (problem) throw new StartupError([`DATABASE_URL: the database cannot be used: ${problem}`]);
    if (dataSource.migrations.length > 0) await migrate(dataSource);
    return dataSource;
  } catch (error) {
    if (dataSource.isInitialized) await dataSource.destroy();
    throw asStartupError(error);
  }
}

function asStartupError(error: unknown): StartupError {
  if (error instanceof StartupError) return error;
  return new StartupError([`DATABASE_URL: the database cannot be used: ${reasonOf(error)}`], {
    cause: error,
  });
}

/** A database may start later than the server does. Says so with a line for each try, for 30 s. */
async function whenReachable(open: () => Promise<unknown>): Promise<void> {
  const until = performance.now() + WAIT_FOR_DATABASE_MS;
  for (;;) {
    try {
      await open();
      return;
    } catch (error) {
      if (!mayComeYet(error) || performance.now() > until) throw error;
      log.warn(`the database is not there yet (${reasonOf(error)}); trying again`);
      await setTimeout(TRY_EVERY_MS);
    }
  }
}

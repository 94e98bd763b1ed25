import { Global, Logger, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Settings } from '../config/settings.js';
import { StartupError } from '../config/startup.error.js';
import { isUnavailable } from './database.errors.js';
import { databaseOptions } from './database.options.js';
import { Database } from './database.service.js';
import { migrate } from './migrate.js';

const WAIT_FOR_DATABASE_MS = 30_000;
const TRY_EVERY_MS = 2_000;
const log = new Logger('Database');

/** Connects, migrates, and provides {@link Database} everywhere. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [Settings],
      useFactory: (settings: Settings) => ({
        ...databaseOptions(settings.DATABASE_URL, settings.DATABASE_POOL),
        autoLoadEntities: true,
        retryAttempts: 0,
      }),
      dataSourceFactory: (options) => connect(options!),
    }),
  ],
  providers: [Database],
  exports: [Database],
})
export class DatabaseModule {}

async function connect(options: DataSourceOptions): Promise<DataSource> {
  if (options.type === 'better-sqlite3') makePrivateFolder(options.database);
  const dataSource = new DataSource(options);
  try {
    await whenReachable(() => dataSource.initialize());
    await migrate(dataSource);
    return dataSource;
  } catch (error) {
    if (dataSource.isInitialized) await dataSource.destroy();
    if (error instanceof StartupError) throw error;
    throw new StartupError([`DATABASE_URL: the database cannot be used: ${(error as Error).message}`], {
      cause: error,
    });
  }
}

/** What is in the database is nobody's business but the server's. A folder that is there is left as it is. */
function makePrivateFolder(path: string): void {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
}

/** A database may start later than the server does. Says so with a line for each try, for 30 s. */
async function whenReachable(open: () => Promise<unknown>): Promise<void> {
  const until = performance.now() + WAIT_FOR_DATABASE_MS;
  for (;;) {
    try {
      await open();
      return;
    } catch (error) {
      if (!isUnavailable(error) || performance.now() > until) throw error;
      log.warn(`the database is not there yet (${(error as Error).message}); trying again`);
      await setTimeout(TRY_EVERY_MS);
    }
  }
}

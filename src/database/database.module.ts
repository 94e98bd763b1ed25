import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { Settings } from '../config/settings.js';
import { StartupError } from '../config/startup.error.js';
import { databaseOptions } from './database.options.js';
import { Database } from './database.service.js';
import { migrate } from './migrate.js';

/** Connects, migrates, and provides {@link Database} everywhere. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [Settings],
      useFactory: (settings: Settings) => ({
        ...databaseOptions(settings.DATABASE_URL),
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
  const dataSource = new DataSource(options);
  try {
    await dataSource.initialize();
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

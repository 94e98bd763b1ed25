import { existsSync } from 'node:fs';
import { DataSource } from 'typeorm';
import { StartupError } from '../config/startup.error.js';
import { isLocked, reasonOf } from './database.errors.js';
import { asItIs, databaseOptions, migrations, onlyToRead } from './database.options.js';

/** How the schema of a database compares with the migrations of this version. */
export interface SchemaVersion {
  /** How many migrations were applied; 0 where there is no database of Gatehouse. */
  applied: number;
  /** The names of those that are still to be applied. */
  pending: string[];
  isEarlier: boolean;
  isNewer: boolean;
}

/** Looks at the table of migrations, and changes nothing. */
export async function schemaVersionOf(dataSource: DataSource): Promise<SchemaVersion> {
  const runner = dataSource.createQueryRunner();
  try {
    const isThere = await runner.hasTable('migrations');
    const applied: { name: string }[] = isThere ? await runner.query('SELECT name FROM migrations') : [];
    const known = migrations.map(({ name }) => name);
    const pending = known.filter((name) => !applied.some((each) => each.name === name));
    return {
      applied: applied.length,
      pending,
      isEarlier: pending.length > 0,
      isNewer: applied.some(({ name }) => !known.includes(name)),
    };
  } finally {
    await runner.release();
  }
}

/**
 * Makes sure that a database is there and of this version, before anything is opened that would make or migrate it.
 * @throws StartupError
 */
export async function refuseOtherSchema(url: string): Promise<void> {
  const { applied, isEarlier, isNewer } = await withinReadOnly(url, schemaVersionOf);
  if (applied === 0) throw refusal('has no tables of Gatehouse yet; start the server once, which makes them');
  if (isNewer) throw refusal('is of a newer version; use the command line of that version');
  if (isEarlier)
    throw refusal('is of an earlier version; start the server of this version once, which migrates it');
}

/** Opens a database for one look. @throws StartupError when it cannot be opened */
export async function withinReadOnly<T>(
  url: string,
  look: (dataSource: DataSource) => Promise<T>,
): Promise<T> {
  let dataSource: DataSource | undefined;
  try {
    const options = onlyToRead(databaseOptions(url, 1));
    // TypeORM would make the folder.
    if (options.type === 'better-sqlite3' && !existsSync(options.database))
      throw refusal(`is not there (${options.database}); start the server once, which makes it`);
    dataSource = await new DataSource(options).initialize();
    return await look(dataSource);
  } catch (error) {
    if (error instanceof StartupError) throw error;
    throw new StartupError([`DATABASE_URL: the database cannot be used: ${reasonOf(error)}`], {
      cause: error,
    });
  } finally {
    await dataSource?.destroy();
  }
}

/**
 * What keeps a server from writing into a file of SQLite that has our tables. Look while it is open elsewhere, and nothing
 * is written: the last to close it writes down what others have left in the log.
 */
export async function writingFails(url: string): Promise<string | undefined> {
  let dataSource: DataSource | undefined;
  try {
    dataSource = await new DataSource(asItIs(databaseOptions(url))).initialize();
    await dataSource.query('UPDATE migrations SET name = name WHERE false');
    return undefined;
  } catch (error) {
    // Another process holds the write lock.
    return isLocked(error) ? undefined : reasonOf(error);
  } finally {
    await dataSource?.destroy();
  }
}

function refusal(reason: string): StartupError {
  return new StartupError([`DATABASE_URL: the database ${reason}`]);
}

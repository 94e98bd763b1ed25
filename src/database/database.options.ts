import type { Database as SqliteHandle } from 'better-sqlite3';
import type { DataSourceOptions } from 'typeorm';
import { Initial1700000000000 } from './migrations/1700000000000-initial.js';
import { ProvedAddresses1700000001000 } from './migrations/1700000001000-proved-addresses.js';
import { SecondFactors1700000006000 } from './migrations/1700000006000-second-factors.js';
import { Passkeys1700000007000 } from './migrations/1700000007000-passkeys.js';
import { SnakeCaseNaming } from './naming.js';

const SQLITE_BUSY_TIMEOUT_MS = 4_000;
/** No request waits longer for the database; the answer is 503 then. */
const ANSWER_WITHIN_MS = 4_000;

/** All migrations, oldest first. */
export const migrations = [
  Initial1700000000000,
  ProvedAddresses1700000001000,
  SecondFactors1700000006000,
  Passkeys1700000007000,
];

/** The TypeORM options for a `DATABASE_URL`, shared by the server and the command line. */
export function databaseOptions(url: string, pool = 10): DataSourceOptions {
  const common = {
    migrations,
    namingStrategy: new SnakeCaseNaming(),
    synchronize: false,
    migrationsTableName: 'migrations',
  } as const;
  if (!url.startsWith('sqlite:')) {
    return {
      ...common,
      type: 'postgres',
      url,
      applicationName: 'gatehouse',
      poolSize: pool,
      connectTimeoutMS: ANSWER_WITHIN_MS,
      // The server gives up first; the client does when the server is frozen.
      extra: {
        statement_timeout: ANSWER_WITHIN_MS - 500,
        query_timeout: ANSWER_WITHIN_MS,
        // For a transaction whose node was lost in the middle.
        idle_in_transaction_session_timeout: 2 * ANSWER_WITHIN_MS,
      },
    };
  }
  return {
    ...common,
    type: 'better-sqlite3',
    database: url.slice('sqlite:'.length),
    enableWAL: true,
    timeout: SQLITE_BUSY_TIMEOUT_MS,
    prepareDatabase: (handle: SqliteHandle) => {
      handle.pragma('foreign_keys = ON');
      // In WAL mode NORMAL survives a killed process; only a power cut can lose the last commits.
      handle.pragma('synchronous = NORMAL');
    },
  };
}

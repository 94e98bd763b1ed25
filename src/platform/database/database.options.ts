import type { Database as SqliteHandle } from 'better-sqlite3';
import type { TlsOptions } from 'node:tls';
import type { DataSourceOptions } from 'typeorm';
import { Initial1700000000000 } from './migrations/1700000000000-initial.js';
import { ProvedAddresses1700000001000 } from './migrations/1700000001000-proved-addresses.js';
import { Limits1700000004000 } from './migrations/1700000004000-limits.js';
import { SecondFactors1700000006000 } from './migrations/1700000006000-second-factors.js';
import { Passkeys1700000007000 } from './migrations/1700000007000-passkeys.js';
import { Leases1795467600000 } from './migrations/1795467600000-leases.js';
import { ApiKeys1795471200000 } from './migrations/1795471200000-api-keys.js';
import { LiveSessions1795700400000 } from './migrations/1795700400000-live-sessions.js';
import { CanonicalSignatures1796025600000 } from './migrations/1796025600000-canonical-signatures.js';
import { DeviceEpochs1796112000000 } from './migrations/1796112000000-device-epochs.js';
import { OAuth1796115600000 } from './migrations/1796115600000-oauth.js';
import { InternationalDomains1796155207000 } from './migrations/1796155207000-international-domains.js';
import { ContestedSignUps1796198400000 } from './migrations/1796198400000-contested-sign-ups.js';
import { Mails1796284800000 } from './migrations/1796284800000-mails.js';
import { UserSearch1796371200000 } from './migrations/1796371200000-user-search.js';
import { LogoutAddresses1796372400000 } from './migrations/1796372400000-logout-addresses.js';
import { ActivityCounts1796374800000 } from './migrations/1796374800000-activity-counts.js';
import { Gateway1796376000000 } from './migrations/1796376000000-gateway.js';
import { DeviceAddresses1796378400000 } from './migrations/1796378400000-device-addresses.js';
import { UsageCounts1796385600000 } from './migrations/1796385600000-usage-counts.js';
import { Subscriptions1796389200000 } from './migrations/1796389200000-subscriptions.js';
import { UserLocale1796390000000 } from './migrations/1796390000000-user-locale.js';
import { ApiDocuments1796391357000 } from './migrations/1796391357000-api-documents.js';
import { ClientVersions1796393000000 } from './migrations/1796393000000-client-versions.js';
import { UsageRequests1796394957000 } from './migrations/1796394957000-usage-requests.js';
import { UsageTimes1796398000000 } from './migrations/1796398000000-usage-times.js';
import { GrantsInOrder1796399400000 } from './migrations/1796399400000-grants-in-order.js';
import { SnakeCaseNaming } from './naming.js';
import { postgresAddress } from './postgres-tls.js';
import { sqliteDriver } from './sqlite-driver.js';

const SQLITE_BUSY_TIMEOUT_MS = 4_000;
/**
 * When the database is frozen, the answer is 503 within 5 s: a statement may wait for a connection to be free, then for a
 * new one in its place, or else for its result.
 */
const CONNECT_WITHIN_MS = 1_500;
const ANSWER_WITHIN_MS = 3_000;

/** All migrations, oldest first. */
export const migrations = [
  Initial1700000000000,
  ProvedAddresses1700000001000,
  Limits1700000004000,
  SecondFactors1700000006000,
  Passkeys1700000007000,
  Leases1795467600000,
  ApiKeys1795471200000,
  LiveSessions1795700400000,
  CanonicalSignatures1796025600000,
  DeviceEpochs1796112000000,
  OAuth1796115600000,
  InternationalDomains1796155207000,
  ContestedSignUps1796198400000,
  Mails1796284800000,
  UserSearch1796371200000,
  LogoutAddresses1796372400000,
  ActivityCounts1796374800000,
  Gateway1796376000000,
  DeviceAddresses1796378400000,
  UsageCounts1796385600000,
  Subscriptions1796389200000,
  UserLocale1796390000000,
  ApiDocuments1796391357000,
  ClientVersions1796393000000,
  UsageRequests1796394957000,
  UsageTimes1796398000000,
  GrantsInOrder1796399400000,
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
    const address = postgresAddress(url);
    return {
      ...common,
      type: 'postgres',
      url: address.url,
      // TypeORM takes it for the options of a server.
      ssl: address.tls as TlsOptions | boolean | undefined,
      applicationName: 'gatehouse',
      poolSize: pool,
      connectTimeoutMS: CONNECT_WITHIN_MS,
      // The server gives up first; the client does when the server is frozen.
      extra: {
        statement_timeout: ANSWER_WITHIN_MS - 500,
        query_timeout: ANSWER_WITHIN_MS,
        // For a transaction whose node was lost in the middle.
        idle_in_transaction_session_timeout: 8_000,
      },
    };
  }
  return {
    ...common,
    type: 'better-sqlite3',
    driver: sqliteDriver(),
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

/** The same, on one connection and without time-outs, for what takes as long as it takes: migrations, copying all. */
export function patient(options: DataSourceOptions): DataSourceOptions {
  if (options.type !== 'postgres') return options;
  return { ...options, poolSize: 1, extra: {} };
}

/** The same, for who changes nothing by opening it. */
export function asItIs(options: DataSourceOptions): DataSourceOptions {
  if (options.type !== 'better-sqlite3') return options;
  return { ...options, fileMustExist: true, enableWAL: false };
}

/** The same, for who changes nothing at all. */
export function onlyToRead(options: DataSourceOptions): DataSourceOptions {
  if (options.type !== 'better-sqlite3') return options;
  return asItIs({ ...options, readonly: true });
}

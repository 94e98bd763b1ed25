import type { Database as SqliteHandle } from 'better-sqlite3';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { vi } from 'vitest';
import type { TestApp } from './app.js';

const ROUNDS = 3;
/** The frame of a transaction is not work. */
const FRAME = /^\s*(BEGIN|START TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b/i;

/**
 * The statements that the driver runs during `work`, without those that open and close transactions. The fewest of
 * a few rounds, because a task in the background may run one in between; what `isBackground` says is never counted.
 */
export async function statementsDuring(
  app: TestApp,
  work: () => Promise<unknown>,
  isBackground: (sql: string) => boolean = () => false,
): Promise<string[]> {
  const rounds: string[][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const statements: string[] = [];
    const stop = app.database.isSqlite ? watchSqlite(app, statements) : watchPostgres(statements);
    try {
      await work();
    } finally {
      stop();
    }
    rounds.push(statements.filter((sql) => !FRAME.test(sql) && !isBackground(sql)));
  }
  return rounds.toSorted((a, b) => a.length - b.length)[0]!;
}

/** Run by TypeORM or {@link Database}, every prepared statement passes these methods. */
function watchSqlite(app: TestApp, statements: string[]): () => void {
  const { databaseConnection } = app.nest.get(DataSource).driver as unknown as {
    databaseConnection: SqliteHandle;
  };
  const prototype = Object.getPrototypeOf(databaseConnection.prepare('SELECT 1')) as Record<string, unknown>;
  const originals = ['run', 'get', 'all', 'iterate'].map((name) => [name, prototype[name]] as const);
  for (const [name, original] of originals) {
    prototype[name] = function (this: { source: string }, ...args: unknown[]) {
      statements.push(this.source);
      return (original as (...args: unknown[]) => unknown).apply(this, args);
    };
  }
  return () => originals.forEach(([name, original]) => (prototype[name] = original));
}

function watchPostgres(statements: string[]): () => void {
  const original = Client.prototype.query;
  const spy = vi.spyOn(Client.prototype, 'query').mockImplementation(function (
    this: Client,
    ...args: unknown[]
  ) {
    const [query] = args as [string | { text: string }];
    statements.push(typeof query === 'string' ? query : query.text);
    return (original as (...args: unknown[]) => unknown).apply(this, args);
  } as never);
  return () => spy.mockRestore();
}

import { Injectable, Logger } from '@nestjs/common';
import type { Database as SqliteHandle, Statement as SqliteStatement } from 'better-sqlite3';
import type { Pool } from 'pg';
import { setTimeout } from 'node:timers/promises';
import { DataSource, type EntityTarget, type ObjectLiteral, type QueryRunner } from 'typeorm';
import { Settings } from '../config/settings.js';
import { isRetryable, isUnavailable } from './database.errors.js';

/** One SQL statement that is ready to run. In `sql`, `:name` stands for a value of `params`. */
export interface Statement {
  sql: string;
  params: Record<string, unknown>;
  /** How many rows it must affect, `some` for at least one; when it affects another number, the whole batch is undone. */
  affects?: number | 'some';
  /** What is thrown when it affects another number; without it, {@link UnexpectedCount}. */
  or?: () => Error;
  /** Called once it has taken effect for good; never for a batch that was undone. Must not throw. */
  committed?: (result: Result) => void;
}

/** What a statement did. `rows` are those it returned. */
export interface Result {
  affected: number;
  rows: Record<string, unknown>[];
}

/** A statement of a batch did not affect the number of rows it must; nothing of the batch was kept. */
export class UnexpectedCount extends Error {
  constructor(readonly statement: Statement) {
    super(`"${statement.sql.slice(0, 60)}…" did not affect ${statement.affects} rows`);
  }
}

/**
 * What a batch was decided on is not so any more: another request was faster. The `or` of a statement that is an optimistic
 * lock; see {@link whileOutdated}.
 */
export class Outdated extends Error {}

/** For the `or` of a statement. */
export const outdated = () => new Outdated();

/**
 * Reads, decides and writes again, as long as others are faster.
 * @param most how often, for work that costs much; the last time throws Outdated
 */
export async function whileOutdated<T>(work: () => Promise<T>, most = Infinity): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Outdated) || tries >= most) throw error;
    }
  }
}

const MAX_TRIES = 6;
/** On average, a bit longer each time, so that those who got into each other's way do not meet again. */
const TRY_AGAIN_AFTER_MS = 10;

/**
 * Runs ready statements, and is the only code that opens a transaction.
 *
 * TypeORM has one synchronous SQLite connection, so a transaction that awaits would swallow the statements of
 * other requests. Therefore what must be atomic is a batch, which SQLite runs in one synchronous step.
 */
@Injectable()
export class Database {
  private readonly log = new Logger(Database.name);
  private readonly prepared = new Map<string, SqliteStatement>();
  private readonly positional = new Map<string, { sql: string; names: string[] }>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  get isSqlite(): boolean {
    return this.dataSource.options.type === 'better-sqlite3';
  }

  /** Whether other processes can see this database. */
  get isShared(): boolean {
    return this.dataSource.options.database !== ':memory:';
  }

  /** The connections of the pool; one on SQLite. */
  get pool(): { total: number; idle: number; waiting: number } {
    if (this.isSqlite) return { total: 1, idle: 1, waiting: 0 };
    const { master } = this.dataSource.driver as unknown as { master: Pool };
    return { total: master.totalCount, idle: master.idleCount, waiting: master.waitingCount };
  }

  /** Runs one statement and returns its rows, with the column names as written in the SQL. */
  async query<Row>(sql: string, params: Statement['params'] = {}): Promise<Row[]> {
    return (await this.run({ sql, params })).rows as Row[];
  }

  /** Runs one statement, atomic by itself. */
  async run(statement: Statement): Promise<Result> {
    const result = this.isSqlite
      ? this.runOnSqlite(statement)
      : await untilItIsLet(() => this.runOnPostgres(statement));
    statement.committed?.(result);
    return result;
  }

  /**
   * Runs a batch: all of it takes effect or nothing.
   * @throws what a statement says that does not affect the rows it must, or UnexpectedCount
   */
  async atomically(statements: Statement[]): Promise<Result[]> {
    const results = this.isSqlite
      ? this.batchOnSqlite(statements)
      : await untilItIsLet(() => this.batchOnPostgres(statements));
    for (const [position, each] of statements.entries()) each.committed?.(results[position]!);
    return results;
  }

  /** A statement that inserts an entity. Its text is the same for every row, so that it is prepared once. */
  insert<T extends ObjectLiteral>(entity: EntityTarget<T>, row: T): Statement {
    const values = this.stored(entity, row);
    const names = Object.keys(values);
    const columns = names.map((name) => this.dataSource.driver.escape(name)).join(', ');
    const sql = `INSERT INTO ${this.tableOf(entity)} (${columns}) VALUES (:${names.join(', :')})`;
    return { sql, params: values, affects: 1 };
  }

  /** A statement that changes the entities that match `where`. */
  update<T extends ObjectLiteral>(entity: EntityTarget<T>, where: Partial<T>, change: Partial<T>): Statement {
    const [to, by] = [this.stored(entity, change), this.stored(entity, where)];
    const equal = (prefix: string) => (name: string) =>
      `${this.dataSource.driver.escape(name)} = :${prefix}${name}`;
    const set = Object.keys(to).map(equal('')).join(', ');
    const match = Object.keys(by).map(equal('where_')).join(' AND ');
    const wanted = Object.fromEntries(Object.entries(by).map(([name, value]) => [`where_${name}`, value]));
    const sql = `UPDATE ${this.tableOf(entity)} SET ${set} WHERE ${match}`;
    return { sql, params: { ...to, ...wanted }, affects: 1 };
  }

  private tableOf(entity: EntityTarget<ObjectLiteral>): string {
    return this.dataSource.driver.escape(this.dataSource.getMetadata(entity).tableName);
  }

  /** The columns of a part of an entity, as the database stores them. TypeORM's builders would write numbers into the SQL. */
  private stored<T extends ObjectLiteral>(
    entity: EntityTarget<T>,
    part: Partial<T>,
  ): Record<string, unknown> {
    const columns = this.dataSource.getMetadata(entity).columns.flatMap((column) => {
      const value: unknown = column.getEntityValue(part);
      if (value === undefined) return [];
      return [[column.databaseName, this.dataSource.driver.preparePersistentValue(value, column)] as const];
    });
    return Object.fromEntries(columns);
  }

  private get isTracing(): boolean {
    return this.settings.LOG_LEVEL === 'trace';
  }

  private get sqlite(): SqliteHandle {
    return (this.dataSource.driver as unknown as { databaseConnection: SqliteHandle }).databaseConnection;
  }

  private batchOnSqlite(statements: Statement[]): Result[] {
    const run = this.sqlite.transaction(() =>
      statements.map((each) => counted(each, this.runOnSqlite(each))),
    );
    return run.immediate();
  }

  private runOnSqlite({ sql, params }: Statement): Result {
    if (this.isTracing) this.log.verbose({ sql });
    const statement = this.preparedOnSqlite(sql);
    if (statement.reader) {
      const rows = statement.all(params) as Result['rows'];
      return { affected: rows.length, rows };
    }
    return { affected: statement.run(params).changes, rows: [] };
  }

  private preparedOnSqlite(sql: string): SqliteStatement {
    let statement = this.prepared.get(sql);
    if (!statement) {
      statement = this.sqlite.prepare(sql);
      this.prepared.set(sql, statement);
    }
    return statement;
  }

  private async batchOnPostgres(statements: Statement[]): Promise<Result[]> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.startTransaction();
      const results: Result[] = [];
      for (const each of statements) results.push(counted(each, await this.sendToPostgres(each, runner)));
      await runner.commitTransaction();
      await runner.release();
      return results;
    } catch (error) {
      if (isUnavailable(error) || !(await rolledBack(runner))) discard(runner, error);
      else await runner.release();
      throw error;
    }
  }

  private async runOnPostgres(statement: Statement): Promise<Result> {
    const runner = this.dataSource.createQueryRunner();
    try {
      const result = await this.sendToPostgres(statement, runner);
      await runner.release();
      return result;
    } catch (error) {
      if (isUnavailable(error)) discard(runner, error);
      else await runner.release();
      throw error;
    }
  }

  private async sendToPostgres({ sql, params }: Statement, runner: QueryRunner): Promise<Result> {
    if (this.isTracing) this.log.verbose({ sql });
    const numbered = this.numbered(sql);
    const values = numbered.names.map((name) => params[name]);
    const result = await runner.query(numbered.sql, values, true);
    return { affected: result.affected ?? result.records.length, rows: result.records };
  }

  /** PostgreSQL knows `$1`, not `:name`. */
  private numbered(sql: string): { sql: string; names: string[] } {
    let found = this.positional.get(sql);
    if (!found) {
      const names: string[] = [];
      const text = sql.replace(/:([a-zA-Z]\w*)/g, (_, name: string) => {
        if (!names.includes(name)) names.push(name);
        return `$${names.indexOf(name) + 1}`;
      });
      found = { sql: text, names };
      this.positional.set(sql, found);
    }
    return found;
  }
}

/**
 * Does again what was undone because of what others did at the same time. Databases that are always serializable, such
 * as CockroachDB, ask for that as a matter of course.
 */
async function untilItIsLet<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries === MAX_TRIES || !isRetryable(error)) throw error;
      await setTimeout(TRY_AGAIN_AFTER_MS * tries * 2 * Math.random());
    }
  }
}

function counted(statement: Statement, result: Result): Result {
  if (!isExpected(statement, result)) throw statement.or?.() ?? new UnexpectedCount(statement);
  return result;
}

function isExpected(
  { affects = 'any' }: { affects?: Statement['affects'] | 'any' },
  { affected }: Result,
): boolean {
  return affects === 'any' || (affects === 'some' ? affected > 0 : affected === affects);
}

async function rolledBack(runner: QueryRunner): Promise<boolean> {
  try {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    return true;
  } catch {
    return false;
  }
}

/**
 * Closes the connection instead of giving it back to the pool: its state is unknown, and the request that got it
 * next would write into a transaction that is never committed.
 */
function discard(runner: QueryRunner, error: unknown): void {
  const { releasePostgresConnection } = runner as unknown as {
    releasePostgresConnection: (error: unknown) => Promise<void>;
  };
  void releasePostgresConnection.call(runner, error);
}

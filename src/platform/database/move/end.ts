import type { Database as SqliteHandle } from 'better-sqlite3';
import type { DataSource, QueryRunner, Table } from 'typeorm';
import type { Values } from './checksum.js';

/** How many rows are in memory at a time. */
const ROWS_AT_ONCE = 500;

/** One end of a move: a database, seen and changed within a single transaction. */
export class End {
  private constructor(
    private readonly dataSource: DataSource,
    private readonly runner: QueryRunner,
  ) {}

  /** A snapshot: sees the database as it is now, not what others write later. */
  static async toRead(dataSource: DataSource): Promise<End> {
    const end = new End(dataSource, dataSource.createQueryRunner());
    await end.runner.query(end.isSqlite ? 'BEGIN' : 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    end.readExactly();
    return end;
  }

  /** Has the database for itself, as one who migrates has it: `lock` is the statement that says so. */
  static async toWrite(dataSource: DataSource, lock: string): Promise<End> {
    const end = new End(dataSource, dataSource.createQueryRunner());
    await end.runner.query(end.isSqlite ? 'BEGIN IMMEDIATE' : 'BEGIN');
    await end.runner.query(lock);
    end.readExactly();
    return end;
  }

  async commit(): Promise<void> {
    await this.runner.query('COMMIT');
  }

  /** Looks no longer at that moment; the connection is free for what is now. */
  async end(): Promise<void> {
    await this.runner.query('ROLLBACK');
    await this.runner.release();
  }

  async count(table: Table): Promise<number> {
    const [row] = await this.runner.query(`SELECT COUNT(*) AS count FROM ${this.nameOf(table)}`);
    return Number(row.count);
  }

  /** All rows in pieces, each with its values in the order of the columns of `table`. */
  async *rows(table: Table): AsyncGenerator<Values[]> {
    const names = table.columns.map(({ name }) => name);
    const keys = table.primaryColumns.map(({ name }) => name);
    const select = `SELECT ${this.list(names)} FROM ${this.nameOf(table)}`;
    const order = `ORDER BY ${this.list(keys)} LIMIT ${ROWS_AT_ONCE}`;
    const after = `WHERE (${this.list(keys)}) > (${this.parameters(0, keys.length)})`;
    let last: Record<string, unknown> | undefined;
    do {
      const found: Record<string, unknown>[] = last
        ? await this.runner.query(
            `${select} ${after} ${order}`,
            keys.map((name) => last![name]),
          )
        : await this.runner.query(`${select} ${order}`);
      if (found.length > 0) yield found.map((row) => names.map((name) => row[name]));
      last = found.length === ROWS_AT_ONCE ? found.at(-1) : undefined;
    } while (last);
  }

  async insert(table: Table, rows: Values[]): Promise<void> {
    const width = table.columns.length;
    const tuples = rows.map((_, position) => `(${this.parameters(position * width, width)})`).join(', ');
    const names = this.list(table.columns.map(({ name }) => name));
    await this.runner.query(
      `INSERT INTO ${this.nameOf(table)} (${names}) VALUES ${tuples}`,
      // SQLite has no booleans.
      rows.flat().map((value) => (this.isSqlite && typeof value === 'boolean' ? Number(value) : value)),
    );
  }

  async clear(table: Table): Promise<void> {
    await this.runner.query(`DELETE FROM ${this.nameOf(table)}`);
  }

  private get isSqlite(): boolean {
    return this.dataSource.options.type === 'better-sqlite3';
  }

  /** SQLite's driver would round what exceeds 53 bits. */
  private readExactly(): void {
    if (!this.isSqlite) return;
    const { databaseConnection } = this.dataSource.driver as unknown as { databaseConnection: SqliteHandle };
    databaseConnection.defaultSafeIntegers(true);
  }

  private nameOf({ name }: Table): string {
    return this.dataSource.driver.escape(name);
  }

  private list(names: string[]): string {
    return names.map((name) => this.dataSource.driver.escape(name)).join(', ');
  }

  private parameters(from: number, count: number): string {
    return Array.from({ length: count }, (_, n) => (this.isSqlite ? '?' : `$${from + n + 1}`)).join(', ');
  }
}

import type { Database } from './database.service.js';

/** How rows are read without their entity: which column says whose they are, and which are not text. */
export interface RowForm {
  owner: string;
  times: readonly string[];
  numbers: readonly string[];
  json: readonly string[];
  /** Booleans, which SQLite keeps as numbers. */
  flags?: readonly string[];
  /** What no user is shown. */
  hidden?: readonly string[];
}

/** At most `limit` rows of an owner as their entity would have them, lowest id first, after the one with the id `after`. */
export async function ownedRows(
  database: Database,
  table: string,
  form: RowForm,
  owner: string,
  limit: number,
  after: string,
): Promise<{ id: string }[]> {
  const sql = `SELECT * FROM ${table} WHERE ${form.owner} = :owner AND id > :after ORDER BY id LIMIT :limit`;
  const rows = await database.query<Record<string, unknown>>(sql, { owner, after, limit });
  return rows.map(
    (row) =>
      Object.fromEntries(
        Object.entries(row)
          .filter(([column]) => !form.hidden?.includes(column))
          .map(([column, value]) => [camelCase(column), valueOf(form, column, value)]),
      ) as { id: string },
  );
}

function valueOf({ times, numbers, json, flags }: RowForm, column: string, stored: unknown): unknown {
  if (stored === null) return null;
  // PostgreSQL hands a `bigint` out as text.
  if (times.includes(column)) return new Date(Number(stored));
  if (numbers.includes(column)) return Number(stored);
  if (flags?.includes(column)) return Boolean(stored);
  return json.includes(column) ? (JSON.parse(String(stored)) as unknown) : stored;
}

function camelCase(column: string): string {
  return column.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

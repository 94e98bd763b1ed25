import { DataSource } from 'typeorm';
import type { TestApp } from './app.js';

/**
 * How the database would run this statement.
 * @param off what PostgreSQL is to do without, since of as few rows as there are in a spec it is cheaper to read all
 */
export async function planOf(
  app: TestApp,
  sql: string,
  params: Record<string, unknown>,
  off: string[],
): Promise<string> {
  if (app.database.isSqlite) {
    const rows = await app.database.query<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, params);
    return rows.map(({ detail }) => detail).join('\n');
  }
  const runner = app.nest.get(DataSource).createQueryRunner();
  try {
    for (const each of off) await runner.query(`SET enable_${each} = off`);
    const literal = (name: string) => `'${String(params[name]).replaceAll("'", "''")}'`;
    const text = sql.replaceAll(/(?<!:):(\w+)/g, (_, name: string) => literal(name));
    const rows = (await runner.query(`EXPLAIN ${text}`)) as { 'QUERY PLAN': string }[];
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  } finally {
    for (const each of off) await runner.query(`RESET enable_${each}`);
    await runner.release();
  }
}

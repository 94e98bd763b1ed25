import type { DataSource } from 'typeorm';

/**
 * Why a database cannot hold what people write: names and addresses in all scripts. SQLite always can. PostgreSQL cannot
 * with another encoding than UTF8; with `SQL_ASCII` it stores the bytes and counts them for characters.
 */
export async function encodingProblem(dataSource: DataSource): Promise<string | undefined> {
  if (dataSource.options.type !== 'postgres') return undefined;
  const [{ encoding }] = await dataSource.query(`SELECT current_setting('server_encoding') AS encoding`);
  if (encoding === 'UTF8') return undefined;
  return `its encoding is ${encoding}, which cannot hold every name; make one with ENCODING 'UTF8' TEMPLATE template0`;
}

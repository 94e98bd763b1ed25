import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataSource, getMetadataArgsStorage, Table, type QueryRunner } from 'typeorm';
import { databaseOptions, migrations } from '../../../src/platform/database/database.options.js';
import { migrate } from '../../../src/platform/database/migrate.js';
import { isPostgres, makeDatabase, type TestDatabase } from '../../support/database.js';
import { readSources } from '../../support/source-rules.js';

/** The statements that would turn the schema into what the entities say. */
async function drift(dataSource: DataSource): Promise<string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
}

async function tables(dataSource: DataSource): Promise<string[]> {
  const found: { name: string }[] = await dataSource.query(
    isPostgres
      ? 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()'
      : `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`,
  );
  return found.map(({ name }) => name).toSorted();
}

describe('the migrated schema', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeEach(async () => {
    const files = readSources('src').filter(({ path }) => path.endsWith('.entity.ts'));
    const modules = await Promise.all(
      files.map(({ path }) => import(/* @vite-ignore */ `${process.cwd()}/${path}`)),
    );
    const exported = modules.flatMap((each: object) => Object.values(each));
    const entities = getMetadataArgsStorage()
      .tables.map(({ target }) => target)
      .filter((target) => exported.includes(target));
    database = await makeDatabase();
    dataSource = new DataSource({ ...databaseOptions(database.url), entities });
    await dataSource.initialize();
    await migrate(dataSource);
  });
  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it('is what the entities say', async () => {
    expect(dataSource.entityMetadatas.length).toBeGreaterThanOrEqual(8);
    expect(await drift(dataSource), 'run npm run migration:generate and add it to `migrations`').toEqual([]);
  });

  it('has a table for every entity and no other', async () => {
    const expected = [...dataSource.entityMetadatas.map(({ tableName }) => tableName), 'migrations'];
    expect(await tables(dataSource)).toEqual(expected.toSorted());
  });

  it('would be found out by a column that no entity has', async () => {
    await dataSource.query('ALTER TABLE users ADD COLUMN shoe_size integer');
    expect((await drift(dataSource)).join('\n')).toMatch(/shoe_size|temporary_users/);
  });

  it('would be found out by an index that is missing', async () => {
    await dataSource.query('DROP INDEX users_email');
    expect((await drift(dataSource)).join('\n')).toContain('users_email');
  });

  it('goes away when every migration is reverted, and comes back', async () => {
    for (const _ of migrations) await dataSource.undoLastMigration();
    expect(await tables(dataSource)).toEqual(['migrations']);
    await migrate(dataSource);
    expect(await drift(dataSource)).toEqual([]);
    expect(await dataSource.query('SELECT name FROM roles ORDER BY name')).toEqual([
      { name: 'admin' },
      { name: 'user' },
    ]);
  });

  it('is left alone by a second start', async () => {
    await dataSource.query(`UPDATE roles SET description = 'ours' WHERE name = 'admin'`);
    await migrate(dataSource);
    const [admin] = await dataSource.query(`SELECT description FROM roles WHERE name = 'admin'`);
    expect(admin).toEqual({ description: 'ours' });
  });

  it('of a newer version is refused, and nothing of it is touched', async () => {
    await dataSource.query(`INSERT INTO migrations (timestamp, name) VALUES (9, 'FromTheFuture9')`);
    await expect(migrate(dataSource)).rejects.toThrow(/newer version \(migration FromTheFuture9\)/);
    expect(await drift(dataSource)).toEqual([]);
  });

  it('is not kept in halves when a migration fails', async () => {
    class Broken2000000000000 {
      name = 'Broken2000000000000';
      async up(runner: QueryRunner) {
        await runner.createTable(
          new Table({ name: 'half', columns: [{ name: 'id', type: 'integer', isPrimary: true }] }),
        );
        throw new Error('broken');
      }
      async down() {}
    }
    const before = await tables(dataSource);
    dataSource.migrations.push(new Broken2000000000000());
    await expect(migrate(dataSource)).rejects.toThrow('broken');
    expect(await tables(dataSource)).toEqual(before);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataSource } from 'typeorm';
import { databaseOptions, migrations } from '../../../src/platform/database/database.options.js';
import { migrate } from '../../../src/platform/database/migrate.js';
import { makeDatabase, type TestDatabase } from '../../support/database.js';

/** A database as the first release leaves it, with an admin and a member who are signed in. */
const FIRST_RELEASE = [
  `INSERT INTO users (id, email, status, created_at, updated_at) VALUES
    ('admin-id', 'admin@example.com', 'active', 1, 1), ('member-id', 'member@example.com', 'active', 2, 2)`,
  `INSERT INTO user_roles (user_id, role_name) VALUES ('admin-id', 'admin'), ('member-id', 'user')`,
  `INSERT INTO sessions (id, user_id, salt, generation, rotations, amr, created_at, last_used_at, expires_at,
    absolute_expires_at) VALUES ('session-id', 'member-id', 'salt', 0, '[]', '["pwd"]', 1, 1, 9, 9)`,
  `INSERT INTO resources (id, owner_id, identifier, name, version, status, scopes, created_at, updated_at) VALUES
    ('resource-id', 'member-id', 'https://a.example', 'A', '1.0', 'draft', '[]', 1, 1)`,
];

describe('a database of the first release', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeEach(async () => {
    database = await makeDatabase();
    dataSource = new DataSource({ ...databaseOptions(database.url), migrations: migrations.slice(0, 1) });
    await dataSource.initialize();
    await migrate(dataSource);
    for (const sql of FIRST_RELEASE) await dataSource.query(sql);
    dataSource.migrations.push(...migrations.slice(1).map((Migration) => new Migration()));
  });
  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const everything = async () => ({
    roles: await dataSource.query('SELECT user_id, role_name FROM user_roles ORDER BY user_id'),
    sessions: await dataSource.query('SELECT id, user_id FROM sessions'),
    resources: await dataSource.query('SELECT id, owner_id FROM resources'),
  });

  it('loses nothing when it is brought up to date, nor when that is undone', async () => {
    const before = await everything();
    expect(before.sessions).toHaveLength(1);
    await migrate(dataSource);
    expect(await everything()).toEqual(before);
    for (const _ of migrations.slice(1)) await dataSource.undoLastMigration();
    expect(await everything()).toEqual(before);
  });

  it('has no revocations of a kind that the version before does not know, when that is undone', async () => {
    await migrate(dataSource);
    for (const kind of ['session', 'client']) {
      await dataSource.query(
        `INSERT INTO revocations (kind, subject, created_at, expires_at) VALUES ('${kind}', 'one', 1, 9)`,
      );
    }
    const isOfVersions = ({ name }: { name: string }) => name.startsWith('ClientVersions');
    for (const _ of migrations.slice(migrations.findIndex(isOfVersions)))
      await dataSource.undoLastMigration();
    expect(await dataSource.query('SELECT kind FROM revocations')).toEqual([{ kind: 'session' }]);
  });

  it('has admins with a proved address, and no other', async () => {
    await migrate(dataSource);
    const sql = 'SELECT id FROM users WHERE email_verified_at IS NOT NULL';
    expect(await dataSource.query(sql)).toEqual([{ id: 'admin-id' }]);
  });
});

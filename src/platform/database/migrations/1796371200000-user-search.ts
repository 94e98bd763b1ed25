import { TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const id = ['id'];
/** What few users are is found by an index of those few. */
const OF_FEW = [
  new TableIndex({ name: 'users_disabled', columnNames: id, where: `status = 'disabled'` }),
  new TableIndex({ name: 'users_services', columnNames: id, where: `kind = 'service'` }),
  new TableIndex({ name: 'users_unverified', columnNames: id, where: 'email_verified_at IS NULL' }),
];
const ROLE = new TableIndex({ name: 'user_roles_role', columnNames: ['role_name', 'user_id'] });
const OLD_ROLE = new TableIndex({ name: 'user_roles_role', columnNames: ['role_name'] });

/**
 * What a search of a million users reads by. The beginning of a text is a range of an index in the order of code points,
 * which on PostgreSQL is that of the collation "C".
 */
export class UserSearch1796371200000 implements MigrationInterface {
  name = 'UserSearch1796371200000';

  async up(runner: QueryRunner): Promise<void> {
    const isPostgres = runner.connection.options.type === 'postgres';
    const bytes = isPostgres ? ' COLLATE "C"' : '';
    await runner.createIndices('users', OF_FEW);
    await runner.dropIndex('user_roles', 'user_roles_role');
    await runner.createIndex('user_roles', ROLE);
    await runner.query(`CREATE INDEX users_name_start ON users ((lower(name)${bytes}), id)`);
    // On SQLite, the unique index has this order.
    if (isPostgres) await runner.query(`CREATE INDEX users_email_start ON users (email${bytes})`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX IF EXISTS users_email_start');
    await runner.query('DROP INDEX users_name_start');
    await runner.dropIndex('user_roles', 'user_roles_role');
    await runner.createIndex('user_roles', OLD_ROLE);
    for (const { name } of OF_FEW) await runner.dropIndex('users', name!);
  }
}

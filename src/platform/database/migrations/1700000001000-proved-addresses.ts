import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const TOKENS = new Table({
  name: 'one_time_tokens',
  columns: [
    { name: 'user_id', type: 'varchar', length: '36', isPrimary: true },
    { name: 'purpose', type: 'varchar', length: '32', isPrimary: true },
    { name: 'hash', type: 'varchar', length: '43' },
    { name: 'bound_to', type: 'varchar', length: '254' },
    { name: 'created_at', type: 'bigint' },
    { name: 'expires_at', type: 'bigint' },
  ],
  indices: [
    { name: 'one_time_tokens_hash', columnNames: ['hash'], isUnique: true },
    { name: 'one_time_tokens_expires', columnNames: ['expires_at'] },
  ],
  foreignKeys: [
    {
      name: 'one_time_tokens_user_id',
      columnNames: ['user_id'],
      referencedTableName: 'users',
      referencedColumnNames: ['id'],
      onDelete: 'CASCADE',
    },
  ],
});
const TARGET_INDEX = new TableIndex({ name: 'audit_events_target', columnNames: ['target_id', 'id'] });

/** Whether an address was proved, the tokens that prove it, and audit events by what they happened to. */
export class ProvedAddresses1700000001000 implements MigrationInterface {
  name = 'ProvedAddresses1700000001000';

  async up(runner: QueryRunner): Promise<void> {
    // Not `addColumn`: on SQLite TypeORM rebuilds the table and drops the old one, which would take along every row
    // that refers to it (ON DELETE CASCADE).
    await runner.query('ALTER TABLE users ADD COLUMN email_verified_at bigint');
    // The operator who made the first admins knows them, and REQUIRE_VERIFIED_EMAIL must not lock them out.
    await runner.query(`UPDATE users SET email_verified_at = created_at
      WHERE id IN (SELECT user_id FROM user_roles WHERE role_name = 'admin')`);
    await runner.createTable(TOKENS);
    await runner.createIndex('audit_events', TARGET_INDEX);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('audit_events', TARGET_INDEX);
    await runner.dropTable(TOKENS);
    await runner.query('ALTER TABLE users DROP COLUMN email_verified_at');
  }
}

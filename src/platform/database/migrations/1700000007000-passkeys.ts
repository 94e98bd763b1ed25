import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

const text = (name: string, length: number) => ({ name, type: 'varchar', length: String(length) });

const PASSKEYS = new Table({
  name: 'passkeys',
  columns: [
    { ...text('id', 36), isPrimary: true },
    text('user_id', 36),
    text('credential_id', 1400),
    { name: 'public_key', type: 'text' },
    { name: 'counter', type: 'bigint', default: 0 },
    { name: 'transports', type: 'text' },
    text('device', 16),
    text('name', 100),
    { name: 'created_at', type: 'bigint' },
    { name: 'last_used_at', type: 'bigint', isNullable: true },
  ],
  indices: [
    { name: 'passkeys_user', columnNames: ['user_id', 'id'] },
    { name: 'passkeys_credential', columnNames: ['credential_id'], isUnique: true },
  ],
  foreignKeys: [
    {
      name: 'passkeys_user_id',
      columnNames: ['user_id'],
      referencedTableName: 'users',
      referencedColumnNames: ['id'],
      onDelete: 'CASCADE',
    },
  ],
});

/** Passkeys (WebAuthn). */
export class Passkeys1700000007000 implements MigrationInterface {
  name = 'Passkeys1700000007000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(PASSKEYS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(PASSKEYS);
  }
}

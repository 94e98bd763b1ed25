import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

const text = (name: string, length: number) => ({ name, type: 'varchar', length: String(length) });
const time = (name: string) => ({ name, type: 'bigint' });
const ofUser = (table: string) => [
  {
    name: `${table}_user_id`,
    columnNames: ['user_id'],
    referencedTableName: 'users',
    referencedColumnNames: ['id'],
    onDelete: 'CASCADE',
  },
];

const TABLES = [
  new Table({
    name: 'totp_factors',
    columns: [
      { ...text('user_id', 36), isPrimary: true },
      text('sealed_secret', 255),
      { name: 'last_step', type: 'bigint', default: 0 },
      { name: 'failures', type: 'integer' },
      time('created_at'),
      { ...time('confirmed_at'), isNullable: true },
    ],
    foreignKeys: ofUser('totp_factors'),
  }),
  new Table({
    name: 'recovery_codes',
    columns: [
      { ...text('user_id', 36), isPrimary: true },
      { ...text('hash', 43), isPrimary: true },
      time('created_at'),
    ],
    foreignKeys: ofUser('recovery_codes'),
  }),
  new Table({
    name: 'challenges',
    columns: [
      { ...text('hash', 43), isPrimary: true },
      text('purpose', 32),
      { ...text('user_id', 36), isNullable: true },
      { name: 'detail', type: 'text' },
      { name: 'attempts', type: 'integer' },
      time('expires_at'),
    ],
    indices: [
      { name: 'challenges_user', columnNames: ['user_id'] },
      { name: 'challenges_expires', columnNames: ['expires_at'] },
    ],
    foreignKeys: ofUser('challenges'),
  }),
];

/** Second factors, what is asked for with them, and when a user last authenticated. */
export class SecondFactors1700000006000 implements MigrationInterface {
  name = 'SecondFactors1700000006000';

  async up(runner: QueryRunner): Promise<void> {
    // Not `addColumn`, for the reason given in 1700000001000. A node of the version before leaves it at 0: long ago.
    await runner.query('ALTER TABLE sessions ADD COLUMN authenticated_at bigint NOT NULL DEFAULT 0');
    await runner.query('UPDATE sessions SET authenticated_at = created_at');
    for (const table of TABLES) await runner.createTable(table);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES.toReversed()) await runner.dropTable(table);
    await runner.query('ALTER TABLE sessions DROP COLUMN authenticated_at');
  }
}

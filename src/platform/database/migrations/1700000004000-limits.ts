import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

const TABLES = [
  new Table({
    name: 'rate_limits',
    columns: [
      { name: 'key', type: 'varchar', length: '255', isPrimary: true },
      { name: 'points', type: 'integer', default: 0 },
      { name: 'expire', type: 'bigint', isNullable: true },
    ],
    indices: [{ name: 'rate_limits_expire', columnNames: ['expire'] }],
  }),
  new Table({
    name: 'failed_attempts',
    columns: [
      { name: 'subject', type: 'varchar', length: '43', isPrimary: true },
      { name: 'failures', type: 'integer' },
      { name: 'failed_at', type: 'bigint' },
      { name: 'retry_at', type: 'bigint' },
    ],
    indices: [{ name: 'failed_attempts_failed_at', columnNames: ['failed_at'] }],
  }),
];

/** Who did something too often, and who guessed wrong how many times. */
export class Limits1700000004000 implements MigrationInterface {
  name = 'Limits1700000004000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.createTable(table);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES.toReversed()) await runner.dropTable(table);
  }
}

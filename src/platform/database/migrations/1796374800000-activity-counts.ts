import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

const key = (name: string, type: string, length?: string) => ({ name, type, length, isPrimary: true });

/** What happened, by the hour and by the day. */
export class ActivityCounts1796374800000 implements MigrationInterface {
  name = 'ActivityCounts1796374800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'activity_counts',
        columns: [
          key('step', 'varchar', '4'),
          key('at', 'bigint'),
          key('name', 'varchar', '32'),
          { name: 'value', type: 'bigint', default: 0 },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('activity_counts');
  }
}

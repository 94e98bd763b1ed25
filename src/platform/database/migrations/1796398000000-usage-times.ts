import { TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const TIME = new TableIndex({ name: 'usage_counts_time', columnNames: ['resource_id', 'step', 'at'] });

/** Finds all that was counted of an API in a time, whatever is kept of others and from before. */
export class UsageTimes1796398000000 implements MigrationInterface {
  name = 'UsageTimes1796398000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createIndex('usage_counts', TIME);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('usage_counts', TIME);
  }
}

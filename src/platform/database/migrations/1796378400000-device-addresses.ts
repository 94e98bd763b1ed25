import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where a device asks from, for the user who is to approve it. */
export class DeviceAddresses1796378400000 implements MigrationInterface {
  name = 'DeviceAddresses1796378400000';

  async up(runner: QueryRunner): Promise<void> {
    // Not `addColumn`, which rebuilds the table on SQLite.
    await runner.query('ALTER TABLE device_codes ADD COLUMN ip varchar(64)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE device_codes DROP COLUMN ip');
  }
}

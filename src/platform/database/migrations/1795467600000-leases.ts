import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

/** Work that one node at a time does. */
export class Leases1795467600000 implements MigrationInterface {
  name = 'Leases1795467600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'leases',
        columns: [
          { name: 'name', type: 'varchar', length: '64', isPrimary: true },
          { name: 'owner', type: 'varchar', length: '36' },
          { name: 'expires_at', type: 'bigint' },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('leases');
  }
}

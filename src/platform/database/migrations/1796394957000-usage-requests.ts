import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

/** Single requests that the gateway relayed: a sample, those that failed and those that were slow. */
export class UsageRequests1796394957000 implements MigrationInterface {
  name = 'UsageRequests1796394957000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'usage_requests',
        columns: [
          { name: 'id', type: 'varchar', length: '36', isPrimary: true },
          { name: 'resource_id', type: 'varchar', length: '36' },
          { name: 'version_id', type: 'varchar', length: '36' },
          { name: 'route_id', type: 'varchar', length: '36' },
          { name: 'subscription_id', type: 'varchar', length: '36', isNullable: true },
          { name: 'method', type: 'varchar', length: '16' },
          { name: 'path', type: 'text' },
          { name: 'status', type: 'integer' },
          { name: 'ms', type: 'bigint', default: 0 },
          { name: 'bytes_in', type: 'bigint', default: 0 },
          { name: 'bytes_out', type: 'bigint', default: 0 },
          { name: 'why', type: 'varchar', length: '8' },
          { name: 'headers', type: 'text' },
          { name: 'created_at', type: 'bigint' },
        ],
        indices: [
          { name: 'usage_requests_resource', columnNames: ['resource_id', 'id'] },
          { name: 'usage_requests_age', columnNames: ['created_at'] },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('usage_requests');
  }
}

import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

const key = (name: string, type: string, length?: string) => ({ name, type, length, isPrimary: true });
const id = (name: string) => key(name, 'varchar', '36');
const counter = (name: string) => ({ name, type: 'bigint', default: 0 });

/** What the gateway relayed, by minute, hour and day, of each node. */
export class UsageCounts1796385600000 implements MigrationInterface {
  name = 'UsageCounts1796385600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'usage_counts',
        // In the order of the key, by which a chart reads its rows one after the other.
        columns: [
          id('resource_id'),
          key('step', 'varchar', '6'),
          id('route_id'),
          id('subscription_id'),
          id('version_id'),
          key('at', 'bigint'),
          id('node'),
          counter('requests'),
          counter('informational'),
          counter('successful'),
          counter('redirected'),
          counter('client_errors'),
          counter('server_errors'),
          counter('bytes_in'),
          counter('bytes_out'),
          counter('ms'),
          { name: 'latency', type: 'text' },
        ],
        indices: [{ name: 'usage_counts_age', columnNames: ['step', 'at'] }],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('usage_counts');
  }
}

import { Table, type MigrationInterface, type QueryRunner, type TableColumnOptions } from 'typeorm';

const NAME = 'logout_deliveries';
const text = (name: string, length: number) => ({ name, type: 'varchar', length: String(length) });
const time = (name: string) => ({ name, type: 'bigint' });

const before = [{ ...text('id', 36), isPrimary: true }, text('client_id', 36)];
const ofClient = [text('audience', 500), text('address', 2_000), text('alg', 5)];
const after = [
  text('sub', 36),
  text('sid', 36),
  { name: 'attempts', type: 'integer' },
  time('next_at'),
  time('created_at'),
  { ...text('last_error', 200), isNullable: true },
];
const FOREIGN_KEY = {
  name: 'logout_deliveries_client_id',
  columnNames: ['client_id'],
  referencedTableName: 'oauth_clients',
  referencedColumnNames: ['id'],
  onDelete: 'CASCADE',
};

function table(columns: TableColumnOptions[], foreignKeys: (typeof FOREIGN_KEY)[]): Table {
  const indices = [
    { name: 'logout_deliveries_next', columnNames: ['next_at'] },
    { name: 'logout_deliveries_client', columnNames: ['client_id', 'id'] },
  ];
  return new Table({ name: NAME, columns, indices, foreignKeys });
}

/**
 * Clients are told of their own deletion too, so that a delivery outlives its client. Made again: nothing has written to the
 * table before.
 */
export class LogoutAddresses1796372400000 implements MigrationInterface {
  name = 'LogoutAddresses1796372400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.dropTable(NAME);
    await runner.createTable(table([...before, ...ofClient, ...after], []));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(NAME);
    await runner.createTable(table([...before, ...after], [FOREIGN_KEY]));
  }
}

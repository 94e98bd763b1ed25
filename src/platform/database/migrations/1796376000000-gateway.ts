import { Table, type MigrationInterface, type QueryRunner, type TableColumnOptions } from 'typeorm';

const id = { name: 'id', type: 'varchar', length: '36', isPrimary: true };
const text = (name: string, length: number) => ({ name, type: 'varchar', length: String(length) });
const whole = (name: string) => ({ name, type: 'bigint' });
const json = (name: string) => ({ name, type: 'text' });
const flag = (name: string) => ({ name, type: 'boolean' });
const counter = (name: string) => ({ name, type: 'bigint', default: 0 });
const nullable = (column: TableColumnOptions) => ({ ...column, isNullable: true });
const index = (name: string, columnNames: string[], isUnique = false) => ({ name, columnNames, isUnique });
const foreignKey = (name: string, column: string, table: string, onDelete: string) => ({
  name,
  columnNames: [column],
  referencedTableName: table,
  referencedColumnNames: ['id'],
  onDelete,
});

/** The tables, in the order in which they refer to each other. */
const TABLES = [
  new Table({
    name: 'upstreams',
    columns: [
      id,
      text('name', 100),
      json('targets'),
      text('balance', 16),
      text('identity', 16),
      flag('preserve_host'),
      json('timeouts'),
      json('breaker'),
      nullable(json('tls_sealed')),
      counter('version'),
      whole('created_at'),
      whole('updated_at'),
    ],
    indices: [index('upstreams_name', ['name'], true)],
  }),
  new Table({
    name: 'api_versions',
    columns: [
      id,
      text('resource_id', 36),
      text('label', 32),
      text('status', 16),
      json('selector'),
      text('upstream_id', 36),
      text('base_path', 200),
      flag('strip_prefix'),
      nullable(whole('deprecated_at')),
      nullable(whole('sunset_at')),
      nullable(text('successor_id', 36)),
      nullable(text('docs_url', 500)),
      counter('version'),
      whole('created_at'),
      whole('updated_at'),
    ],
    indices: [
      index('api_versions_label', ['resource_id', 'label'], true),
      index('api_versions_upstream', ['upstream_id']),
    ],
    foreignKeys: [
      foreignKey('api_versions_resource_id', 'resource_id', 'resources', 'CASCADE'),
      foreignKey('api_versions_upstream_id', 'upstream_id', 'upstreams', 'NO ACTION'),
    ],
  }),
  new Table({
    name: 'api_routes',
    columns: [
      id,
      text('version_id', 36),
      nullable(text('operation_id', 100)),
      json('methods'),
      text('path', 500),
      json('scopes'),
      json('roles'),
      flag('is_public'),
      nullable(json('call_limit')),
      json('timeouts'),
      whole('body_limit'),
      { name: 'retries', type: 'integer' },
      json('forward'),
      flag('allow_empty_segments'),
      flag('allow_encoded_slash'),
      whole('created_at'),
      whole('updated_at'),
    ],
    indices: [index('api_routes_version', ['version_id', 'id'])],
    foreignKeys: [foreignKey('api_routes_version_id', 'version_id', 'api_versions', 'CASCADE')],
  }),
  new Table({
    name: 'gateway_revisions',
    columns: [
      { name: 'seq', type: 'integer', isPrimary: true },
      text('digest', 43),
      json('document'),
      nullable(text('note', 500)),
      nullable(text('by_id', 36)),
      whole('created_at'),
    ],
  }),
];

/** What stands behind the gateway: upstreams, versions of APIs, their routes, and the published tables. */
export class Gateway1796376000000 implements MigrationInterface {
  name = 'Gateway1796376000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.createTable(table);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const { name } of TABLES.toReversed()) await runner.dropTable(name);
  }
}

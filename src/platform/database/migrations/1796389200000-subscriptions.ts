import {
  Table,
  TableIndex,
  type MigrationInterface,
  type QueryRunner,
  type TableColumnOptions,
  type TableIndexOptions,
} from 'typeorm';

const text = (name: string, length: number) => ({ name, type: 'varchar', length: String(length) });
const id = { ...text('id', 36), isPrimary: true };
const whole = (name: string) => ({ name, type: 'bigint' });
const counter = (name: string) => ({ name, type: 'bigint', default: 0 });
const json = (name: string) => ({ name, type: 'text' });
const key = (column: TableColumnOptions) => ({ ...column, isPrimary: true });
const nullable = (column: TableColumnOptions) => ({ ...column, isNullable: true });
const index = (name: string, columnNames: string[], more: Partial<TableIndexOptions> = {}) => ({
  name,
  columnNames,
  ...more,
});
const foreignKey = (name: string, column: string, table: string, onDelete: string) => ({
  name,
  columnNames: [column],
  referencedTableName: table,
  referencedColumnNames: ['id'],
  onDelete,
});

/** In the order in which they refer to each other. */
const TABLES = [
  new Table({
    name: 'applications',
    columns: [
      id,
      text('owner_id', 36),
      text('name', 100),
      nullable(text('description', 1000)),
      counter('version'),
      whole('created_at'),
      whole('updated_at'),
    ],
    indices: [index('applications_owner', ['owner_id', 'id'])],
    foreignKeys: [foreignKey('applications_owner_id', 'owner_id', 'users', 'CASCADE')],
  }),
  new Table({
    name: 'application_members',
    columns: [id, text('application_id', 36), text('user_id', 36), text('role', 16), whole('created_at')],
    indices: [
      index('application_members_pair', ['application_id', 'user_id'], { isUnique: true }),
      index('application_members_user', ['user_id', 'application_id']),
    ],
    foreignKeys: [
      foreignKey('application_members_application_id', 'application_id', 'applications', 'CASCADE'),
      foreignKey('application_members_user_id', 'user_id', 'users', 'CASCADE'),
    ],
  }),
  new Table({
    name: 'plans',
    columns: [
      id,
      text('resource_id', 36),
      text('name', 100),
      nullable(text('description', 1000)),
      text('approval', 16),
      json('quota'),
      nullable(json('call_limit')),
      { name: 'max_keys', type: 'integer' },
      { name: 'is_public', type: 'boolean' },
      text('status', 16),
      counter('version'),
      whole('created_at'),
      whole('updated_at'),
    ],
    indices: [index('plans_name', ['resource_id', 'name'], { isUnique: true })],
    foreignKeys: [foreignKey('plans_resource_id', 'resource_id', 'resources', 'CASCADE')],
  }),
  new Table({
    name: 'subscriptions',
    columns: [
      id,
      text('application_id', 36),
      text('resource_id', 36),
      text('plan_id', 36),
      nullable(text('requested_plan_id', 36)),
      text('status', 16),
      nullable(text('reason', 500)),
      nullable(text('decision', 500)),
      nullable(text('decided_by_id', 36)),
      nullable(whole('starts_at')),
      nullable(whole('ends_at')),
      counter('version'),
      whole('created_at'),
      whole('updated_at'),
    ],
    indices: [
      index('subscriptions_live', ['application_id', 'resource_id'], {
        isUnique: true,
        where: `status IN ('requested', 'active', 'suspended')`,
      }),
      index('subscriptions_application', ['application_id', 'id']),
      index('subscriptions_resource', ['resource_id', 'status', 'id']),
      index('subscriptions_plan', ['plan_id']),
      index('subscriptions_requested_plan', ['requested_plan_id']),
      index('subscriptions_ends', ['ends_at']),
    ],
    foreignKeys: [
      foreignKey('subscriptions_application_id', 'application_id', 'applications', 'CASCADE'),
      foreignKey('subscriptions_resource_id', 'resource_id', 'resources', 'CASCADE'),
      foreignKey('subscriptions_plan_id', 'plan_id', 'plans', 'NO ACTION'),
      foreignKey('subscriptions_requested_plan_id', 'requested_plan_id', 'plans', 'NO ACTION'),
    ],
  }),
  new Table({
    name: 'quota_counters',
    columns: [
      key(text('application_id', 36)),
      key(text('resource_id', 36)),
      key(text('unit', 16)),
      key(text('per', 16)),
      key(whole('starts_at')),
      whole('ends_at'),
      counter('used'),
    ],
    indices: [index('quota_counters_ends', ['ends_at'])],
    foreignKeys: [
      foreignKey('quota_counters_application_id', 'application_id', 'applications', 'CASCADE'),
      foreignKey('quota_counters_resource_id', 'resource_id', 'resources', 'CASCADE'),
    ],
  }),
];
const OF_SUBSCRIPTION = new TableIndex(index('api_keys_subscription', ['subscription_id', 'id']));

/** Plans of APIs, applications with their members, their subscriptions, the keys of these, and what was used of quotas. */
export class Subscriptions1796389200000 implements MigrationInterface {
  name = 'Subscriptions1796389200000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.createTable(table);
    // Not `addColumn`, which rebuilds the table on SQLite.
    await runner.query('ALTER TABLE api_keys ADD COLUMN subscription_id varchar(36)');
    await runner.query('ALTER TABLE api_keys ADD COLUMN suspended_at bigint');
    await runner.createIndex('api_keys', OF_SUBSCRIPTION);
  }

  async down(runner: QueryRunner): Promise<void> {
    // Without their subscription they would be keys of their owners' own.
    await runner.query('DELETE FROM api_keys WHERE subscription_id IS NOT NULL');
    await runner.dropIndex('api_keys', OF_SUBSCRIPTION);
    await runner.query('ALTER TABLE api_keys DROP COLUMN suspended_at');
    await runner.query('ALTER TABLE api_keys DROP COLUMN subscription_id');
    for (const { name } of TABLES.toReversed()) await runner.dropTable(name);
  }
}

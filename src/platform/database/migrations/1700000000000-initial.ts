import { Table, type MigrationInterface, type QueryRunner, type TableColumnOptions } from 'typeorm';

const id = { name: 'id', type: 'varchar', length: '36', isPrimary: true };
const text = (name: string, length: number) => ({ name, type: 'varchar', length: String(length) });
const time = (name: string) => ({ name, type: 'bigint' });
const json = (name: string) => ({ name, type: 'text' });
const counter = (name: string) => ({ name, type: 'bigint', default: 0 });
const nullable = (column: TableColumnOptions) => ({ ...column, isNullable: true });
const primary = (column: TableColumnOptions) => ({ ...column, isPrimary: true });
const index = (name: string, columnNames: string[], isUnique = false) => ({ name, columnNames, isUnique });
const foreignKey = (name: string, column: string, table: string, to: string, onDelete?: string) => ({
  name,
  columnNames: [column],
  referencedTableName: table,
  referencedColumnNames: [to],
  onDelete: onDelete ?? 'NO ACTION',
});

/** The tables, in the order in which they refer to each other. */
const TABLES = [
  new Table({
    name: 'users',
    columns: [
      id,
      text('email', 254),
      nullable(text('name', 100)),
      nullable(text('password_hash', 255)),
      text('status', 16),
      counter('version'),
      time('created_at'),
      time('updated_at'),
      nullable(time('last_login_at')),
    ],
    indices: [index('users_email', ['email'], true)],
  }),
  new Table({
    name: 'roles',
    columns: [
      primary(text('name', 64)),
      nullable(text('description', 500)),
      json('scopes'),
      counter('version'),
      time('created_at'),
      time('updated_at'),
    ],
  }),
  new Table({
    name: 'user_roles',
    columns: [primary(text('user_id', 36)), primary(text('role_name', 64))],
    indices: [index('user_roles_role', ['role_name'])],
    foreignKeys: [
      foreignKey('user_roles_user', 'user_id', 'users', 'id', 'CASCADE'),
      foreignKey('user_roles_role_name', 'role_name', 'roles', 'name'),
    ],
  }),
  new Table({
    name: 'sessions',
    columns: [
      id,
      text('user_id', 36),
      text('salt', 43),
      { name: 'generation', type: 'integer' },
      json('rotations'),
      nullable(json('scopes')),
      json('amr'),
      time('created_at'),
      time('last_used_at'),
      time('expires_at'),
      time('absolute_expires_at'),
      nullable(time('revoked_at')),
      nullable(text('ip', 64)),
      nullable(text('device', 256)),
    ],
    indices: [index('sessions_user', ['user_id', 'id']), index('sessions_expires', ['expires_at'])],
    foreignKeys: [foreignKey('sessions_user_id', 'user_id', 'users', 'id', 'CASCADE')],
  }),
  new Table({
    name: 'signing_keys',
    columns: [
      primary(text('kid', 43)),
      text('alg', 8),
      text('stage', 8),
      json('public_jwk'),
      { name: 'sealed_private_key', type: 'text' },
      time('created_at'),
      nullable(time('activated_at')),
      nullable(time('expires_at')),
    ],
    indices: [{ ...index('signing_keys_stage', ['stage'], true), where: "stage <> 'previous'" }],
  }),
  new Table({
    name: 'revocations',
    columns: [
      primary(text('kind', 16)),
      primary(text('subject', 64)),
      nullable({ name: 'from_version', type: 'bigint' }),
      time('created_at'),
      time('expires_at'),
    ],
    indices: [
      index('revocations_created', ['created_at']),
      index('revocations_expires', ['expires_at', 'subject']),
    ],
  }),
  new Table({
    name: 'authority_version',
    columns: [primary({ name: 'id', type: 'integer' }), counter('value')],
  }),
  new Table({
    name: 'audit_events',
    columns: [
      id,
      time('at'),
      text('action', 64),
      text('actor_kind', 16),
      nullable(text('actor_id', 36)),
      nullable(text('target_kind', 16)),
      nullable(text('target_id', 64)),
      nullable(json('detail')),
      nullable(text('ip', 64)),
      nullable(text('user_agent', 256)),
      nullable(text('request_id', 36)),
    ],
    indices: [
      index('audit_events_actor', ['actor_id', 'id']),
      index('audit_events_action', ['action', 'id']),
      index('audit_events_at', ['at']),
    ],
  }),
  new Table({
    name: 'resources',
    columns: [
      id,
      nullable(text('owner_id', 36)),
      text('identifier', 500),
      text('name', 100),
      nullable(text('description', 1000)),
      text('version', 32),
      text('status', 16),
      json('scopes'),
      time('created_at'),
      time('updated_at'),
    ],
    indices: [index('resources_identifier', ['identifier'], true), index('resources_owner', ['owner_id'])],
    foreignKeys: [foreignKey('resources_owner_id', 'owner_id', 'users', 'id', 'SET NULL')],
  }),
];

const USER_SCOPES = '["account:read","account:write","resources:read"]';

/** Users, roles, sessions, tokens, resources and their audit trail, with the two roles that always exist. */
export class Initial1700000000000 implements MigrationInterface {
  name = 'Initial1700000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.createTable(table);
    const now = Date.now();
    await runner.query(
      `INSERT INTO roles (name, description, scopes, created_at, updated_at) VALUES
        ('admin', 'May do everything', '["*"]', ${now}, ${now}),
        ('user', 'What every account may do', '${USER_SCOPES}', ${now}, ${now})`,
    );
    await runner.query('INSERT INTO authority_version (id, value) VALUES (1, 0)');
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES.toReversed()) await runner.dropTable(table);
  }
}

import {
  Table,
  TableIndex,
  type MigrationInterface,
  type QueryRunner,
  type TableColumnOptions,
} from 'typeorm';

const id = { name: 'id', type: 'varchar', length: '36', isPrimary: true };
const text = (name: string, length: number) => ({ name, type: 'varchar', length: String(length) });
const time = (name: string) => ({ name, type: 'bigint' });
const json = (name: string) => ({ name, type: 'text' });
const flag = (name: string) => ({ name, type: 'boolean' });
const nullable = (column: TableColumnOptions) => ({ ...column, isNullable: true });
const primary = (column: TableColumnOptions) => ({ ...column, isPrimary: true });
const hash = primary(text('hash', 43));
const index = (name: string, columnNames: string[], isUnique = false) => ({ name, columnNames, isUnique });
const foreignKey = (name: string, column: string, table: string, onDelete = 'CASCADE') => ({
  name,
  columnNames: [column],
  referencedTableName: table,
  referencedColumnNames: ['id'],
  onDelete,
});

/** The tables, in the order in which they refer to each other. */
const TABLES = [
  new Table({
    name: 'oauth_clients',
    columns: [
      id,
      text('client_id', 500),
      text('kind', 16),
      text('name', 200),
      text('status', 16),
      nullable(text('owner_id', 36)),
      nullable(text('service_account_id', 36)),
      text('token_family', 36),
      text('auth_method', 32),
      text('assertion_audience', 16),
      json('redirect_uris'),
      json('post_logout_redirect_uris'),
      nullable(text('backchannel_logout_uri', 2000)),
      json('grant_types'),
      nullable(json('scopes')),
      nullable(json('resources')),
      nullable(json('jwks')),
      nullable(text('jwks_uri', 2000)),
      text('id_token_alg', 8),
      flag('dpop'),
      flag('par'),
      nullable(text('profile', 16)),
      flag('skip_consent'),
      text('application_type', 16),
      nullable(text('logo_uri', 2000)),
      nullable(text('client_uri', 2000)),
      nullable(text('tos_uri', 2000)),
      nullable(text('policy_uri', 2000)),
      nullable(text('registration_token_hash', 43)),
      nullable(time('document_expires_at')),
      time('created_at'),
      time('updated_at'),
      nullable(time('last_used_at')),
    ],
    indices: [
      index('oauth_clients_client_id', ['client_id'], true),
      index('oauth_clients_owner', ['owner_id']),
      index('oauth_clients_service_account', ['service_account_id']),
      index('oauth_clients_swept', ['kind', 'last_used_at']),
    ],
    foreignKeys: [
      foreignKey('oauth_clients_owner_id', 'owner_id', 'users', 'SET NULL'),
      foreignKey('oauth_clients_service_account_id', 'service_account_id', 'users', 'SET NULL'),
    ],
  }),
  new Table({
    name: 'oauth_client_secrets',
    columns: [
      id,
      text('client_id', 36),
      text('hash', 43),
      text('hint', 8),
      time('created_at'),
      nullable(time('expires_at')),
    ],
    indices: [index('oauth_client_secrets_client', ['client_id', 'id'])],
    foreignKeys: [foreignKey('oauth_client_secrets_client_id', 'client_id', 'oauth_clients')],
  }),
  new Table({
    name: 'oauth_requests',
    columns: [
      hash,
      text('kind', 8),
      text('client_id', 36),
      json('parameters'),
      nullable(text('user_id', 36)),
      nullable(text('session_id', 36)),
      time('created_at'),
      time('expires_at'),
      nullable(time('used_at')),
    ],
    indices: [
      index('oauth_requests_expires', ['expires_at']),
      index('oauth_requests_client', ['client_id']),
      index('oauth_requests_user', ['user_id']),
    ],
    foreignKeys: [
      foreignKey('oauth_requests_client_id', 'client_id', 'oauth_clients'),
      foreignKey('oauth_requests_user_id', 'user_id', 'users'),
    ],
  }),
  new Table({
    name: 'oauth_codes',
    columns: [
      hash,
      text('client_id', 36),
      text('user_id', 36),
      nullable(text('parent_session_id', 36)),
      text('redirect_uri', 2000),
      text('challenge', 128),
      json('scopes'),
      json('resources'),
      nullable(text('nonce', 512)),
      time('auth_time'),
      json('amr'),
      nullable(text('dpop_jkt', 43)),
      time('created_at'),
      time('expires_at'),
      nullable(time('used_at')),
      nullable(text('session_id', 36)),
    ],
    indices: [
      index('oauth_codes_expires', ['expires_at']),
      index('oauth_codes_client', ['client_id']),
      index('oauth_codes_user', ['user_id']),
    ],
    foreignKeys: [
      foreignKey('oauth_codes_client_id', 'client_id', 'oauth_clients'),
      foreignKey('oauth_codes_user_id', 'user_id', 'users'),
    ],
  }),
  new Table({
    name: 'oauth_grants',
    columns: [
      id,
      text('user_id', 36),
      text('client_id', 36),
      text('resource', 500),
      json('scopes'),
      time('created_at'),
      time('updated_at'),
      nullable(time('expires_at')),
    ],
    indices: [
      index('oauth_grants_of', ['user_id', 'client_id', 'resource'], true),
      index('oauth_grants_client', ['client_id']),
    ],
    foreignKeys: [
      foreignKey('oauth_grants_user_id', 'user_id', 'users'),
      foreignKey('oauth_grants_client_id', 'client_id', 'oauth_clients'),
    ],
  }),
  new Table({
    name: 'device_codes',
    columns: [
      hash,
      text('user_code_hash', 43),
      text('client_id', 36),
      json('scopes'),
      json('resources'),
      text('status', 16),
      { name: 'interval', type: 'integer' },
      nullable(time('polled_at')),
      nullable(text('user_id', 36)),
      nullable(text('parent_session_id', 36)),
      nullable(time('auth_time')),
      nullable(json('amr')),
      time('created_at'),
      time('expires_at'),
    ],
    indices: [
      index('device_codes_user_code', ['user_code_hash'], true),
      index('device_codes_expires', ['expires_at']),
      index('device_codes_client', ['client_id']),
      index('device_codes_user', ['user_id']),
    ],
    foreignKeys: [
      foreignKey('device_codes_client_id', 'client_id', 'oauth_clients'),
      foreignKey('device_codes_user_id', 'user_id', 'users'),
    ],
  }),
  new Table({
    name: 'used_ids',
    columns: [
      primary(text('kind', 16)),
      primary(text('issuer', 100)),
      primary(text('hash', 43)),
      time('expires_at'),
    ],
    indices: [index('used_ids_expires', ['expires_at'])],
  }),
  new Table({
    name: 'logout_deliveries',
    columns: [
      id,
      text('client_id', 36),
      text('sub', 36),
      text('sid', 36),
      { name: 'attempts', type: 'integer' },
      time('next_at'),
      time('created_at'),
      nullable(text('last_error', 200)),
    ],
    indices: [
      index('logout_deliveries_next', ['next_at']),
      index('logout_deliveries_client', ['client_id', 'id']),
    ],
    foreignKeys: [foreignKey('logout_deliveries_client_id', 'client_id', 'oauth_clients')],
  }),
];

const KEY_STAGE = (columns: string) =>
  `CREATE UNIQUE INDEX signing_keys_stage ON signing_keys (${columns}) WHERE stage <> 'previous'`;
/** As SQL, which both databases have: TypeORM would copy the table on SQLite and drop the old one, and what refers to it. */
const OF_CLIENTS = [
  'client_id varchar(36)',
  'parent_id varchar(36)',
  'resources text',
  'offline boolean',
  'dpop_jkt varchar(43)',
];
const PARENT = new TableIndex({ name: 'sessions_parent', columnNames: ['parent_id'] });
const CLIENT = new TableIndex({ name: 'sessions_client', columnNames: ['client_id', 'user_id'] });

/** OAuth 2.1 and OpenID Connect: clients, their requests, codes and grants; sessions of clients; keys of several algorithms. */
export class OAuth1796115600000 implements MigrationInterface {
  name = 'OAuth1796115600000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.createTable(table);
    for (const column of OF_CLIENTS) await runner.query(`ALTER TABLE sessions ADD COLUMN ${column}`);
    await runner.createIndex('sessions', PARENT);
    await runner.createIndex('sessions', CLIENT);
    await runner.query('DROP INDEX signing_keys_stage');
    await runner.query(KEY_STAGE('alg, stage'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX signing_keys_stage');
    // Of several lines of keys, the one that was made last is kept.
    await runner.query(`UPDATE signing_keys SET stage = 'previous' WHERE stage <> 'previous'
      AND alg <> (SELECT alg FROM signing_keys WHERE stage = 'current' ORDER BY created_at DESC LIMIT 1)`);
    await runner.query(KEY_STAGE('stage'));
    await runner.query('DELETE FROM sessions WHERE client_id IS NOT NULL');
    await runner.dropIndex('sessions', CLIENT);
    await runner.dropIndex('sessions', PARENT);
    for (const column of OF_CLIENTS) {
      await runner.query(`ALTER TABLE sessions DROP COLUMN ${column.split(' ', 1)[0]}`);
    }
    for (const table of TABLES.toReversed()) await runner.dropTable(table);
  }
}

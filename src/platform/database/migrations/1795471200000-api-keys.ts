import { Table, type MigrationInterface, type QueryRunner, type TableColumnOptions } from 'typeorm';

const text = (name: string, length: number) => ({ name, type: 'varchar', length: String(length) });
const time = (name: string) => ({ name, type: 'bigint' });
const counter = (name: string) => ({ name, type: 'bigint', default: 0 });
const nullable = (column: TableColumnOptions) => ({ ...column, isNullable: true });

/** API keys, and service accounts, which have nothing else. */
export class ApiKeys1795471200000 implements MigrationInterface {
  name = 'ApiKeys1795471200000';

  async up(runner: QueryRunner): Promise<void> {
    // As SQL, which both databases have: TypeORM would copy the table on SQLite and drop the old one, and what refers to it.
    await runner.query(`ALTER TABLE users ADD COLUMN kind varchar(16) NOT NULL DEFAULT 'person'`);
    await runner.createTable(
      new Table({
        name: 'api_keys',
        columns: [
          { ...text('id', 36), isPrimary: true },
          text('owner_id', 36),
          text('name', 100),
          { name: 'scopes', type: 'text' },
          text('audience', 500),
          nullable({ name: 'allowed_ips', type: 'text' }),
          nullable({ name: 'rate_limit', type: 'text' }),
          text('kid', 43),
          counter('version'),
          time('created_at'),
          time('expires_at'),
          nullable(time('revoked_at')),
          nullable(text('replaced_by', 36)),
          nullable(time('last_used_at')),
          nullable(text('last_used_ip', 64)),
          counter('use_count'),
        ],
        indices: [
          { name: 'api_keys_owner', columnNames: ['owner_id', 'id'] },
          { name: 'api_keys_kid', columnNames: ['kid', 'expires_at'] },
          { name: 'api_keys_expires', columnNames: ['expires_at'] },
          { name: 'api_keys_revoked', columnNames: ['revoked_at'] },
        ],
        foreignKeys: [
          {
            name: 'api_keys_owner_id',
            columnNames: ['owner_id'],
            referencedTableName: 'users',
            referencedColumnNames: ['id'],
            onDelete: 'CASCADE',
          },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('api_keys');
    await runner.query(`DELETE FROM users WHERE kind = 'service'`);
    await runner.query('ALTER TABLE users DROP COLUMN kind');
  }
}

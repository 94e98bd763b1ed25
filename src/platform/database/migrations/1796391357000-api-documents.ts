import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

/** OpenAPI documents of versions. */
export class ApiDocuments1796391357000 implements MigrationInterface {
  name = 'ApiDocuments1796391357000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'api_documents',
        columns: [
          { name: 'version_id', type: 'varchar', length: '36', isPrimary: true },
          { name: 'text', type: 'text' },
          { name: 'digest', type: 'varchar', length: '43' },
          { name: 'created_at', type: 'bigint' },
        ],
        foreignKeys: [
          {
            name: 'api_documents_version_id',
            columnNames: ['version_id'],
            referencedTableName: 'api_versions',
            referencedColumnNames: ['id'],
            onDelete: 'CASCADE',
          },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('api_documents');
  }
}

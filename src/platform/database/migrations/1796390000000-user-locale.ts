import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The language in which a person is written to. */
export class UserLocale1796390000000 implements MigrationInterface {
  name = 'UserLocale1796390000000';

  async up(runner: QueryRunner): Promise<void> {
    // Not `addColumn`, which rebuilds the table on SQLite and would delete what refers to it.
    await runner.query('ALTER TABLE users ADD COLUMN locale varchar(16)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE users DROP COLUMN locale');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether another person wanted an account with an address before it was proved. */
export class ContestedSignUps1796198400000 implements MigrationInterface {
  name = 'ContestedSignUps1796198400000';

  async up(runner: QueryRunner): Promise<void> {
    // Not `addColumn`, which rebuilds the table on SQLite and would delete what refers to it.
    await runner.query('ALTER TABLE users ADD COLUMN contested_at bigint');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE users DROP COLUMN contested_at');
  }
}

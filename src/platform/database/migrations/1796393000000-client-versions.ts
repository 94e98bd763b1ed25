import type { MigrationInterface, QueryRunner } from 'typeorm';

/** By which nodes know that what they remember of a client has changed. */
export class ClientVersions1796393000000 implements MigrationInterface {
  name = 'ClientVersions1796393000000';

  async up(runner: QueryRunner): Promise<void> {
    // Not `addColumn`, which rebuilds the table on SQLite and would delete what refers to it.
    await runner.query('ALTER TABLE oauth_clients ADD COLUMN version integer NOT NULL DEFAULT 0');
  }

  async down(runner: QueryRunner): Promise<void> {
    // Of a kind that the version before does not know, and stops at.
    await runner.query("DELETE FROM revocations WHERE kind = 'client'");
    await runner.query('ALTER TABLE oauth_clients DROP COLUMN version');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which signing keys have only ever made canonical signatures. */
export class CanonicalSignatures1796025600000 implements MigrationInterface {
  name = 'CanonicalSignatures1796025600000';

  async up(runner: QueryRunner): Promise<void> {
    // As SQL, which both databases have: TypeORM would copy the table on SQLite.
    await runner.query(`ALTER TABLE signing_keys ADD COLUMN signatures varchar(9) NOT NULL DEFAULT 'any'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE signing_keys DROP COLUMN signatures');
  }
}

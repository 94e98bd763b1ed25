import { TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const LIVE = new TableIndex({ name: 'sessions_live', columnNames: ['user_id', 'revoked_at', 'id'] });

/** Finds the live sessions of a user, and those that ended at one moment, among many others. */
export class LiveSessions1795700400000 implements MigrationInterface {
  name = 'LiveSessions1795700400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createIndex('sessions', LIVE);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('sessions', LIVE);
  }
}

import { TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const ORDERED = new TableIndex({ name: 'oauth_grants_client', columnNames: ['client_id', 'id'] });
const OLD = new TableIndex({ name: 'oauth_grants_client', columnNames: ['client_id'] });

/** By which a page of what users have allowed one client is read in order, of however many. */
export class GrantsInOrder1796399400000 implements MigrationInterface {
  name = 'GrantsInOrder1796399400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('oauth_grants', 'oauth_grants_client');
    await runner.createIndex('oauth_grants', ORDERED);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('oauth_grants', 'oauth_grants_client');
    await runner.createIndex('oauth_grants', OLD);
  }
}

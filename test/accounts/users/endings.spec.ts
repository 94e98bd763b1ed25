import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DataSource, Table } from 'typeorm';
import { AccountChangesService } from '../../../src/accounts/users/account-changes.service.js';
import { openApp } from '../../../src/app.command.js';
import { ENDINGS } from '../../../src/app.endings.js';
import { OPERATOR } from '../../../src/platform/access/actor.js';
import { migrate } from '../../../src/platform/database/migrate.js';
import { makeKey } from '../../support/api-keys.js';
import { startApp, type TestApp } from '../../support/app.js';
import { makeDatabase, queryAt, withDataSource, type TestDatabase } from '../../support/database.js';
import { GATEHOUSE_SECRET } from '../../support/process.js';

const OWNERS = ['user_id', 'owner_id'];
const LISTED = ENDINGS.map(({ table }) => table);

/** What is wrong with the tables of a schema, each in a line that says how to mend it. */
async function loose(dataSource: DataSource): Promise<string[]> {
  const runner = dataSource.createQueryRunner();
  try {
    const tables = (await runner.getTables()).map((table) => ({
      name: table.name.split('.').at(-1)!,
      table,
    }));
    const owned = tables.filter(({ table }) => ownerOf(table));
    const names = owned.map(({ name }) => name);
    return [
      ...names
        .filter((name) => !LISTED.includes(name))
        .map((name) => `${name} has an owner: say in app.endings.ts what ends its rows`),
      ...LISTED.filter((name) => !names.includes(name))
        // Rows that outlive their owner, so that others are told of the end: they name a subject, no account.
        .filter((name) => !tables.some((each) => each.name === name && namesSubject(each.table)))
        .map((name) => `${name} has no owner: take its row out`),
      ...owned
        .filter(({ table }) => !table.foreignKeys.some(followsAccount))
        .map(({ name }) => `${name} stays as it is when its owner is deleted: give it a foreign key`),
    ];
  } finally {
    await runner.release();
  }
}

const ownerOf = ({ columns }: Table) => columns.find(({ name }) => OWNERS.includes(name));
const namesSubject = ({ columns }: Table) => columns.some(({ name }) => name === 'sub');
const followsAccount = ({ columnNames, referencedTableName, onDelete }: Table['foreignKeys'][number]) =>
  OWNERS.includes(columnNames[0]!) &&
  referencedTableName.endsWith('users') &&
  ['CASCADE', 'SET NULL'].includes(onDelete!);

describe('app.endings.ts', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await makeDatabase({ isShared: true });
  });
  afterEach(() => database.drop());

  const looseAfter = (...statements: string[]) =>
    withDataSource(database.url, async (dataSource) => {
      await migrate(dataSource);
      for (const statement of statements) await dataSource.query(statement);
      return loose(dataSource);
    });

  it('has a row for each table with an owner, and no other', async () => {
    expect(await looseAfter()).toEqual([]);
    expect(new Set(LISTED).size).toBe(LISTED.length);
  });

  it('would be found out by a table that it does not list, and by one that outlives its owner', async () => {
    const found = await looseAfter(
      `CREATE TABLE grants (id varchar(36) PRIMARY KEY, user_id varchar(36) REFERENCES users (id) ON DELETE CASCADE)`,
      `CREATE TABLE pets (id varchar(36) PRIMARY KEY, owner_id varchar(36))`,
      `DROP TABLE recovery_codes`,
    );
    expect(found.toSorted()).toEqual([
      'grants has an owner: say in app.endings.ts what ends its rows',
      'pets has an owner: say in app.endings.ts what ends its rows',
      'pets stays as it is when its owner is deleted: give it a foreign key',
      'recovery_codes has no owner: take its row out',
    ]);
  });
});

// One application after the other, for Passport has one register of strategies for the whole process.
describe('what ends with an account', () => {
  let database: TestDatabase;
  let env: Record<string, string>;
  let app: TestApp | undefined;

  beforeEach(async () => {
    database = await makeDatabase({ isShared: true });
    env = { DATABASE_URL: database.url, GATEHOUSE_SECRET, PUBLIC_URL: 'http://localhost:3000' };
  });
  afterEach(async () => {
    await app?.close();
    await database.drop();
  });

  const start = async (features: string): Promise<TestApp> => {
    await app?.close();
    return (app = await startApp({ env: { ...env, FEATURES: features } }));
  };
  const liveOf = async (id: string) => {
    const live = (table: string, owner: string) =>
      queryAt(database.url, `SELECT id FROM ${table} WHERE ${owner} = '${id}' AND revoked_at IS NULL`);
    const [sessions, apiKeys] = await Promise.all([
      live('sessions', 'user_id'),
      live('api_keys', 'owner_id'),
    ]);
    return { sessions: sessions.length, apiKeys: apiKeys.length };
  };

  it('ends in a command too, which initialises no module', async () => {
    const first = await start('all');
    const member = await first.as.member();
    const { key } = await makeKey(first, member);
    expect(await liveOf(member.id)).toEqual({ sessions: 1, apiKeys: 1 });
    await first.close();
    app = undefined;

    const command = await openApp(env);
    try {
      await command.get(AccountChangesService).setStatus(member.id, 'disabled', OPERATOR);
      expect(await liveOf(member.id)).toEqual({ sessions: 0, apiKeys: 0 });
      await command.get(AccountChangesService).setStatus(member.id, 'active', OPERATOR);
    } finally {
      await command.close();
    }
    const { as } = await start('all');
    for (const token of [key, member.tokens.access_token]) {
      const holder = as.anonymous().with({ authorization: `Bearer ${token}` });
      expect((await holder.get('/v1/me')).status).toBe(401);
    }
  });

  it('ends and is exported while its feature is off', async () => {
    const first = await start('all');
    const owner = await first.as.holderOf('resources:write', 'account:read', 'account:write');
    const { id, key } = await makeKey(first, owner);
    const made = { identifier: 'https://off.example', name: 'Off', scopes: [{ name: 'off:read' }] };
    const { body: resource } = await owner.post('/v1/resources', made);
    expect(resource.id).toEqual(expect.any(String));

    const bare = await start('none');
    const { body: exported } = await bare.as.anonymous().with(owner.headers).get('/v1/me/export');
    expect(exported.resources).toEqual([{ ...resource, ownerId: owner.id }]);
    expect(exported.apiKeys).toMatchObject([{ id, scopes: ['account:read'], useCount: 0, revokedAt: null }]);
    const admin = await bare.as.admin();
    for (const status of ['disabled', 'active'])
      expect((await admin.patch(`/v1/users/${owner.id}`, { status })).status).toBe(200);
    expect(await liveOf(owner.id)).toEqual({ sessions: 0, apiKeys: 0 });

    const { as } = await start('all');
    const holder = as.anonymous().with({ authorization: `Bearer ${key}` });
    expect((await holder.get('/v1/me')).status).toBe(401);
  });
});

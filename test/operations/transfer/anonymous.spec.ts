import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPERATOR, type Actor } from '../../../src/platform/access/actor.js';
import { ResourcesService } from '../../../src/apis/resources/resources.service.js';
import { ResourcesTransferService } from '../../../src/operations/transfer/resources-transfer.service.js';
import { UsersTransferService } from '../../../src/operations/transfer/users-transfer.service.js';
import { ImportedUsersService } from '../../../src/operations/transfer/imported-users.service.js';
import { startApp, type TestApp } from '../../support/app.js';

const NOBODY: Actor = { principal: null, ip: null, userAgent: null, requestId: null };
const draft = (name: string) => ({ identifier: `https://api.example.com/${name}`, name });

/** No route lets them get here; this is what holds if one ever does. */
describe('a user who is not signed in', () => {
  let app: TestApp;
  let resources: ResourcesService;

  beforeAll(async () => {
    app = await startApp();
    resources = app.nest.get(ResourcesService);
  });
  afterAll(() => app.close());

  const lines = (...objects: object[]) =>
    (async function* () {
      yield Buffer.from(objects.map((each) => `${JSON.stringify(each)}\n`).join(''));
    })();

  it('is not taken for the operator, and neither reads nor changes what is no user’s', async () => {
    const { id } = await resources.create(draft('inside'), OPERATOR);
    expect(await resources.get(id, OPERATOR)).toMatchObject({ ownerId: null });
    await expect(resources.get(id, NOBODY)).rejects.toThrow('There is no such resource.');
    await expect(resources.remove(id, NOBODY)).rejects.toThrow('There is no such resource.');
    expect(await resources.changeableBy(NOBODY, 10, '')).toEqual([]);
    expect(await resources.list(NOBODY, { limit: 10 }, '')).toEqual([]);
    expect(await resources.changeableBy(OPERATOR, 10, '')).toHaveLength(1);
  });

  it('imports and exports nothing', async () => {
    const users = app.nest.get(UsersTransferService);
    const of = app.nest.get(ResourcesTransferService);
    const person = { email: 'anonymous@example.com' };
    const refused = { code: 'unauthenticated' };
    await expect(users.import(lines(person), {}, NOBODY)).rejects.toMatchObject(refused);
    await expect(of.import(lines(draft('anonymous')), false, NOBODY)).rejects.toMatchObject(refused);
    await expect(users.export(false, NOBODY).next()).rejects.toMatchObject(refused);
    await expect(of.export(NOBODY).next()).rejects.toMatchObject(refused);
    expect(
      await app.database.query('SELECT id FROM users WHERE email = :email', { email: person.email }),
    ).toEqual([]);
  });

  it('gives no roles and changes no account', async () => {
    const imported = app.nest.get(ImportedUsersService);
    const email = app.settings.ADMIN_EMAIL;
    const outcomes = await imported.take(
      [
        { email, name: 'Mallory' },
        { email: 'new-admin@example.com', roles: ['admin'] },
      ],
      true,
      () => Promise.resolve({ actor: NOBODY, guards: [] }),
    );
    expect(outcomes).toEqual([
      expect.objectContaining({ code: 'privilege_escalation' }),
      expect.objectContaining({ code: 'insufficient_scope' }),
    ]);
  });
});

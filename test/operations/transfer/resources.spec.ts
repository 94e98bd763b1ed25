import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { makeKey } from '../../support/api-keys.js';
import type { Client, SignedIn } from '../../support/client.js';
import { parsedLines, sendLines } from '../../support/lines.js';

const NOTHING = { created: 0, updated: 0, skipped: 0, failed: 0, errors: [] };

describe('resources that are imported and exported', () => {
  let app: TestApp;
  let admin: SignedIn;
  let owner: SignedIn;
  let count = 0;
  const identifier = () => `https://api.example.com/${++count}`;
  const send = (who: Client, ...lines: (object | string)[]) =>
    sendLines(who, '/v1/resources/import', ...lines);
  const update = (who: Client, ...lines: object[]) =>
    sendLines(who, '/v1/resources/import?update=true', ...lines);
  const exported = async (who: Client) => parsedLines(await who.get('/v1/resources/export'));
  const stored = async (id: string) =>
    (
      await app.database.query<Record<string, any>>('SELECT * FROM resources WHERE identifier = :id', { id })
    )[0];

  beforeAll(async () => {
    app = await startApp();
    admin = await app.as.admin();
    owner = await app.as.holderOf('resources:read', 'resources:write');
  });
  afterAll(() => app.close());

  it('are made, with every field, and belong to the user who imports them', async () => {
    const importer = await app.as.holderOf('resources:read', 'resources:write');
    const [full, least] = [identifier(), identifier()];
    const scopes = [{ name: 'orders:read', description: 'Read orders' }];
    const line = { name: 'Orders', description: 'All', version: '2.0', status: 'published', scopes };
    const { status, body } = await send(
      importer,
      { identifier: full, ...line },
      { identifier: least, name: 'Least' },
    );
    expect({ status, body }).toEqual({ status: 200, body: { ...NOTHING, created: 2 } });
    expect(await exported(importer)).toEqual([
      {
        id: expect.any(String),
        identifier: full,
        ...line,
        owner: importer.email,
        createdAt: expect.any(String),
      },
      expect.objectContaining({ identifier: least, status: 'draft', version: '1.0', scopes: [] }),
    ]);
    const { body: events } = await admin.get(`/v1/audit-events?actor=${importer.id}`);
    const told = events.items.filter(({ action }: any) => /created|imported/.test(action));
    expect(told).toMatchObject([
      { action: 'resource.created' },
      { action: 'resource.created' },
      { action: 'resources.imported', detail: { created: 2, isComplete: true } },
    ]);
  });

  it('are skipped when they are there, or changed where a line says otherwise', async () => {
    const id = identifier();
    await send(owner, { identifier: id, name: 'Old', description: 'Kept' });
    expect((await send(owner, { identifier: id, name: 'New' })).body).toEqual({ ...NOTHING, skipped: 1 });
    expect(await stored(id)).toMatchObject({ name: 'Old' });
    const change = { identifier: id, name: 'New', status: 'published' };
    expect((await update(owner, change)).body).toEqual({ ...NOTHING, updated: 1 });
    expect(await stored(id)).toMatchObject({ name: 'New', status: 'published', description: 'Kept' });
    expect((await update(owner, change)).body).toEqual({ ...NOTHING, skipped: 1 });
    const back = await update(owner, { identifier: id, name: 'New', status: 'draft' });
    expect(back.body.errors).toMatchObject([{ line: 1, code: 'invalid_transition' }]);
  });

  it('tell each bad line', async () => {
    const { body } = await send(
      owner,
      { identifier: 'no-uri', name: 'x' },
      { identifier: identifier() },
      { identifier: identifier(), name: 'x', ownerId: admin.id },
      { identifier: identifier(), name: 'x', scopes: [{ name: 'a:b' }, { name: 'a:b' }] },
      '{',
      { identifier: identifier(), name: 'good' },
    );
    expect(body).toMatchObject({ created: 1, failed: 5 });
    expect(body.errors.map(({ line, code }: any) => [line, code])).toEqual([
      [1, 'validation_failed'],
      [2, 'validation_failed'],
      [3, 'validation_failed'],
      [4, 'validation_failed'],
      [5, 'malformed_line'],
    ]);
  });

  it('stay out of reach of those who may not change them', async () => {
    const other = await app.as.holderOf('resources:read', 'resources:write');
    const [draft, published] = [identifier(), identifier()];
    await send(
      owner,
      { identifier: draft, name: 'Draft' },
      { identifier: published, name: 'P', status: 'published' },
    );
    const taken = await update(
      other,
      { identifier: draft, name: 'Mine' },
      { identifier: published, name: 'Mine' },
    );
    expect(taken.body).toMatchObject({ updated: 0, failed: 2 });
    expect(taken.body.errors.map(({ code }: any) => code)).toEqual(['identifier_taken', 'not_your_resource']);
    expect(await exported(other)).toEqual([]);
    const given = await send(
      other,
      { identifier: identifier(), name: 'x', owner: owner.email },
      { identifier: identifier(), name: 'x', owner: 'nobody@example.com' },
      { identifier: identifier(), name: 'x', owner: other.email },
    );
    expect(given.body).toMatchObject({ created: 1 });
    expect(given.body.errors.map(({ code }: any) => code)).toEqual(['foreign_owner', 'foreign_owner']);
    const reader = await app.as.holderOf('resources:read');
    expect((await send(reader, {})).status).toBe(403);
    const key = await makeKey(app, admin, { scopes: ['resources:write', 'resources:read'] });
    expect((await send(key, {})).body.code).toBe('session_required');
  });

  it('are not told, of others’ drafts, by what a line gets right', async () => {
    const other = await app.as.holderOf('resources:read', 'resources:write');
    const draft = identifier();
    await send(owner, { identifier: draft, name: 'Secret', description: 'Plan' });
    const guesses = ['Secret', 'Wrong'].map((name) => ({ identifier: draft, name }));
    const { body } = await update(other, ...guesses, {
      identifier: draft,
      name: 'Secret',
      description: 'Plan',
    });
    expect(body).toMatchObject({ updated: 0, skipped: 0, failed: 3 });
    expect(new Set(body.errors.map(({ code, message }: any) => `${code} ${message}`)).size).toBe(1);
    expect(body.errors[0].code).toBe('identifier_taken');
  });

  it('say whose they are to those who may know, and go to their owners elsewhere', async () => {
    const id = identifier();
    await send(owner, { identifier: id, name: 'Whose' });
    const seesAll = await app.as.holderOf('resources:read', 'resources:admin');
    const theirs = (await exported(seesAll)).find((each) => each['identifier'] === id);
    expect(theirs).toMatchObject({ name: 'Whose' });
    expect(theirs).not.toHaveProperty('owner');
    const lines = await exported(admin);
    const line = lines.find((each) => each['identifier'] === id)!;
    expect(line).toMatchObject({ owner: owner.email });

    await admin.delete(`/v1/resources/${line['id']}`);
    expect((await send(admin, ...lines)).body).toMatchObject({
      created: 1,
      skipped: lines.length - 1,
      failed: 0,
    });
    expect((await stored(id))!['owner_id']).toBe(owner.id);
    const unknown = await send(admin, { identifier: identifier(), name: 'x', owner: 'nobody@example.com' });
    expect(unknown.body.errors).toMatchObject([{ code: 'unknown_owner' }]);
  });

  it('are made once by imports at the same time', async () => {
    const lines = Array.from({ length: 60 }, () => ({ identifier: identifier(), name: 'Parallel' }));
    const answers = await Promise.all([1, 2, 3].map(() => update(owner, ...lines)));
    expect(answers.map(({ status, body }) => [status, body.failed])).toEqual(answers.map(() => [200, 0]));
    expect(answers.reduce((sum, { body }) => sum + body.created, 0)).toBe(60);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { expectProblem } from '../../support/problem.js';

const NOTHING = '01890a5d-ac96-774b-bcce-b302099a8057';
const STATUSES = ['draft', 'published', 'deprecated', 'retired'];

describe('resources', () => {
  let app: TestApp;
  let owner: SignedIn;
  let other: SignedIn;
  let admin: SignedIn;
  let count = 0;

  beforeAll(async () => {
    app = await startApp();
    owner = await app.as.holderOf('resources:read', 'resources:write');
    other = await app.as.holderOf('resources:read', 'resources:write');
    admin = await app.as.admin();
  });
  afterAll(() => app.close());

  /** A new resource of the owner's. */
  const make = async (more: object = {}) => {
    const identifier = `https://api.example.com/${++count}`;
    const { status, body } = await owner.post('/v1/resources', { identifier, name: 'API', ...more });
    expect(status, JSON.stringify(body)).toBe(201);
    return body as { id: string; identifier: string };
  };
  const stored = (id: string) => app.database.query('SELECT * FROM resources WHERE id = :id', { id });

  it('start as drafts of the user who registers them', async () => {
    const { status, body } = await owner.post('/v1/resources', {
      identifier: 'https://api.example.com/orders',
      name: 'Orders',
      description: 'All orders',
      scopes: [{ name: 'orders:read', description: 'Read orders' }, { name: 'orders:write' }],
    });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.any(String),
      ownerId: owner.id,
      identifier: 'https://api.example.com/orders',
      name: 'Orders',
      description: 'All orders',
      version: '1.0',
      status: 'draft',
      scopes: [
        { name: 'orders:read', description: 'Read orders' },
        { name: 'orders:write', description: null },
      ],
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect((await owner.get(`/v1/resources/${body.id}`)).body).toEqual(body);
  });

  it('can be changed and deleted by their owner', async () => {
    const { id, identifier } = await make();
    const changed = await owner.patch(`/v1/resources/${id}`, {
      name: 'New',
      version: '2.0',
      description: null,
    });
    expect(changed.body).toMatchObject({ id, identifier, name: 'New', version: '2.0', status: 'draft' });
    expect((await owner.delete(`/v1/resources/${id}`)).status).toBe(204);
    expectProblem(await owner.get(`/v1/resources/${id}`), 404, 'not_found');
    expectProblem(await owner.delete(`/v1/resources/${id}`), 404, 'not_found');
    await make({ identifier });
  });

  describe('of others', () => {
    it('cannot be seen, changed or deleted while they are drafts', async () => {
      const { id } = await make();
      const before = await stored(id);
      expectProblem(await other.get(`/v1/resources/${id}`), 404, 'not_found');
      expectProblem(await other.patch(`/v1/resources/${id}`, { name: 'Mine' }), 404, 'not_found');
      expectProblem(await other.delete(`/v1/resources/${id}`), 404, 'not_found');
      const { body } = await other.get('/v1/resources?limit=100');
      expect(body.items.map((item: { id: string }) => item.id)).not.toContain(id);
      expect(await stored(id)).toEqual(before);
    });

    it('can be seen but not changed once they are published', async () => {
      const { id } = await make({ status: 'published' });
      const before = await stored(id);
      expect((await other.get(`/v1/resources/${id}`)).body).toMatchObject({ id, status: 'published' });
      expectProblem(await other.patch(`/v1/resources/${id}`, { name: 'Mine' }), 403, 'not_your_resource');
      expectProblem(await other.delete(`/v1/resources/${id}`), 403, 'not_your_resource');
      const { body } = await other.get('/v1/resources?limit=100');
      expect(body.items.map((item: { id: string }) => item.id)).toContain(id);
      expect(await stored(id)).toEqual(before);
    });

    it('can be seen and changed with resources:admin, and stay their owner’s', async () => {
      const { id } = await make();
      const keeper = await app.as.holderOf('resources:read', 'resources:write', 'resources:admin');
      expect((await keeper.get(`/v1/resources/${id}`)).status).toBe(200);
      const changed = await keeper.patch(`/v1/resources/${id}`, { name: 'Kept' });
      expect(changed.body).toMatchObject({ name: 'Kept', ownerId: owner.id });
      const { body } = await keeper.get('/v1/resources?limit=100');
      expect(body.items.map((item: { id: string }) => item.id)).toContain(id);
      expect((await keeper.delete(`/v1/resources/${id}`)).status).toBe(204);
    });

    it('cannot be taken over by naming an owner', async () => {
      const { id } = await make();
      expectProblem(
        await owner.patch(`/v1/resources/${id}`, { ownerId: other.id }),
        400,
        'validation_failed',
      );
      const body = { identifier: 'https://x.example', name: 'X', ownerId: owner.id };
      expectProblem(await other.post('/v1/resources', body), 400, 'validation_failed');
      expect(await stored(id)).toMatchObject([{ owner_id: owner.id }]);
    });

    it('are made by no one whose account is deleted in between', async () => {
      const leaver = await app.as.holderOf('resources:write', 'account:write');
      const makeUntilRefused = async (): Promise<number> => {
        const identifier = `https://api.example.com/${++count}`;
        const { status } = await leaver.post('/v1/resources', { identifier, name: 'Too late?' });
        return status === 201 ? makeUntilRefused() : status;
      };
      const [gone, ...refusals] = await Promise.all([
        leaver.send('DELETE', '/v1/me', { currentPassword: leaver.password }),
        ...Array.from({ length: 4 }, makeUntilRefused),
      ]);
      expect(gone.status).toBe(204);
      expect(refusals).toEqual([401, 401, 401, 401]);
    });

    it('belong to no user once their owner is gone', async () => {
      const leaver = await app.as.holderOf('resources:read', 'resources:write');
      const body = { identifier: 'https://left.example', name: 'Left', status: 'published' };
      const { id } = (await leaver.post('/v1/resources', body)).body;
      await admin.delete(`/v1/users/${leaver.id}`);
      expect((await other.get(`/v1/resources/${id}`)).body).toMatchObject({ ownerId: null });
      expectProblem(await other.patch(`/v1/resources/${id}`, { name: 'Mine' }), 403, 'not_your_resource');
    });
  });

  describe('have an identifier that', () => {
    it.each(['https://a.example', 'http://localhost:8080/x?y=z', 'urn:example:orders', 'HTTPS://a.example'])(
      'may be %j',
      async (identifier) => {
        expect(await make({ identifier })).toMatchObject({ identifier });
      },
    );

    it.each([
      '',
      'orders',
      '/orders',
      '//a.example',
      'https://a.example/#x',
      'https://',
      'a b:c',
      'https://a .b',
      'https:a.example',
      'api://orders',
      'javascript:alert(1)',
      'JavaScript://a.example/%0aalert(1)',
      'data:text/html,x',
      'vbscript:x',
      'blob:https://a.example/x',
      'file:///etc/passwd',
      'view-source:https://a.example',
      '\tjavascript:alert(1)',
      'https://a.example/\u0085',
      'urn:',
      7,
    ])('cannot be %j', async (identifier) => {
      const answer = await owner.post('/v1/resources', { identifier, name: 'X' });
      expectProblem(answer, 400, 'validation_failed');
      expect(answer.body.errors[0].field).toBe('identifier');
    });

    it('is unique, also when many ask at once and when it is changed', async () => {
      const body = { identifier: 'https://unique.example', name: 'X' };
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, n) => (n % 2 ? owner : other).post('/v1/resources', body)),
      );
      expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array(9).fill(409)]);
      expectProblem(
        answers.find(({ status }) => status === 409)!,
        409,
        'identifier_taken',
      );
      const { id, identifier } = await make();
      const { identifier: taken } = body;
      expectProblem(await owner.patch(`/v1/resources/${id}`, { identifier: taken }), 409, 'identifier_taken');
      expect((await owner.get(`/v1/resources/${id}`)).body.identifier).toBe(identifier);
    });
  });

  describe('move', () => {
    const pairs = STATUSES.flatMap((from) => STATUSES.map((to) => [from, to] as const));
    const isForward = (from: string, to: string) => STATUSES.indexOf(to) >= STATUSES.indexOf(from);

    it.each(pairs.filter(([from, to]) => isForward(from, to)))('from %s to %s', async (from, to) => {
      const { id } = await make({ status: from });
      const { status, body } = await owner.patch(`/v1/resources/${id}`, { status: to });
      expect([status, body.status]).toEqual([200, to]);
    });

    it.each(pairs.filter(([from, to]) => !isForward(from, to)))('not from %s to %s', async (from, to) => {
      const { id } = await make({ status: from });
      const before = await stored(id);
      const answer = await owner.patch(`/v1/resources/${id}`, { status: to, name: 'New' });
      expectProblem(answer, 409, 'invalid_transition');
      expect(await stored(id), 'nothing else of it was changed either').toEqual(before);
    });

    it('only forward, also when two move them at once', async () => {
      for (let round = 0; round < 20; round++) {
        const { id } = await make();
        const answers = await Promise.all(
          ['published', 'retired'].map((status) => owner.patch(`/v1/resources/${id}`, { status })),
        );
        expect(answers[1]!.status, 'the step to the end is always forward').toBe(200);
        expect([200, 409], answers[0]!.text).toContain(answers[0]!.status);
        expect((await owner.get(`/v1/resources/${id}`)).body.status).toBe('retired');
      }
    });

    it('without undoing another change made at once', async () => {
      for (let round = 0; round < 20; round++) {
        const { id } = await make();
        const changes = [{ name: 'New' }, { description: 'new' }, { version: '9' }, { status: 'published' }];
        const answers = await Promise.all(
          changes.map((change) => owner.patch(`/v1/resources/${id}`, change)),
        );
        expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
        expect((await owner.get(`/v1/resources/${id}`)).body).toMatchObject(Object.assign({}, ...changes));
      }
    });
  });

  it.each([
    { name: '' },
    { name: 'x'.repeat(101) },
    { version: '' },
    { status: 'lost' },
    { scopes: [{ name: 'orders' }] },
    { scopes: [{ name: 'Orders:Read' }] },
    { scopes: [{ name: 'a:b' }, { name: 'a:b' }] },
    { scopes: [{ name: 'a:b', extra: 1 }] },
    { scopes: {} },
    { scopes: [null] },
    { scopes: ['a:b'] },
    { scopes: [[]] },
    { scopes: [[{ name: 'a:b' }]] },
    { scopes: [[{ name: 'a:b' }, { name: 'a:b' }]] },
    { id: NOTHING },
    { createdAt: '2020-01-01T00:00:00.000Z' },
  ])('take no %j', async (wrong) => {
    const { id } = await make();
    expectProblem(await owner.patch(`/v1/resources/${id}`, wrong), 400, 'validation_failed');
    const body = { identifier: 'https://wrong.example', name: 'X', ...wrong };
    expectProblem(await owner.post('/v1/resources', body), 400, 'validation_failed');
  });

  it.each(['get', 'delete', 'patch'] as const)('that are none: %s is 404', async (method) => {
    for (const id of [NOTHING, 'nothing', "x' OR '1'='1"]) {
      const body = method === 'patch' ? { name: 'x' } : undefined;
      const answer = await owner[method](`/v1/resources/${encodeURIComponent(id)}`, body as never);
      expectProblem(answer, 404, 'not_found');
    }
  });

  it('are listed in pages, oldest first, with cursors that are good for no other user', async () => {
    for (let made = 0; made < 4; made++) await make();
    const first = await owner.get('/v1/resources?limit=3');
    expect(first.body.items).toHaveLength(3);
    const { nextCursor } = first.body;
    const rest = await owner.get(`/v1/resources?limit=100&cursor=${nextCursor}`);
    const ids = [...first.body.items, ...rest.body.items].map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].toSorted());
    expectProblem(await other.get(`/v1/resources?cursor=${nextCursor}`), 400, 'invalid_cursor');
  });
});

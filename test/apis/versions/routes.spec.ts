import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { expectOnly } from '../../support/expect-only.js';
import { expectProblem } from '../../support/problem.js';

const NOTHING = '01890a5d-ac96-774b-bcce-b302099a8057';

describe('routes of a version', () => {
  let app: TestApp;
  let owner: SignedIn;
  let other: SignedIn;
  let upstreamId: string;
  let count = 0;

  beforeAll(async () => {
    app = await startApp();
    const scopes = ['resources:read', 'resources:write', 'gateway:read', 'gateway:write'];
    owner = await app.as.holderOf(...scopes);
    other = await app.as.holderOf(...scopes);
    const targets = [{ url: 'http://10.0.0.7' }];
    upstreamId = (await owner.post('/v1/upstreams', { name: 'items', targets })).body.id;
  });
  afterAll(() => app.close());

  /** The path of the routes of a new version, and that of the version. */
  const newVersion = async () => {
    const identifier = `https://api.example/${++count}`;
    const api = (await owner.post('/v1/resources', { identifier, name: 'API' })).body.id;
    const selector = { kind: 'path', value: 'v1' };
    const made = await owner.post(`/v1/resources/${api}/versions`, { label: 'v1', selector, upstreamId });
    const path = `/v1/resources/${api}/versions/${made.body.id}`;
    return { path, routes: `${path}/routes`, id: made.body.id as string };
  };
  const make = async (routes: string, more: object = {}) => {
    const answer = await owner.post(routes, { methods: ['GET'], path: '/things', ...more });
    expect(answer.status, answer.text).toBe(201);
    return answer.body;
  };

  it('are made with methods and a path, and careful values for the rest', async () => {
    const { routes, id } = await newVersion();
    const made = await make(routes);
    expect(made).toEqual({
      id: expect.any(String),
      versionId: id,
      operationId: null,
      methods: ['GET'],
      path: '/things',
      scopes: [],
      roles: [],
      isPublic: false,
      limit: null,
      timeouts: {},
      bodyLimit: 10_485_760,
      retries: 1,
      forward: [],
      allowEmptySegments: false,
      allowEncodedSlash: false,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect((await owner.get(`${routes}/${made.id}`)).body).toMatchObject(made);
  });

  it('change in what is named, and stay in the rest', async () => {
    const { routes } = await newVersion();
    const { id } = await make(routes, {
      scopes: ['items:read'],
      limit: { requests: 5, per: 'minute' },
      timeouts: { head: 3 },
    });
    const changed = await owner.patch(`${routes}/${id}`, { methods: ['GET', 'POST'], bodyLimit: 10 });
    expect(changed.body).toMatchObject({
      methods: ['GET', 'POST'],
      bodyLimit: 10,
      scopes: ['items:read'],
      limit: { requests: 5, per: 'minute' },
      timeouts: { head: 3 },
    });
    expect((await owner.patch(`${routes}/${id}`, { limit: null })).body.limit).toBeNull();
  });

  it('are deleted, and a version takes its routes along', async () => {
    const { path, routes, id: versionId } = await newVersion();
    const { id } = await make(routes);
    await make(routes, { path: '/others' });
    expect((await owner.delete(`${routes}/${id}`)).status).toBe(204);
    expectProblem(await owner.get(`${routes}/${id}`), 404, 'not_found');
    expectProblem(await owner.delete(`${routes}/${id}`), 404, 'not_found');
    expect((await owner.delete(path)).status).toBe(204);
    const left = 'SELECT id FROM api_routes WHERE version_id = :versionId';
    expect(await app.database.query(left, { versionId })).toEqual([]);
  });

  it('of one method and path there is one, whatever its parameters are called', async () => {
    const { routes } = await newVersion();
    await make(routes, { methods: ['GET', 'POST'], path: '/things/:thing' });
    const again = (more: object) => owner.post(routes, { methods: ['GET'], path: '/things/:id', ...more });
    expectProblem(await again({}), 409, 'duplicate_route');
    expectProblem(await again({ path: '/things/:id/' }), 409, 'duplicate_route');
    expectProblem(await again({ methods: ['PUT', 'POST'] }), 409, 'duplicate_route');
    const put = await make(routes, { methods: ['PUT'], path: '/things/:id' });
    expectProblem(await owner.patch(`${routes}/${put.id}`, { methods: ['POST'] }), 409, 'duplicate_route');
    await make(routes, { path: '/things/fixed' });
    await make(routes, { path: '/things/*' });
  });

  it('of one method and path there is one, however many are made at once', async () => {
    const { routes } = await newVersion();
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => owner.post(routes, { methods: ['GET'], path: `/things/:${name}` })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409]);
    expect((await owner.get(routes)).body.items).toHaveLength(1);
  });

  it('are listed in the order in which they were made', async () => {
    const { routes } = await newVersion();
    const paths = ['/c', '/a', '/b'];
    for (const path of paths) await make(routes, { path });
    const first = await owner.get(`${routes}?limit=2`);
    const rest = await owner.get(`${routes}?limit=2&cursor=${first.body.nextCursor}`);
    expect([...first.body.items, ...rest.body.items].map(({ path }: { path: string }) => path)).toEqual(
      paths,
    );
  });

  it('are of one version, and of its owner', async () => {
    const { path, routes } = await newVersion();
    const elsewhere = await newVersion();
    const { id } = await make(routes);
    for (const wrong of [`${elsewhere.routes}/${id}`, `${routes}/${NOTHING}`, `${routes}/x`]) {
      expectProblem(await owner.get(wrong), 404, 'not_found');
      expectProblem(await owner.patch(wrong, { retries: 0 }), 404, 'not_found');
      expectProblem(await owner.delete(wrong), 404, 'not_found');
    }
    expectProblem(await other.get(`${routes}/${id}`), 404, 'not_found');
    expectProblem(await other.post(routes, { methods: ['GET'], path: '/mine' }), 404, 'not_found');
    await owner.post(`${path}/publish`, {});
    expect((await other.get(`${routes}/${id}`)).status).toBe(200);
    expectProblem(await other.patch(`${routes}/${id}`, { isPublic: true }), 403, 'not_your_resource');
    expectProblem(await other.delete(`${routes}/${id}`), 403, 'not_your_resource');
    const reader = await app.as.holderOf('gateway:read', 'resources:admin');
    expectProblem(await reader.patch(`${routes}/${id}`, { isPublic: true }), 403, 'insufficient_scope');
    expect((await owner.get(`${routes}/${id}`)).body.isPublic).toBe(false);
  });

  it('leave a trail of what was done to them', async () => {
    const { routes } = await newVersion();
    await expectOnly(app, ['api_route.created', 'api_route.updated', 'api_route.deleted'], async () => {
      const { id } = await make(routes);
      await owner.patch(`${routes}/${id}`, { isPublic: true });
      await owner.delete(`${routes}/${id}`);
    });
  });

  it.each([
    '/',
    '/things',
    '/things/',
    '/things/:thing',
    '/things/:thing/parts/:part',
    '/files/*',
    '/*',
    '/.well-known/things',
    '/things:batch',
    '/a-b_c~d',
  ])('may have the path %s', async (path) => {
    const { routes } = await newVersion();
    expect(await make(routes, { path })).toMatchObject({ path });
  });

  it.each([
    '',
    'things',
    '//things',
    '/things//parts',
    '/../things',
    '/things/..',
    '/./things',
    '/things/*/parts',
    '/things/**',
    '/:',
    '/:1',
    '/things/:thing-:part',
    '/%74hings',
    '/things?all',
    '/things;all',
    '/things#all',
    '/two words',
    '/back\\slash',
    '/things\n',
    `/${'a'.repeat(500)}`,
    null,
    7,
    ['/things'],
  ])('may not have the path %j', async (path) => {
    const { routes } = await newVersion();
    const answer = await owner.post(routes, { methods: ['GET'], path });
    expectProblem(answer, 400, 'validation_failed');
    expect(answer.body.errors).toMatchObject([{ field: 'path' }]);
  });

  it.each<[string, object, string]>([
    ['no method', { methods: [] }, 'methods'],
    ['a method that is none', { methods: ['FETCH'] }, 'methods'],
    ['a method in small letters', { methods: ['get'] }, 'methods'],
    ['one method twice', { methods: ['GET', 'GET'] }, 'methods'],
    ['CONNECT', { methods: ['CONNECT'] }, 'methods'],
    ['a scope that is none', { scopes: ['read'] }, 'scopes'],
    ['a scope that is a list', { scopes: [['a:b']] }, 'scopes'],
    ['more scopes than fit', { scopes: Array.from({ length: 101 }, (_, at) => `a:s${at}`) }, 'scopes'],
    ['a role of two lines', { roles: ['a\nb'] }, 'roles'],
    ['a flag that is none', { isPublic: 1 }, 'isPublic'],
    ['a limit of nothing', { limit: { requests: 0, per: 'minute' } }, 'limit.requests'],
    ['a limit for no time', { limit: { requests: 1, per: 'week' } }, 'limit.per'],
    ['a limit in a list', { limit: [] }, 'limit'],
    ['no time', { timeouts: { head: 0 } }, 'timeouts.head'],
    ['time for a connection, which is the upstream’s', { timeouts: { connect: 1 } }, 'timeouts.connect'],
    ['a body below nothing', { bodyLimit: -1 }, 'bodyLimit'],
    ['a body of two gibibytes', { bodyLimit: 2 ** 31 }, 'bodyLimit'],
    ['tries without end', { retries: 6 }, 'retries'],
    ['anything else to forward', { forward: ['x-secret'] }, 'forward'],
    ['an operation without a name', { operationId: '' }, 'operationId'],
    ['a field that there is not', { plugin: 'x' }, 'plugin'],
  ])('are refused with %s', async (_, more, field) => {
    const { routes } = await newVersion();
    const answer = await owner.post(routes, { methods: ['GET'], path: '/things', ...more });
    expectProblem(answer, 400, 'validation_failed');
    expect(new Set(answer.body.errors.map((error: { field: string }) => error.field))).toEqual(
      new Set([field]),
    );
    expect((await owner.get(routes)).body.items).toEqual([]);
  });
});

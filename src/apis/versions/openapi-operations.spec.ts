import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { readDocument, type DocumentObject } from '../../platform/http/document-text.js';
import type { Problem } from '../../platform/http/problem.js';
import { planOf } from './import-plan.js';
import { newRoute } from './new-route.js';
import { operationsOf } from './openapi-operations.js';

const OAUTH = { oauth: { type: 'oauth2', flows: {} }, key: { type: 'apiKey' } };
const made = (paths: unknown, more: object = {}): DocumentObject => ({
  openapi: '3.1.0',
  info: { title: 'Items', version: '1' },
  components: { securitySchemes: OAUTH },
  paths,
  ...more,
});
const fieldsOf = async (paths: unknown, more: object = {}) => {
  const { routes, errors } = await operationsOf(made(paths, more));
  expect(errors).toEqual([]);
  return routes.map(({ fields }) => JSON.parse(JSON.stringify(fields)));
};
const limit = (requests: number) => ({ 'x-gatehouse-limit': { requests, per: 'minute' } });
const routesOf = async (paths: unknown) =>
  (await operationsOf(made(paths))).routes.map(({ fields }) => fields);
const rowsOf = async (paths: unknown) => (await routesOf(paths)).map((fields) => newRoute('v', fields));
const messagesOf = async (paths: unknown, more: object = {}) =>
  (await operationsOf(made(paths, more))).errors.map(({ message }) => message);

describe('the operations of a document', () => {
  it('become routes, by method and path, with the scopes that they name', async () => {
    const paths = {
      '/things/{thing-id}': {
        get: { operationId: 'getThing', security: [{ oauth: ['items:read'] }] },
        delete: { security: [{ oauth: ['items:write', 'items:read'], key: [] }] },
      },
      '/open': { get: { security: [] } },
    };
    expect(await fieldsOf(paths)).toEqual([
      {
        methods: ['GET'],
        path: '/things/:thing_id',
        operationId: 'getThing',
        scopes: ['items:read'],
        isPublic: false,
      },
      {
        methods: ['DELETE'],
        path: '/things/:thing_id',
        scopes: ['items:read', 'items:write'],
        isPublic: false,
      },
      { methods: ['GET'], path: '/open', scopes: [], isPublic: true },
    ]);
  });

  it('are open only where an empty list says so', async () => {
    expect(await fieldsOf({ '/a': { get: {} } })).toEqual([
      { methods: ['GET'], path: '/a', isPublic: false },
    ]);
    const whole = { security: [{ oauth: ['items:read'] }] };
    expect((await fieldsOf({ '/a': { get: {} } }, whole))[0]).toMatchObject({
      scopes: ['items:read'],
      isPublic: false,
    });
    const optional = await operationsOf(
      made({ '/a': { get: { security: [{}, { oauth: ['items:read'] }] } } }),
    );
    expect(optional.routes[0]!.fields).toMatchObject({ scopes: ['items:read'], isPublic: false });
    expect(optional.notes).toEqual(['get /a: a token is optional in it, and needed here']);
    const several = await operationsOf(
      made({ '/a': { get: { security: [{ oauth: ['a:b'] }, { oauth: ['c:d'] }] } } }),
    );
    expect(several.routes[0]!.fields.scopes).toEqual(['a:b', 'c:d']);
    expect(several.notes).toHaveLength(1);
  });

  it('may say more of their routes, at the top, at the path and at the operation', async () => {
    const paths = {
      '/a': {
        ...limit(2),
        get: {},
        post: { ...limit(3), 'x-gatehouse-body-limit': 5, 'x-gatehouse-public': true },
      },
      '/b': { get: {} },
    };
    expect(await fieldsOf(paths, limit(1))).toMatchObject([
      { limit: { requests: 2, per: 'minute' } },
      { limit: { requests: 3, per: 'minute' }, bodyLimit: 5, isPublic: true },
      { limit: { requests: 1, per: 'minute' } },
    ]);
    expect(await messagesOf({ '/a': { get: { 'x-gatehouse-limits': 1 } } })).toEqual([
      'x-gatehouse-limits is not known',
    ]);
    expect(
      await messagesOf({ '/a': { get: { 'x-gatehouse-limit': { requests: -1, per: 'year' } } } }),
    ).toHaveLength(2);
  });

  it('are followed within the document, and no further', async () => {
    const paths = { '/a': { $ref: '#/components/pathItems/one~1a' } };
    const components = { pathItems: { 'one/a': { get: {} }, loop: { $ref: '#/components/pathItems/loop' } } };
    expect(await fieldsOf(paths, { components })).toHaveLength(1);
    expect(await messagesOf({ '/a': { $ref: '#/components/pathItems/loop' } }, { components })).toEqual([
      'its references go in a circle, or on for more than 50',
    ]);
    for (const outside of ['http://127.0.0.1:1/x', 'other.yaml#/a', 'file:///etc/passwd', 7])
      expect((await messagesOf({ '/a': { $ref: outside } }))[0]).toContain('never fetched');
    expect((await messagesOf({ '/a': { $ref: '#/components/__proto__' } }))[0]).toContain(
      'must be an object',
    );
  });

  it('that no route can be, or two of which are one, are refused by name', async () => {
    expect((await messagesOf({ '/files/{name}.json': { get: {} } }))[0]).toContain(
      'path must be one such as',
    );
    expect((await messagesOf({ '/a/../b': { get: {} } }))[0]).toContain('path must be one such as');
    expect(await messagesOf({ '/a/{x}': { get: {} }, '/a/{y}': { get: {} } })).toEqual([
      'get /a/{y} would answer what get /a/{x} does',
    ]);
    expect(
      await messagesOf({ '/a': { get: { operationId: 'one' } }, '/b': { put: { operationId: 'one' } } }),
    ).toEqual(['put /b has the operationId of get /a']);
    const many = Object.fromEntries(Array.from({ length: 2_001 }, (_, each) => [`/a${each}`, { get: {} }]));
    expect(await messagesOf(many)).toEqual(['there are more than 2000 operations']);
    const wrong = Object.fromEntries(Array.from({ length: 500 }, (_, each) => [`/a${each}`, { get: 7 }]));
    expect(await messagesOf(wrong)).toHaveLength(50);
    expect(await messagesOf([])).toEqual(['must be an object']);
    expect(await messagesOf({}, { openapi: '4.0.0' })).toEqual([
      'must be an OpenAPI document of 2.0, 3.0, 3.1 or 3.2',
    ]);
  });

  it('of 2.0 are read too, and what no route takes is told', async () => {
    const { routes, notes, format } = await operationsOf({
      swagger: '2.0',
      info: { title: 'Old' },
      securityDefinitions: OAUTH,
      paths: { '/a': { get: { security: [{ oauth: ['items:read'] }] }, head: {}, trace: {} }, 'x-more': 7 },
    });
    expect([format, routes.length, routes[0]!.fields.scopes]).toEqual(['2.0', 1, ['items:read']]);
    expect(notes).toEqual(['head /a: the route of GET answers it', 'trace /a: no route takes this method']);
  });
});

describe('the plan of an import', () => {
  it('adds, changes and removes, and finds a route again by its operationId, or its method and path', async () => {
    const rows = await rowsOf({
      '/a': { get: { operationId: 'a' } },
      '/b': { get: {}, post: {} },
      '/gone': { get: {} },
    });
    const plan = planOf(
      await routesOf({
        '/moved': { get: { operationId: 'a' } },
        '/b': { get: { operationId: 'b', security: [{ oauth: ['items:read'] }] }, post: {} },
        '/new': { get: {} },
      }),
      rows,
      'v',
    );
    expect(plan.changed.map(({ route, change }) => [route.id, { ...change, updatedAt: undefined }])).toEqual([
      [rows[0]!.id, { path: '/moved' }],
      [rows[1]!.id, { operationId: 'b', scopes: ['items:read'] }],
    ]);
    expect(plan.added.map(({ path }) => path)).toEqual(['/new']);
    expect(plan.removed.map(({ path }) => path)).toEqual(['/gone']);
    expect(plan.unchanged).toBe(1);
  });

  it('splits a route of several methods, each with its rules, and leaves the others of them when it is to', async () => {
    const rules = { roles: ['staff'], scopes: ['items:read'], limit: { requests: 1, per: 'day' as const } };
    const byHand = newRoute('v', { methods: ['GET', 'DELETE', 'PATCH'], path: '/a/:id', ...rules });
    const kept = { roles: ['staff'], scopes: ['items:read'], callLimit: rules.limit };
    const wanted = await routesOf({ '/a/{x}': { get: { operationId: 'read' }, delete: {} } });
    const plan = planOf(wanted, [byHand], 'v', { keepOthers: true });
    expect(plan.changed.map(({ route, change }) => [route.id, change.methods])).toEqual([
      [byHand.id, ['GET']],
    ]);
    expect(plan.added).toMatchObject([
      { methods: ['DELETE'], path: '/a/:x', operationId: null, ...kept },
      { methods: ['PATCH'], path: '/a/:id', operationId: null, ...kept },
    ]);
    expect(new Set([byHand, ...plan.added].map(({ id }) => id)).size).toBe(3);
    expect(planOf(wanted, [byHand], 'v').added.map(({ methods }) => methods)).toEqual([['DELETE']]);
    const open = { ...byHand, isPublic: true };
    expect(planOf(wanted, [open], 'v').added[0]!.isPublic).toBe(false);
    const moved = await routesOf({ '/b': { get: { operationId: 'read' } } });
    const alone = newRoute('v', { methods: ['GET'], path: '/a', operationId: 'read' });
    expect(planOf(moved, [alone], 'v', { keepOthers: true }).added).toEqual([]);
  });

  it('changes nothing a second time, and leaves what the document does not state', async () => {
    const paths = { '/a': { get: { operationId: 'a', 'x-gatehouse-timeouts': { head: 5 } } } };
    const [row] = await rowsOf(paths);
    const edited = {
      ...row!,
      scopes: ['items:read'],
      callLimit: { requests: 1, per: 'day' as const },
      retries: 0,
    };
    expect(planOf(await routesOf(paths), [edited], 'v')).toEqual({
      added: [],
      changed: [],
      removed: [],
      unchanged: 1,
      kept: [],
    });
  });

  it.each([{ security: [] }, { 'x-gatehouse-public': true }])(
    'closes a route again whose document no longer says %j',
    async (open) => {
      const rows = await rowsOf({ '/a': { get: { operationId: 'a', ...open } } });
      expect(rows[0]!.isPublic).toBe(true);
      const { changed } = planOf(await routesOf({ '/a': { get: { operationId: 'a' } } }), rows, 'v');
      expect(changed.map(({ change }) => change)).toEqual([{ isPublic: false, updatedAt: expect.any(Date) }]);
      const still = await routesOf({ '/a': { get: { operationId: 'a', 'x-gatehouse-public': true } } });
      expect(planOf(still, rows, 'v').unchanged).toBe(1);
    },
  );
});

describe('a document', () => {
  it('is JSON or YAML, of plain values alone', async () => {
    expect(await readDocument('{"a": [1]}')).toEqual({ a: [1] });
    expect(await readDocument('# hello\na: &x [1]\nb: *x\n')).toEqual({ a: [1], b: [1] });
    expect(await readDocument('a: !!js/function "x"')).toEqual({ a: 'x' });
    const polluted = await readDocument('__proto__:\n  polluted: true\na: 1');
    expect([polluted['polluted'], ({} as DocumentObject)['polluted']]).toEqual([undefined, undefined]);
  });

  it('in YAML is read with few others at a time, and refused where too many wait', async () => {
    const all = await Promise.allSettled(Array.from({ length: 9 }, () => readDocument('a: 1')));
    const refused = all.flatMap((each) => (each.status === 'rejected' ? [each.reason as Problem] : []));
    expect(refused.map(({ status, code }) => `${status} ${code}`)).toEqual(Array(3).fill('503 overloaded'));
    expect(await readDocument('a: 1')).toEqual({ a: 1 });
  });

  it.each([
    ['', 'must be an object'],
    ['7', 'must be an object'],
    ['[]', 'must be an object'],
    ['{"a": 1', 'not JSON'],
    ['a: [1', 'no YAML'],
    ['a: 1\na: 2', 'no YAML'],
    [`${'{"a":'.repeat(200)}1${'}'.repeat(200)}`, 'nested deeper'],
    [`a: ${'['.repeat(3_000)}`, ''],
    [`{"a": [${'1,'.repeat(600_000)}1]}`, 'more than 500000 values'],
    // Each name stands for ten of the one before.
    [
      `a: &a [x, x, x, x, x, x, x, x, x, x]\n${'bcdefghi'
        .split('')
        .map((name, each) => `${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[each]}`).join(', ')}]`)
        .join('\n')}`,
      '',
    ],
    [`a: &a ${'x'.repeat(500_000)}\nb: [${Array(20).fill('*a').join(', ')}]`, 'too long'],
  ])('like %.20j is refused', async (text, message) => {
    const refused = await readDocument(text).then(
      () => undefined,
      (error: { errors?: { message: string }[] }) => error.errors,
    );
    expect(refused?.[0]?.message).toContain(message);
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { parse, stringify } from 'yaml';
import { runCommand } from '../../../src/operations/cli/run-command.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { Upstream } from '../../support/upstream.js';

const ROUTE = { methods: ['GET'], path: '/things/:thing', isPublic: true };
const configurationFor = (url: string) => ({
  format: 1,
  upstreams: [{ name: 'items', targets: [{ url, weight: 1 }], identity: 'none', timeouts: { head: 7 } }],
  apis: [
    {
      identifier: 'https://items.example',
      name: 'Items',
      scopes: [{ name: 'items:read', description: 'Read items' }],
      versions: [
        {
          label: 'v1',
          status: 'deprecated',
          selector: { kind: 'path', value: 'v1' },
          upstream: 'items',
          basePath: '/items',
          docsUrl: 'https://items.example/news',
          deprecatedAt: '2026-01-01T00:00:00.000Z',
          sunsetAt: '2099-01-01T00:00:00.000Z',
          successor: 'v2',
          routes: [
            ROUTE,
            {
              methods: ['POST'],
              path: '/things',
              scopes: ['items:read'],
              limit: { requests: 5, per: 'day' },
            },
          ],
        },
        {
          label: 'v2',
          status: 'published',
          selector: { kind: 'path', value: 'v2' },
          upstream: 'items',
          basePath: '/items',
          routes: [ROUTE],
        },
      ],
    },
  ],
});

describe('the configuration of the gateway in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-configuration-'));
  const file = join(folder, 'gateway.yaml');
  let app: TestApp;
  let admin: SignedIn;
  let upstream: Upstream;
  let wanted: any;

  beforeAll(async () => {
    app = await startApp();
    admin = await app.as.admin();
    upstream = await Upstream.start();
    wanted = configurationFor(upstream.url);
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A command, in this process and on this application. */
  const run = async (...args: string[]) => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const opened = { get: app.nest.get.bind(app.nest), close: async () => {} };
    const context = { env: {}, stdin: new PassThrough(), stdout, stderr, open: async () => opened };
    const code = await runCommand(args, context as never);
    const [out, err] = [stdout, stderr].map((stream) => text(stream.end()));
    return { code, out: await out!, err: await err! };
  };
  const apply = async (configuration: unknown, ...options: string[]) => {
    writeFileSync(file, stringify(configuration, { aliasDuplicateObjects: false }));
    const { code, out, err } = await run('gateway:apply', file, ...options);
    return { code, lines: out.split('\n').slice(0, -1), err };
  };
  const counts = async () => {
    const tables = [
      'upstreams',
      'resources',
      'api_versions',
      'api_routes',
      'gateway_revisions',
      'audit_events',
    ];
    return Promise.all(
      tables.map(async (table) => (await app.database.query(`SELECT 1 FROM ${table}`)).length),
    );
  };

  it('is said first, then made and served, and a second time nothing changes', async () => {
    const before = await counts();
    const planned = await apply(wanted, '--dry-run');
    expect(planned).toEqual({
      code: 0,
      err: '',
      lines: [
        'make upstream items',
        'make API https://items.example',
        'make version https://items.example v1',
        'make route GET /things/:thing of https://items.example v1',
        'make route POST /things of https://items.example v1',
        'make version https://items.example v2',
        'make route GET /things/:thing of https://items.example v2',
        'publish https://items.example v1',
        'deprecate https://items.example v1',
        'publish https://items.example v2',
        '10 changes, none of them made',
      ],
    });
    expect(await counts()).toEqual(before);
    const made = await apply(wanted);
    expect(made.lines.at(-1)).toMatch(/^10 changes made, served as revision \d+$/);
    await expect
      .poll(async () => (await app.as.anonymous().get('/g/items/v2/things/7')).status, { timeout: 5_000 })
      .toBe(200);
    const old = await app.as.anonymous().get('/g/items/v1/things/7');
    expect([old.status, old.headers.get('link')]).toEqual([200, expect.stringContaining('/g/items/v2')]);
    const after = await counts();
    expect(await apply(wanted)).toEqual({ code: 0, err: '', lines: ['nothing to change'] });
    expect(await counts()).toEqual(after);
  });

  it('is written as it was given, without ids, secrets and defaults', async () => {
    const { out } = await run('gateway:export', '-');
    const sorted = structuredClone(wanted);
    sorted.apis[0].versions[0].routes.reverse();
    expect(parse(out)).toEqual(sorted);
    const exported = join(folder, 'exported.json');
    const { code } = await run('gateway:export', exported, '--as', 'json');
    expect([code, JSON.parse(readFileSync(exported, 'utf8'))]).toEqual([0, sorted]);
  });

  it('changes what differs alone, and keeps ids and what it does not name', async () => {
    await admin.post('/v1/upstreams', { name: 'by hand', targets: [{ url: 'http://127.0.0.1:9' }] });
    const routes = 'SELECT id FROM api_routes ORDER BY id';
    const before = await app.database.query(routes);
    const changed = structuredClone(wanted);
    changed.upstreams[0].balance = 'least-pending';
    changed.apis[0].name = 'All items';
    changed.apis[0].versions[0].sunsetAt = '2098-01-01T00:00:00.000Z';
    changed.apis[0].versions[0].routes[1].limit = { requests: 6, per: 'day' };
    changed.apis[0].versions[1].routes = [{ ...ROUTE, path: '/others' }];
    const { lines } = await apply(changed);
    expect(lines.slice(0, -1)).toEqual([
      'change upstream items: balance',
      'change API https://items.example: name',
      'change route POST /things of https://items.example v1: callLimit',
      'delete route GET /things/:thing of https://items.example v2',
      'make route GET /others of https://items.example v2',
      'deprecate https://items.example v1',
    ]);
    const after = await app.database.query(routes);
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
    expect((await apply(changed)).lines).toEqual(['nothing to change']);
    expect((await admin.get('/v1/upstreams')).body.items).toHaveLength(2);
    // What is left out is as it is by default.
    delete changed.upstreams[0].timeouts;
    expect((await apply(changed, '--dry-run')).lines[0]).toBe('change upstream items: timeouts');
  });

  it.each<[string, (configuration: any) => unknown, string]>([
    ['another format', (all) => (all.format = 2), 'format: must be 1'],
    ['an unknown member', (all) => (all.plans = []), 'plans: is not known'],
    ['a secret', (all) => (all.upstreams[0].tls = { key: 'x' }), 'upstreams.0.tls: belongs into no file'],
    ['a bad field', (all) => (all.upstreams[0].targets = []), 'upstreams.0.targets: '],
    [
      'a bad route',
      (all) => (all.apis[0].versions[0].routes[0].path = '/../x'),
      'apis.0.versions.0.routes.0.path: path must',
    ],
    ['no upstream', (all) => (all.apis[0].versions[0].upstream = 'gone'), 'there is no upstream gone'],
    ['no successor', (all) => (all.apis[0].versions[0].successor = 'v9'), 'v9 is no other version'],
    ['a version twice', (all) => (all.apis[0].versions[1].label = 'v1'), 'v1 is there twice'],
    ['a route twice', (all) => all.apis[0].versions[1].routes.push(ROUTE), 'would answer what'],
    [
      'a way back',
      (all) => (all.apis[0].versions[1].status = 'draft'),
      'v2 is published, and never becomes draft again',
    ],
    ['lists of others', (all) => (all.apis = 'x'), 'apis: must be a list of objects'],
  ])('is refused for %s, and nothing changes', async (_, spoil, message) => {
    const before = await counts();
    const spoiled = structuredClone(wanted);
    spoil(spoiled);
    const { code, lines, err } = await apply(spoiled);
    expect([code, lines]).toEqual([1, []]);
    expect(err).toContain(message);
    expect(await counts()).toEqual(before);
  });
});

import { describe, expect, it } from 'vitest';
import { Problem } from '../../platform/http/problem.js';
import { compile } from './compile.js';
import type {
  ApiDocument,
  GatewayDocument,
  RouteDocument,
  UpstreamDocument,
  VersionDocument,
} from './gateway-document.types.js';
import { readPath } from './request-path.js';
import type { CompiledRoute } from './route-table.js';

const PLACE = { path: '/g', url: 'https://gate.example' };
const DAY = 86_400_000;

const upstream = (more: Partial<UpstreamDocument> = {}): UpstreamDocument => ({
  id: 'u1',
  name: 'items',
  targets: [{ url: 'http://10.0.0.7', weight: 1 }],
  balance: 'weighted',
  identity: 'token',
  preserveHost: false,
  timeouts: { connect: 5, head: 30, idle: 60, streamIdle: 300, clientIdle: 60 },
  breaker: { failures: 5, open: 10 },
  tlsSealed: null,
  ...more,
});
let count = 0;
const route = (path: string, more: Partial<RouteDocument> = {}): RouteDocument => ({
  id: `r${++count}`,
  methods: ['GET'],
  path,
  scopes: [],
  roles: [],
  isPublic: false,
  limit: null,
  timeouts: {},
  bodyLimit: 1_000,
  retries: 1,
  forward: [],
  allowEmptySegments: false,
  allowEncodedSlash: false,
  ...more,
});
const version = (
  label: string,
  routes: RouteDocument[],
  more: Partial<VersionDocument> = {},
): VersionDocument => ({
  id: label,
  label,
  status: 'published',
  selector: { kind: 'path', value: label },
  upstreamId: 'u1',
  basePath: '/items',
  stripPrefix: true,
  deprecatedAt: null,
  sunsetAt: null,
  successorId: null,
  docsUrl: null,
  routes,
  ...more,
});
const api = (versions: VersionDocument[], more: Partial<ApiDocument> = {}): ApiDocument => ({
  id: 'a1',
  identifier: 'https://items.example',
  name: 'Items',
  scopes: ['items:read'],
  versions,
  ...more,
});
const table = (apis: ApiDocument[], upstreams = [upstream()]) => {
  const document: GatewayDocument = { format: 1, upstreams, apis };
  return compile(document, 1, PLACE);
};

/** A table of one version with these routes. */
const tableOf = (routes: RouteDocument[], more: Partial<VersionDocument> = {}) => {
  const { table: made, errors } = table([api([version('v1', routes, more)])]);
  expect(errors).toEqual([]);
  return made;
};
type Asked = { method?: string; host?: string; headers?: Record<string, string> };
const find = (
  made: ReturnType<typeof tableOf>,
  path: string,
  { method = 'GET', host = '', headers = {} }: Asked = {},
) => made.find(readPath(path), { method, host, headers });
const templateOf = (found: CompiledRoute | Problem) =>
  found instanceof Problem ? found.code : found.template;

describe('a table of routes', () => {
  it('finds a route by base path, selector and path', () => {
    const made = tableOf([route('/things/:thing'), route('/')]);
    expect(templateOf(find(made, '/g/items/v1/things/7'))).toBe('/g/items/v1/things/:thing');
    expect(templateOf(find(made, '/g/items/v1'))).toBe('/g/items/v1');
    expect(templateOf(find(made, '/g/items/v1/things/7?x=1'))).toBe('/g/items/v1/things/:thing');
    expect(made.size).toBe(2);
  });

  it.each([
    '/g/items',
    '/g/items/v2/things',
    '/g/items/v1/things',
    '/g/items/v1/things/7/8',
    '/items/v1/things/7',
    '/',
  ])('has none for %s', (path) => {
    expect(templateOf(find(tableOf([route('/things/:thing')]), path))).toBe('no_route');
  });

  it('prefers what is written out to a parameter, and that to a rest', () => {
    const made = tableOf([route('/things/*'), route('/things/:thing'), route('/things/mine')]);
    const last = (path: string) => templateOf(find(made, path)).split('/').at(-1);
    expect(last('/g/items/v1/things/mine')).toBe('mine');
    expect(last('/g/items/v1/things/%6Dine')).toBe('mine');
    expect(last('/g/items/v1/things/yours')).toBe(':thing');
    expect(last('/g/items/v1/things/yours/too')).toBe('*');
    expect(last('/g/items/v1/things')).toBe('*');
    expect(last('/g/items/v1/things/Mine')).toBe(':thing');
  });

  it('goes back to a parameter where what is written out leads nowhere', () => {
    const made = tableOf([route('/:a/end'), route('/fixed/other'), route('/*')]);
    expect(templateOf(find(made, '/g/items/v1/fixed/end'))).toContain('/:a/end');
    expect(templateOf(find(made, '/g/items/v1/fixed/none'))).toContain('/*');
  });

  it('never takes a broader route for a method that the path does not have', () => {
    const made = tableOf([
      route('/things/mine', { methods: ['GET', 'PUT'] }),
      route('/*', { methods: ['DELETE'] }),
    ]);
    const found = find(made, '/g/items/v1/things/mine', { method: 'DELETE' });
    expect(templateOf(found)).toBe('no_such_method');
    expect((found as Problem).headers).toMatchObject({ allow: 'GET, HEAD, PUT' });
    expect(templateOf(find(made, '/g/items/v1/else', { method: 'DELETE' }))).toContain('/*');
  });

  it('answers HEAD where it answers GET', () => {
    const made = tableOf([route('/things'), route('/things', { methods: ['POST'] })]);
    expect(templateOf(find(made, '/g/items/v1/things', { method: 'HEAD' }))).toContain('/things');
    const posted = find(made, '/g/items/v1/things', { method: 'POST' }) as CompiledRoute;
    expect(posted.methods.has('HEAD')).toBe(false);
  });

  it('is not fooled by names that every object has', () => {
    const made = tableOf([route('/constructor'), route('/:any/x')]);
    expect(templateOf(find(made, '/g/items/v1/constructor'))).toContain('/constructor');
    expect(templateOf(find(made, '/g/items/v1/__proto__'))).toBe('no_route');
    expect(templateOf(find(made, '/g/items/v1/toString/x'))).toContain('/:any/x');
  });

  it('chooses a version by a header or a host, and the one without a condition else', () => {
    const one = version('1', [route('/things')], { selector: { kind: 'header', value: 'api-version=1' } });
    const two = version('2', [route('/things')], { selector: { kind: 'host', value: 'two.example' } });
    const { table: made, errors } = table([api([one, two])]);
    expect(errors).toEqual([]);
    const labelOf = (asked: Asked) => {
      const found = find(made, '/g/items/things', asked);
      return found instanceof Problem ? found.code : found.version.label;
    };
    expect(labelOf({ headers: { 'api-version': '1' } })).toBe('1');
    expect(labelOf({ headers: { 'api-version': '2' } })).toBe('no_route');
    expect(labelOf({ host: 'two.example' })).toBe('2');
    expect(labelOf({})).toBe('no_route');
  });

  it('drops the prefix for the upstream where the version says so', () => {
    const stripped = find(tableOf([route('/things')]), '/g/items/v1/things') as CompiledRoute;
    expect(stripped.dropped).toBe(3);
    const kept = find(
      tableOf([route('/things')], { stripPrefix: false }),
      '/g/items/v1/things',
    ) as CompiledRoute;
    expect(kept.dropped).toBe(1);
  });

  it('has the times of a route before those of its upstream', () => {
    const made = tableOf([route('/things', { timeouts: { head: 1 } })]);
    const found = find(made, '/g/items/v1/things') as CompiledRoute;
    expect(found.timeouts).toEqual({ connect: 5, head: 1, idle: 60, streamIdle: 300, clientIdle: 60 });
  });
});

/** The route of a version that is changed by `more`, next to `others`. */
const found = (more: Partial<VersionDocument>, others: VersionDocument[] = []) =>
  table([api([version('v1', [route('/things')], more), ...others])]).table.find(
    readPath('/g/items/v1/things'),
    {
      method: 'GET',
      host: '',
      headers: {},
    },
  ) as CompiledRoute;

describe('a version that ends', () => {
  it('says when it was deprecated, when it ends, and where to go', () => {
    const deprecatedAt = Date.UTC(2027, 0, 31);
    const more = {
      status: 'deprecated' as const,
      deprecatedAt,
      sunsetAt: deprecatedAt + DAY,
      successorId: 'v2',
      docsUrl: 'https://items.example/news',
    };
    const { endHeaders, goneFrom } = found(more, [version('v2', [])]);
    expect(endHeaders).toEqual([
      'Deprecation',
      '@1801353600',
      'Sunset',
      'Mon, 01 Feb 2027 00:00:00 GMT',
      'Link',
      '<https://items.example/news>; rel="deprecation"; type="text/html", <https://gate.example/g/items/v2>; rel="successor-version"',
    ]);
    expect(goneFrom).toBe(deprecatedAt + DAY);
  });

  it('says nothing while it is published', () => {
    expect(found({ sunsetAt: null })).toMatchObject({ endHeaders: [], goneFrom: Infinity });
  });

  it('has one route for everything once it is retired', () => {
    const retired = version('v1', [route('/things', { scopes: ['gone:scope'] })], { status: 'retired' });
    const { table: made, errors } = table([api([retired])]);
    expect(errors).toEqual([]);
    for (const path of ['/g/items/v1', '/g/items/v1/things', '/g/items/v1/never/was'])
      expect(find(made, path, { method: 'DELETE' })).toMatchObject({ goneFrom: 0 });
    expect(templateOf(find(made, '/g/items/v2'))).toBe('no_route');
  });
});

const errorsOf = (apis: ApiDocument[], upstreams?: UpstreamDocument[]) =>
  table(apis, upstreams).errors.map(({ field, message }) => `${field}: ${message}`);

describe('a table that does not compile names', () => {
  it('routes that answer the same requests', () => {
    const [one, two] = [route('/things/:id'), route('/things/:thing')];
    const [error, ...others] = errorsOf([api([version('v1', [one, two])])]);
    expect(error).toContain(`routes.${two.id}: /things/:thing of https://items.example v1 would answer what`);
    expect(error).toContain(`(routes.${one.id})`);
    expect(others).toEqual([]);
  });

  it('routes of two APIs at one place', () => {
    const other = api([version('v1', [route('/things')], { id: 'v1b' })], {
      id: 'a2',
      identifier: 'https://b.example',
    });
    expect(errorsOf([api([version('v1', [route('/things')])]), other])).toHaveLength(1);
    const elsewhere = { ...other, versions: [version('v1', [route('/things')], { basePath: '/others' })] };
    expect(errorsOf([api([version('v1', [route('/things')])]), elsewhere])).toEqual([]);
  });

  it('an upstream that is gone, once for its version', () => {
    const gone = version('v1', [route('/a'), route('/b')], { upstreamId: 'gone' });
    expect(errorsOf([api([gone])])).toEqual(['versions.v1: its upstream is gone']);
  });

  it('a scope that the API does not declare', () => {
    const wanting = route('/things', { scopes: ['items:read', 'items:burn'] });
    expect(errorsOf([api([version('v1', [wanting])])])).toEqual([
      `routes.${wanting.id}: it needs the scope items:burn, which https://items.example does not declare`,
    ]);
  });

  it('a public route that asks for scopes or roles', () => {
    const scoped = route('/a', { isPublic: true, scopes: ['items:read'] });
    const staffed = route('/b', { isPublic: true, roles: ['staff'] });
    expect(errorsOf([api([version('v1', [scoped, staffed])])])).toHaveLength(2);
  });

  it('a forwarded authorization in the place of our token', () => {
    const forwarding = route('/a', { forward: ['authorization'] });
    expect(errorsOf([api([version('v1', [forwarding])])])).toHaveLength(1);
    expect(errorsOf([api([version('v1', [forwarding])])], [upstream({ identity: 'none' })])).toEqual([]);
  });

  it('nothing for a thousand routes, and soon', () => {
    const routes = Array.from({ length: 1_000 }, (_, at) => route(`/things-${at}/:thing`));
    const before = process.cpuUsage();
    const { table: made, errors } = table([api([version('v1', routes)])]);
    const { user } = process.cpuUsage(before);
    expect([made.size, errors]).toEqual([1_000, []]);
    expect(user / 1000).toBeLessThan(500);
  });
});

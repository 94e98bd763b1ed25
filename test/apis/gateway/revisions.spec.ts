import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { keyFor, makeApi, publish, type TestApi } from '../../support/gateway.js';
import { expectProblem } from '../../support/problem.js';
import { sendAsIs } from '../../support/raw.js';
import { statementsDuring } from '../../support/statements.js';
import { Upstream } from '../../support/upstream.js';

describe('revisions', () => {
  let app: TestApp;
  let admin: SignedIn;
  let one: Upstream;
  let two: Upstream;
  let api: TestApi;

  beforeAll(async () => {
    app = await startApp();
    admin = await app.as.admin();
    [one, two] = await Promise.all([Upstream.start(), Upstream.start()]);
    api = await makeApi(
      app,
      [one.url],
      [
        { methods: ['GET'], path: '/things/:thing', scopes: ['items:read'] },
        { methods: ['POST'], path: '/things', scopes: ['items:write'] },
        { methods: ['GET'], path: '/open', isPublic: true },
        { methods: ['GET'], path: '/open/*', isPublic: true, allowEncodedSlash: true },
        { methods: ['PUT'], path: '/open/:id', scopes: ['items:write'] },
        { methods: ['GET'], path: '/staff', roles: ['admin'] },
      ],
    );
    await publish(app);
  });
  afterAll(async () => {
    await app.close();
    await Promise.all([one.close(), two.close()]);
  });
  const routes = () => `/v1/resources/${api.id}/versions/${api.versionId}/routes`;
  const open = (path = '/open') => app.as.anonymous().get(`${api.base}${path}`);
  const countRevisions = async () => (await admin.get('/v1/gateway/revisions?limit=100')).body.items.length;

  it('change nothing until they are published, and then all at once', async () => {
    const before = await publish(app);
    const made = await admin.post(routes(), { methods: ['GET'], path: '/new', isPublic: true });
    expectProblem(await open('/new'), 404, 'no_route');
    expect(await publish(app)).toBe(before + 1);
    expect((await open('/new')).status).toBe(200);
    await admin.delete(`${routes()}/${made.body.id}`);
    expect((await open('/new')).status).toBe(200);
    await publish(app);
    expectProblem(await open('/new'), 404, 'no_route');
  });

  it('can be brought back, each of them', async () => {
    const made = await admin.post(routes(), { methods: ['GET'], path: '/once', isPublic: true });
    const seq = await publish(app);
    await admin.delete(`${routes()}/${made.body.id}`);
    await publish(app);
    expectProblem(await open('/once'), 404, 'no_route');
    const restored = await admin.post(`/v1/gateway/revisions/${seq}/restore`, {});
    expect(restored.body).toMatchObject({ seq: seq + 2, note: `revision ${seq} again`, byId: admin.id });
    expect((await open('/once')).status).toBe(200);
    const [then, now] = await Promise.all(
      [seq, seq + 2].map((each) => admin.get(`/v1/gateway/revisions/${each}`)),
    );
    expect(now!.body.digest).toBe(then!.body.digest);
    expect(now!.body.document).toEqual(then!.body.document);
    await publish(app);
    expectProblem(await open('/once'), 404, 'no_route');
    for (const wrong of ['0', '9999', 'x', '1e0', '99999999999'])
      expectProblem(await admin.post(`/v1/gateway/revisions/${wrong}/restore`, {}), 404, 'not_found');
  });

  it('that do not compile are not published, and name their rows', async () => {
    const before = await countRevisions();
    const scope = await admin.post(routes(), { methods: ['GET'], path: '/bad', scopes: ['items:unknown'] });
    const both = await admin.post(routes(), {
      methods: ['GET'],
      path: '/both',
      isPublic: true,
      scopes: ['items:read'],
    });
    const twice = await admin.post(routes(), {
      methods: ['GET'],
      path: '/twice',
      forward: ['authorization'],
    });
    const refused = await admin.post('/v1/gateway/revisions', {});
    expectProblem(refused, 409, 'table_does_not_compile');
    const fields = refused.body.errors.map(({ field }: { field: string }) => field);
    expect(fields).toEqual([scope, both, twice].map(({ body }) => `routes.${body.id}`));
    for (const { body } of [scope, both, twice]) await admin.delete(`${routes()}/${body.id}`);
    expect(await countRevisions()).toBe(before);
    expectProblem(
      await admin.post(routes(), { methods: ['GET', 'PUT'], path: '/open/:other' }),
      409,
      'duplicate_route',
    );
    const rival = await makeApi(app, [one.url], [{ methods: ['GET'], path: '/open', isPublic: true }], {
      version: { basePath: api.base.split('/').slice(0, -1).join('/').replace('/g', '') },
    });
    const clash = await admin.post('/v1/gateway/revisions', {});
    expectProblem(clash, 409, 'table_does_not_compile');
    expect(clash.body.errors[0].message).toContain(`routes.${api.routes['/open']}`);
    await admin.delete(`/v1/resources/${rival.id}`);
    await publish(app);
  });

  it('are numbered without a gap, however many are published at once', async () => {
    const before = await publish(app);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => admin.post('/v1/gateway/revisions', {})),
    );
    const numbers = answers.map(({ body }) => body.seq).toSorted((a, b) => a - b);
    expect(numbers).toEqual([1, 2, 3, 4, 5].map((step) => before + step));
  });

  it('are read and made by those who may', async () => {
    const reader = await app.as.holderOf('gateway:read');
    expect((await reader.get('/v1/gateway/revisions')).status).toBe(200);
    expectProblem(await reader.post('/v1/gateway/revisions', {}), 403, 'insufficient_scope');
    expectProblem(await reader.post('/v1/upstreams', {}), 403, 'insufficient_scope');
    const stranger = await app.as.holderOf('gateway:read', 'gateway:write', 'resources:read');
    expectProblem(await stranger.post(routes(), { methods: ['GET'], path: '/x' }), 403, 'not_your_resource');
  });

  it('ask no database on the way of a request', async () => {
    const key = await keyFor(app, api);
    await key.get(`${api.base}/things/7`);
    const statements = await statementsDuring(app, () => key.get(`${api.base}/things/7`));
    expect(statements).toEqual([]);
  });

  it('say what they would do, as they do it', async () => {
    const reading = (await keyFor(app, api)).key;
    const writing = (await keyFor(app, api, ['items:write'])).key;
    const tokens = [undefined, reading, writing, `${reading}x`, admin.tokens.access_token];
    const paths = ['/things/7', '/things', '/open', '/open/', '/open/x', '/open/a%2fb', '/open//x'];
    const more = ['/%6fpen', '/staff', '/open/..', '/none', '/open/a;b'];
    const calls = [...paths, ...more].flatMap((path) =>
      ['GET', 'PUT'].map((method) => ({ method, url: api.base + path })),
    );
    let forwarded = 0;
    for (const token of tokens) {
      const said = { ...(token !== undefined && { token }) };
      const explain = (call: object) => admin.post('/v1/gateway/explain', { ...call, ...said });
      const explained = await Promise.all(calls.map(explain));
      for (const [position, { method, url }] of calls.entries()) {
        const { body } = explained[position]!;
        const caller: Record<string, string> =
          token === undefined ? {} : { authorization: `Bearer ${token}` };
        const before = one.seen.length;
        const answer = await sendAsIs(app.url, method, url, caller);
        const isForwarded = one.seen.length > before;
        const what = `${method} ${url} ${token?.slice(0, 8)}: ${JSON.stringify(body)}`;
        const { status } = answer;
        const relayed = { outcome: 'forward', status, target: one.seen.at(-1)?.url };
        const refused = { outcome: 'refuse', status, code: answer.body.code };
        expect(body, what).toMatchObject(isForwarded ? relayed : refused);
        forwarded += Number(isForwarded);
      }
    }
    expect(forwarded).toBe(18);
  });

  it('choose a version by header or host too', async () => {
    const headers = await makeApi(app, [one.url], [{ methods: ['GET'], path: '/x', isPublic: true }], {
      version: {
        selector: { kind: 'header', value: 'api-version=2' },
        basePath: '/chosen',
        stripPrefix: false,
      },
    });
    const host = await makeApi(app, [two.url], [{ methods: ['GET'], path: '/x', isPublic: true }], {
      version: { selector: { kind: 'host', value: 'v3.example' }, basePath: '/chosen' },
    });
    await publish(app);
    const ask = (more: Record<string, string>) => sendAsIs(app.url, 'GET', '/g/chosen/x', more);
    expectProblem(await ask({}), 404, 'no_route');
    expectProblem(await ask({ 'api-version': '1' }), 404, 'no_route');
    expect((await ask({ 'api-version': '2' })).body.url).toBe('/chosen/x');
    const before = two.seen.length;
    expect((await ask({ host: 'V3.example:3000' })).body.url).toBe('/x');
    expect(two.seen).toHaveLength(before + 1);
    for (const { id } of [headers, host])
      expect((await admin.delete(`/v1/resources/${id}`)).status).toBe(204);
    // What is deleted is gone at once.
    expectProblem(await ask({ 'api-version': '2' }), 404, 'no_route');
  });

  it('spread requests by weight, and leave a target alone that fails', async () => {
    const upstream = {
      targets: [
        { url: one.url, weight: 3 },
        { url: two.url, weight: 1 },
      ],
      breaker: { failures: 2, open: 0.5 },
    };
    const spread = await makeApi(app, [], [{ methods: ['GET'], path: '/x', isPublic: true }], { upstream });
    await publish(app);
    const ask = () => app.as.anonymous().get(`${spread.base}/x`);
    const before = [one.seen.length, two.seen.length];
    for (let count = 0; count < 8; count++) expect((await ask()).status).toBe(200);
    expect([one.seen.length - before[0]!, two.seen.length - before[1]!]).toEqual([6, 2]);
    two.answer = (_request, response) => response.writeHead(500).end();
    const statuses: number[] = [];
    for (let count = 0; count < 12; count++) statuses.push((await ask()).status);
    expect(statuses.filter((status) => status === 500)).toHaveLength(2);
    one.answer = two.answer;
    for (let count = 0; count < 2; count++) await ask();
    const none = await ask();
    expectProblem(none, 503, 'upstream_unavailable');
    expect(none.headers.get('retry-after')).toBe('1');
    two.answer = one.answer = (_request, response) => response.end('"back"');
    await vi.waitFor(async () => expect((await ask()).status).toBe(200), { timeout: 5_000, interval: 100 });
  });

  it('never connect where an upstream must not lead', async () => {
    const { port } = new URL(app.url);
    const refused = [
      `http://127.0.0.1:${port}`,
      `http://[::ffff:127.0.0.1]:${port}`,
      'http://169.254.169.254',
      'http://0.0.0.0:1',
      'http://[fe80::1]',
      'http://[fd00:ec2::254]',
      'http://100.100.100.200',
    ];
    for (const url of refused)
      expectProblem(
        await admin.post('/v1/upstreams', { name: 'x', targets: [{ url }] }),
        400,
        'target_refused',
      );
    for (const url of ['ftp://x', 'http://a:b@x', 'http://x/../y', 'http://x?y', 'x', 'http://x#y'])
      expectProblem(
        await admin.post('/v1/upstreams', { name: 'x', targets: [{ url }] }),
        400,
        'validation_failed',
      );
    // A name is known by its address once there is a connection.
    const named = await makeApi(
      app,
      [`http://localhost:${port}`],
      [{ methods: ['GET'], path: '/*', isPublic: true }],
    );
    await publish(app);
    expectProblem(await app.as.anonymous().get(`${named.base}/health/live`), 502, 'upstream_unreachable');
    const { body } = await admin.post(`/v1/upstreams/${named.upstreamId}/check`, {});
    expect(body).toEqual([
      { url: `http://localhost:${port}`, isReachable: false, reason: 'it is this server itself' },
    ]);
  });

  it('never show what TLS needs, and refuse what cannot be read', async () => {
    const make = (tls: object) =>
      admin.post('/v1/upstreams', { name: 'secure', targets: [{ url: 'https://x.example' }], tls });
    const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
    expectProblem(await make({ ca: pem, certificate: pem, key: pem }), 400, 'tls_refused');
    const made = await make({ serverName: 'y.example' });
    expect(made.body).toMatchObject({ hasTls: true });
    expect(made.text).not.toContain('y.example');
    const [row] = await app.database.query<{ tls_sealed: string }>(
      `SELECT tls_sealed FROM upstreams WHERE name = 'secure'`,
    );
    expect(row!.tls_sealed).not.toContain('example');
  });

  describe('of a version that ends', () => {
    let ending: TestApi;
    const at = (verb: string) => `/v1/resources/${ending.id}/versions/${ending.versionId}/${verb}`;
    const call = () => app.as.anonymous().get(`${ending.base}/x`);

    beforeAll(async () => {
      one.answer = (_request, response) => response.end('{}');
      ending = await makeApi(app, [one.url], [{ methods: ['GET'], path: '/x', isPublic: true }]);
      await publish(app);
    });

    it('say so in headers, at once', async () => {
      const successor = await admin.post(`/v1/resources/${ending.id}/versions`, {
        label: 'v2',
        selector: { kind: 'path', value: 'v2' },
        upstreamId: ending.upstreamId,
        basePath: ending.base.replace(/^\/g|\/v1$/g, ''),
      });
      await admin.post(`/v1/resources/${ending.id}/versions/${successor.body.id}/publish`, {});
      await publish(app);
      expect((await call()).headers.get('deprecation')).toBeNull();
      const deprecated = await admin.post(at('deprecate'), {
        deprecatedAt: '2026-01-01T00:00:00Z',
        sunsetAt: '2099-06-30T00:00:00Z',
        successorId: successor.body.id,
        docsUrl: 'https://docs.example/end',
      });
      expect(deprecated.body).toMatchObject({ status: 'deprecated' });
      const { status, headers } = await call();
      expect(status).toBe(200);
      expect(headers.get('deprecation')).toBe('@1767225600');
      expect(headers.get('sunset')).toBe('Tue, 30 Jun 2099 00:00:00 GMT');
      expect(headers.get('link')).toBe(
        `<https://docs.example/end>; rel="deprecation"; type="text/html", <${app.settings.PUBLIC_URL}${ending.base.replace('v1', 'v2')}>; rel="successor-version"`,
      );
      expectProblem(
        await admin.post(at('deprecate'), { successorId: ending.versionId }),
        400,
        'unknown_reference',
      );
    });

    it('answer 410 from the sunset on, and once it is retired', async () => {
      await admin.post(at('deprecate'), { sunsetAt: '2020-01-01T00:00:00Z' });
      const gone = await call();
      expectProblem(gone, 410, 'version_retired');
      expect(gone.headers.get('link')).toContain('successor-version');
      await admin.post(at('deprecate'), { sunsetAt: null });
      expect((await call()).status).toBe(200);
      expect((await admin.post(at('retire'), {})).body.status).toBe('retired');
      expectProblem(await call(), 410, 'version_retired');
      expectProblem(await app.as.anonymous().get(`${ending.base}/whatever/else`), 410, 'version_retired');
      await publish(app);
      expectProblem(await call(), 410, 'version_retired');
    });

    it('never goes back', async () => {
      expectProblem(await admin.post(at('publish'), {}), 409, 'invalid_version_transition');
      expectProblem(await admin.post(at('deprecate'), {}), 409, 'invalid_version_transition');
      const { body } = await admin.get('/v1/audit-events?action=api_version.retired');
      expect(body.items).toHaveLength(1);
    });
  });
});

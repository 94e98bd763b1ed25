import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { VersionsService } from '../../../src/apis/versions/versions.service.js';
import { Outdated } from '../../../src/platform/database/database.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { keyFor, makeApi, publish, type TestApi } from '../../support/gateway.js';
import { expectProblem } from '../../support/problem.js';
import { Upstream } from '../../support/upstream.js';

const HEADER = {
  openapi: '3.0.3',
  info: { title: 'Items', version: '1' },
  servers: [{ url: 'https://inside.example/v9' }],
  components: {
    schemas: { Thing: { type: 'object' } },
    securitySchemes: {
      inside: {
        type: 'oauth2',
        flows: { clientCredentials: { tokenUrl: 'https://inside.example', scopes: {} } },
      },
    },
  },
};
const reads = { security: [{ inside: ['items:read'] }] };
const DOCUMENT = {
  ...HEADER,
  paths: {
    '/things/{thing}': {
      servers: [{ url: 'https://inside.example' }],
      get: {
        operationId: 'getThing',
        responses: {},
        ...reads,
        'x-gatehouse-limit': { requests: 5, per: 'day' },
      },
      delete: { operationId: 'deleteThing', responses: {}, security: [{ inside: ['items:write'] }] },
    },
    '/open': { get: { operationId: 'open', responses: {}, security: [] } },
  },
};
const YAML = `
openapi: 3.1.0
info: { title: Items, version: "2" }
paths:
  /things/{id}:
    get: { operationId: getThing }
  /new:
    post: { operationId: make }
`;

describe('the OpenAPI document of a version', () => {
  let app: TestApp;
  let admin: SignedIn;
  let upstream: Upstream;
  let api: TestApi;
  let base: string;

  beforeAll(async () => {
    app = await startApp();
    admin = await app.as.admin();
    upstream = await Upstream.start();
  });
  beforeEach(async () => {
    api = await makeApi(app, [upstream.url], [{ methods: ['GET'], path: '/by-hand', isPublic: true }]);
    base = `/v1/resources/${api.id}/versions/${api.versionId}/openapi`;
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });

  const put = (document: unknown, path = base) => admin.put(path, document as object);
  const putText = (text: string, type: string) =>
    fetch(`${app.url}${base}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${admin.tokens.access_token}`, 'content-type': type },
      body: text,
    });
  const post = async (what: 'plan' | 'apply', body: object = {}) => {
    const answer = await admin.post(`${base}/${what}`, body);
    expect(answer.status, answer.text).toBe(200);
    return answer.body;
  };
  const routes = async () =>
    (await admin.get(base.replace('/openapi', '/routes'))).body.items as {
      id: string;
      path: string;
      limit: unknown;
    }[];
  const namesOf = (list: { operationId: string | null; path: string }[]) =>
    list.map(({ operationId, path }) => operationId ?? path).toSorted();

  it('becomes routes: what would change is told first, and a second import changes nothing', async () => {
    const kept = await put(DOCUMENT);
    expect(kept.status, kept.text).toBe(200);
    expect(kept.body).toMatchObject({ format: '3.0.3', title: 'Items', operations: 3, notes: [] });
    expect(await routes()).toHaveLength(1);
    const plan = await post('plan');
    expect(namesOf(plan.added)).toEqual(['deleteThing', 'getThing', 'open']);
    expect(namesOf(plan.removed)).toEqual(['/by-hand']);
    expect([plan.changed, plan.unchanged, plan.missingScopes]).toEqual([[], 0, []]);
    expect(plan.added.every(({ id }: { id: unknown }) => id === null)).toBe(true);
    expect(await routes()).toHaveLength(1);
    const done = await post('apply');
    expect(namesOf(done.added)).toEqual(namesOf(plan.added));
    expect((await routes()).map(({ id }) => id).toSorted()).toEqual(
      done.added.map(({ id }: { id: string }) => id).toSorted(),
    );
    expect(await post('apply')).toMatchObject({ added: [], changed: [], removed: [], unchanged: 3 });
    await publish(app);
    const key = await keyFor(app, api);
    expect((await key.get(`${api.base}/things/7`)).status).toBe(200);
    expectProblem(await key.delete(`${api.base}/things/7`), 403, 'insufficient_scope');
    expect((await app.as.anonymous().get(`${api.base}/open`)).status).toBe(200);
  });

  it('keeps routes by their operationId when it comes again, as YAML', async () => {
    await put(DOCUMENT);
    await post('apply');
    const before = (await routes()).find(({ path }) => path === '/things/:thing')!;
    const answer = await putText(YAML, 'application/yaml; charset=utf-8');
    expect(answer.status, await answer.clone().text()).toBe(200);
    const plan = await post('plan', { keepOthers: true });
    expect(plan.removed).toEqual([]);
    expect(plan.changed).toEqual([
      expect.objectContaining({
        id: before.id,
        operationId: 'getThing',
        changes: [{ field: 'path', from: '"/things/:thing"', to: '"/things/:id"' }],
      }),
    ]);
    await post('apply', { keepOthers: true });
    const after = await routes();
    expect(after.find(({ id }) => id === before.id)).toMatchObject({
      path: '/things/:id',
      limit: before.limit,
    });
    expect(after).toHaveLength(4);
    expect(namesOf((await post('apply')).removed)).toEqual(['deleteThing', 'open']);
  });

  it('is published with our address and our security, and only with what has a route', async () => {
    const made = (await admin.get(base)).body;
    expect(made).toMatchObject({ openapi: '3.1.0', info: { title: 'Items', version: 'v1' } });
    expect(Object.keys(made.paths)).toEqual(['/by-hand']);
    await put(DOCUMENT);
    await post('apply', { keepOthers: true });
    const removed = (await routes()).find(({ path }) => path === '/open')!;
    await admin.delete(`${base.replace('/openapi', '/routes')}/${removed.id}`);
    const { body, text } = await admin.get(base);
    expect(text).not.toMatch(/inside|x-gatehouse/);
    expect(body.servers).toEqual([{ url: `${app.settings.PUBLIC_URL}${api.base}` }]);
    expect(Object.keys(body.paths)).toEqual(['/things/{thing}', '/by-hand']);
    expect(body.paths['/things/{thing}'].get).toEqual({
      operationId: 'getThing',
      responses: {},
      security: [{ gatehouse: ['items:read'] }, { gatehouseKey: [] }],
    });
    expect(body.paths['/by-hand'].get.security).toEqual([]);
    expect(body.components).toMatchObject({
      schemas: HEADER.components.schemas,
      securitySchemes: { gatehouse: { type: 'oauth2' }, gatehouseKey: { type: 'http', scheme: 'bearer' } },
    });
    await admin.post(base.replace('/openapi', '/deprecate'), {});
    expect((await admin.get(base)).body.paths['/things/{thing}'].delete.deprecated).toBe(true);
    const old = {
      swagger: '2.0',
      info: { title: 'Old' },
      host: 'inside.example',
      paths: { '/by-hand': { get: {} } },
    };
    await put(old);
    expect((await admin.get(base)).body).toMatchObject({
      swagger: '2.0',
      host: 'localhost:3000',
      basePath: api.base,
    });
  });

  it('names scopes that its API lacks, and declares them when it is asked to', async () => {
    await put({ ...HEADER, paths: { '/a': { get: { security: [{ inside: ['items:audit'] }] } } } });
    expect((await post('plan')).missingScopes).toEqual(['items:audit']);
    const refused = await admin.post(`${base}/apply`, {});
    expectProblem(refused, 409, 'scopes_missing');
    expect(refused.body.errors).toEqual([{ field: 'scopes', message: 'items:audit is not declared' }]);
    expect(await routes()).toHaveLength(1);
    await post('apply', { declareScopes: true });
    const { body } = await admin.get(`/v1/resources/${api.id}`);
    expect(body.scopes.map(({ name }: { name: string }) => name)).toContain('items:audit');
  });

  it('declares the scopes of two versions that are imported at the same time, and of its API as it is by then', async () => {
    const { body: second } = await admin.post(`/v1/resources/${api.id}/versions`, {
      label: 'v2',
      selector: { kind: 'path', value: 'v2' },
      upstreamId: api.upstreamId,
      basePath: api.base.replace(/^\/g|\/v1$/g, ''),
    });
    const other = base.replace(api.versionId, second.id);
    const scopes = Array.from({ length: 8 }, (_, each) => `items:s${each}`);
    for (const scope of scopes) {
      const [own, others] = [`${scope}-1`, `${scope}-2`];
      await put({ ...HEADER, paths: { '/a': { get: { security: [{ inside: [own] }] } } } });
      await put({ ...HEADER, paths: { '/a': { get: { security: [{ inside: [others] }] } } } }, other);
      const answers = await Promise.all(
        [base, other].map((path) => admin.post(`${path}/apply`, { declareScopes: true })),
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      const { body } = await admin.get(`/v1/resources/${api.id}`);
      const names = body.scopes.map(({ name }: { name: string }) => name);
      expect(names).toEqual(expect.arrayContaining([own, others]));
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it('refuses what would answer the requests of a route that stays, and changes nothing', async () => {
    const item = { get: { operationId: 'getThing', security: [] } };
    await put({ ...HEADER, paths: { '/old/{thing}': item } });
    await post('apply', { keepOthers: true });
    await put({ ...HEADER, paths: { '/by-hand': item } });
    const before = await routes();
    for (const what of ['plan', 'apply']) {
      const answer = await admin.post(`${base}/${what}`, { keepOthers: true });
      expectProblem(answer, 400, 'validation_failed');
      expect(answer.body.errors).toEqual([
        { field: 'paths', message: 'get /by-hand would answer what the kept route GET /by-hand does' },
      ]);
    }
    expect(await routes()).toEqual(before);
    // Without the others there is one.
    await post('apply');
    expect((await routes()).map(({ path }) => path)).toEqual(['/by-hand']);
  });

  it('is published without calls and addresses that are not relayed', async () => {
    const link = { operationId: 'open', server: { url: 'https://inside.example' } };
    const links = {
      next: link,
      same: { $ref: '#/components/links/next' },
      elsewhere: { operationRef: 'https://inside.example/openapi.json#/paths/~1a/get' },
      unrelayed: { operationId: 'inside' },
      referred: { $ref: '#/components/links/unrelayed' },
      lost: { $ref: '#/components/links/inside' },
    };
    const shownLinks = { next: { operationId: 'open' }, same: { operationId: 'open' } };
    const notes = { 'x-inside': 'a note' };
    const responses = { 200: { description: 'ok', links } };
    const hidden = { post: { summary: 'inside', responses: {} } };
    const { components } = HEADER;
    await put({
      ...HEADER,
      ...notes,
      openapi: '3.2.0',
      $self: 'https://inside.example/openapi.json',
      webhooks: { inside: hidden },
      components: {
        ...components,
        pathItems: { inside: hidden, open: { get: { operationId: 'open', security: [], responses } } },
        callbacks: { inside: { 'https://inside.example': hidden } },
        links,
        responses: { ok: { description: 'ok', links } },
      },
      paths: {
        '/open': { $ref: '#/components/pathItems/open' },
        '/more': {
          summary: 'More',
          ...notes,
          get: {
            security: [],
            ...notes,
            responses: { 200: { $ref: '#/components/responses/ok' } },
            callbacks: { inside: { 'https://inside.example': hidden } },
          },
          trace: { summary: 'inside' },
          query: { summary: 'inside' },
          additionalOperations: { COPY: { summary: 'inside' } },
        },
      },
    });
    await post('apply');
    const { body, text } = await admin.get(base);
    expect(text).not.toMatch(/inside/);
    expect(Object.keys(body.paths)).toEqual(['/open', '/more']);
    expect(Object.keys(body.paths['/more'])).toEqual(['summary', 'get']);
    expect(body.paths['/open'].get.responses[200].links).toEqual(shownLinks);
    expect(body.components.schemas).toEqual(components.schemas);
    expect(body.components.links).toEqual(shownLinks);
    expect(body.components.responses).toEqual({ ok: { description: 'ok', links: shownLinks } });
  });

  it('is published with the header that its version is called by, and no other of that name', async () => {
    const selector = { kind: 'header', value: 'api-version=2=b' };
    const one = await makeApi(app, [upstream.url], [], { version: { selector } });
    const path = `/v1/resources/${one.id}/versions/${one.versionId}/openapi`;
    const other = { name: 'Api-Version', in: 'header', schema: { type: 'string' } };
    const kept = { name: 'api-version', in: 'query', schema: { type: 'string' } };
    const get = {
      security: [],
      responses: {},
      parameters: [{ $ref: '#/components/parameters/other' }, kept],
    };
    const parameters = [other];
    await put(
      { ...HEADER, components: { parameters: { other } }, paths: { '/a': { parameters, get } } },
      path,
    );
    await admin.post(`${path}/apply`, {});
    await admin.post(path.replace('/openapi', '/routes'), { methods: ['GET'], path: '/b', isPublic: true });
    const header = { name: 'api-version', in: 'header', required: true, description: expect.any(String) };
    const shown = { ...header, schema: { type: 'string', enum: ['2=b'] } };
    const { paths } = (await admin.get(path)).body;
    expect(paths['/a'].parameters).toEqual([shown]);
    expect(paths['/a'].get.parameters).toEqual([kept]);
    expect(paths['/b'].parameters).toEqual([shown]);
    const old = { schemes: ['ws'], responses: {} };
    await put({ swagger: '2.0', info: { title: 'Old' }, paths: { '/a': { get: old } } }, path);
    const { body } = await admin.get(path);
    expect(body.paths['/a'].parameters).toEqual([{ ...header, type: 'string', enum: ['2=b'] }]);
    expect(body.paths['/a'].get).not.toHaveProperty('schemes');
  });

  it('is not imported for ever while others change its version', async () => {
    await put(DOCUMENT);
    const write = vi.spyOn(app.nest.get(VersionsService), 'put').mockRejectedValue(new Outdated());
    expectProblem(await admin.post(`${base}/apply`, {}), 409, 'version_is_changing');
    expect(write).toHaveBeenCalledTimes(5);
    write.mockRestore();
    expect(await routes()).toHaveLength(1);
  });

  it('that many import at once is imported once', async () => {
    await put(DOCUMENT);
    const answers = await Promise.all(Array.from({ length: 6 }, () => admin.post(`${base}/apply`, {})));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(await routes()).toHaveLength(3);
    expect(answers.filter(({ body }) => body.added.length > 0)).toHaveLength(1);
  });

  it('is refused, with what is wrong, and nothing is kept of it', async () => {
    const wrong = { ...HEADER, paths: { '/a/{x}': { get: {} }, '/a/{y}': { get: {} } } };
    const answer = await put(wrong);
    expectProblem(answer, 400, 'validation_failed');
    expect(answer.body.errors).toEqual([
      { field: 'paths', message: 'get /a/{y} would answer what get /a/{x} does' },
    ]);
    expectProblem(await admin.post(`${base}/plan`, {}), 404, 'not_found');
    for (const [text, type, status] of [
      ['a: [1', 'application/yaml', 400],
      ['<a/>', 'application/xml', 415],
      [JSON.stringify(DOCUMENT), 'text/plain', 415],
      [`{"a": "${'x'.repeat(2_100_000)}"}`, 'application/json', 413],
    ] as const) {
      expect((await putText(text, type)).status).toBe(status);
    }
    const shared = { get: { description: 'x'.repeat(300_000) } };
    const paths = Array.from({ length: 20 }, (_, each) => [
      `/a${each}`,
      { $ref: '#/components/pathItems/a' },
    ]);
    const inlined = { ...HEADER, components: { pathItems: { a: shared } }, paths: Object.fromEntries(paths) };
    expectProblem(await put(inlined), 400, 'validation_failed');
    // YAML is for these routes alone.
    const elsewhere = await fetch(`${app.url}/v1/roles`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin.tokens.access_token}`, 'content-type': 'application/yaml' },
      body: 'name: x',
    });
    expect(elsewhere.status).toBe(415);
    const large = { ...HEADER, info: { title: 'Large', description: 'x'.repeat(500_000) }, paths: {} };
    expect((await put(large)).status).toBe(200);
  });

  it('is for who may change the API', async () => {
    const other = await app.as.holderOf('gateway:read', 'gateway:write');
    expectProblem(await other.put(base, DOCUMENT), 403, 'not_your_resource');
    // Before anything of it is read.
    expectProblem(await other.put(base, { openapi: '9' }), 403, 'not_your_resource');
    expectProblem(await other.post(`${base}/plan`, {}), 403, 'not_your_resource');
    expectProblem(await other.post(`${base}/apply`, {}), 403, 'not_your_resource');
    expect((await other.get(base)).status).toBe(200);
    const foreign = await makeApi(app, [upstream.url], []);
    const elsewhere = base.replace(api.versionId, foreign.versionId);
    expectProblem(await put(DOCUMENT, elsewhere), 404, 'not_found');
    expectProblem(await admin.get(elsewhere), 404, 'not_found');
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentedErrors } from '../../../tools/docs/errors.js';
import { RouteRegistry, type Route } from '../../../src/platform/access/route-registry.js';
import { startApp, type TestApp } from '../../support/app.js';
import { readSources } from '../../support/source-rules.js';
import { operationsOf, resolve, type Document, type Operation } from '../../support/openapi.js';

/** Pages for people, and what leads to them, are no part of it. */
const isOfApi = (path: string) =>
  /^\/(?:v1|oauth|\.well-known|health|metrics)(?:\/|$)/.test(path) &&
  !/^\/\.well-known\/(?:change-password|passkey-endpoints)$/.test(path);

const documentedPath = (path: string) => path.replaceAll(/:(\w+)/g, '{$1}').replace(/\*$/, '{path}');

describe('the OpenAPI document', () => {
  let app: TestApp;
  let document: Document;
  let routes: Route[];
  let operations: Operation[];

  beforeAll(async () => {
    // Pages are for browsers, and no part of the API that the document describes.
    app = await startApp({ env: { WEB: 'off' } });
    document = (await app.as.anonymous().get('/openapi.json')).body;
    routes = app.nest.get(RouteRegistry).routes.filter(({ path }) => isOfApi(path));
    operations = operationsOf(document);
  });
  afterAll(() => app.close());

  /** What is said of a route. */
  const operationOf = ({ method, path }: Route) =>
    operations.find((each) => each.method === method && each.path === documentedPath(path))?.operation;
  /** The values of all members with this name, wherever they are. */
  const everywhere = (name: string, node: unknown = document): unknown[] => {
    if (node === null || typeof node !== 'object') return [];
    return Object.entries(node).flatMap(([key, value]) => [
      ...(key === name ? [value] : []),
      ...everywhere(name, value),
    ]);
  };

  it('is OpenAPI 3.1 and names this server', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(document.info).toMatchObject({ title: 'Gatehouse', version: expect.any(String) });
    expect(document.servers).toEqual([{ url: app.settings.PUBLIC_URL }]);
  });

  it('has every route and no other', () => {
    const documented = operations.map(({ method, path }) => `${method} ${path}`);
    const declared = routes.map(({ method, path }) => `${method} ${documentedPath(path)}`);
    expect(documented.toSorted()).toEqual(declared.toSorted());
  });

  it('groups the routes, and says what each group is for', () => {
    const used = new Set(operations.flatMap(({ operation }) => operation.tags ?? []));
    expect(operations.filter(({ operation }) => !operation.tags?.length)).toEqual([]);
    expect(document.tags.map(({ name }) => name)).toEqual([...used].toSorted());
    // Those of modules of one's own may go without.
    const sources = readSources('src').filter(({ path }) => !path.startsWith('src/features/'));
    const ours = sources.flatMap(({ text }) =>
      [...text.matchAll(/@ApiTags\('([^']+)'\)/g)].map(([, name]) => name),
    );
    const silent = document.tags.filter(({ name, description }) => ours.includes(name) && !description);
    expect(silent).toEqual([]);
    expect(ours.length).toBeGreaterThan(10);
  });

  it('says of every route who may call it', () => {
    for (const route of routes) {
      const { policy } = route;
      const operation = operationOf(route)!;
      expect(operation['x-roles'], route.handler).toEqual(policy.roles);
      expect(operation['x-scopes'], route.handler).toEqual(policy.scopes);
      expect(operation.description).toContain('Access: ');
      const guarded = policy.isClientAuthenticated ? { client: [] } : { bearer: policy.scopes };
      expect(operation.security ?? []).toEqual(policy.isPublic ? [] : [guarded]);
    }
    expect(document.components.securitySchemes).toMatchObject({ bearer: { type: 'http', scheme: 'bearer' } });
  });

  it('says how every guarded route refuses, as problems', () => {
    const problem = { $ref: '#/components/schemas/Problem' };
    // OAuth's endpoints refuse by the names of their RFCs.
    for (const route of routes.filter(
      ({ path, policy }) => !policy.isPublic && !path.startsWith('/oauth/'),
    )) {
      const { responses } = operationOf(route)!;
      const isRestricted = route.policy.roles.length + route.policy.scopes.length > 0;
      for (const status of isRestricted ? ['401', '403'] : ['401']) {
        const schema = responses[status]?.content?.['application/problem+json']?.schema;
        expect(schema, `${route.handler} ${status}`).toEqual(problem);
      }
    }
  });

  it('has one operation id each, a summary and an answer that is no failure', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { operation } of operations) {
      expect(operation.summary, operation.operationId).toMatch(/\S/);
      expect(Object.keys(operation.responses).join(), operation.operationId).toMatch(/\b2\d\d\b/);
    }
  });

  it('has an example for every field that a body must have', () => {
    const without = operations.flatMap(({ operation }) => {
      const content = operation.requestBody?.content?.['application/json'];
      if (!content) return [];
      const schema = resolve(document, content.schema);
      if (content.example || content.examples || schema.example || schema.examples) return [];
      const names = schema.required ?? Object.keys(schema.properties ?? {});
      return names
        .map((name) => [name, resolve(document, schema.properties![name]!)] as const)
        .filter(
          ([, { example, examples, enum: words, default: usual }]) =>
            (example ?? examples ?? words ?? usual) === undefined,
        )
        .map(([name]) => `${operation.operationId}: ${name}`);
    });
    expect(without).toEqual([]);
  });

  it('names only codes of errors that are documented', () => {
    const codes = documentedErrors().map(({ code }) => code);
    const named = everywhere('application/problem+json').map((content) => (content as any).example.code);
    expect(new Set(named).size).toBeGreaterThan(3);
    for (const code of new Set(named)) expect(codes).toContain(code);
  });

  it('refers only to what is there', () => {
    const references = everywhere('$ref');
    expect(references.length).toBeGreaterThan(10);
    for (const reference of references) {
      expect(resolve(document, { $ref: reference as string }), String(reference)).toBeDefined();
    }
  });

  it('declares every parameter of its paths', () => {
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = (operation.parameters ?? []).filter((each) => each.in === 'path');
      expect(declared.map(({ name }) => name)).toEqual(inPath);
      expect(declared.every(({ required }) => required)).toBe(true);
    }
  });

  it('speaks JSON Schema, in which nothing is "nullable"', () => {
    expect(everywhere('nullable')).toEqual([]);
  });

  it('describes what is answered', async () => {
    const member = await app.as.member();
    const { body } = await member.get('/v1/me');
    const schema = document.components.schemas['UserResponse']!;
    expect(Object.keys(body).toSorted()).toEqual(Object.keys(schema.properties!).toSorted());
  });
});

it('the OpenAPI document leaves out the pages, on or off', async () => {
  const pathsWith = async (env: Record<string, string>) => {
    const app = await startApp({ env });
    const { body } = await app.as.anonymous().get('/openapi.json');
    await app.close();
    return Object.keys(body.paths);
  };
  expect(await pathsWith({ WEB: 'on' })).toEqual(await pathsWith({ WEB: 'off' }));
});

describe('the page with the docs', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('loads everything from this server, and its policy forbids anything else', async () => {
    const page = await app.as.anonymous().get('/docs');
    expect(page.status).toBe(200);
    const links = [...page.text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link]) => link!);
    expect(links.length).toBeGreaterThanOrEqual(3);
    for (const link of links) {
      expect(link).toMatch(/^\/[^/]/);
      const asset = await app.as.anonymous().get(link);
      expect(asset.status, link).toBe(200);
      expect(asset.text.length).toBeGreaterThan(0);
    }
    const policy = page.headers.get('content-security-policy')!;
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline/);
    expect(page.text).not.toMatch(/<script>|https?:\/\//);
  });

  it('starts with the document of this server and tells no validator of it', async () => {
    const { text } = await app.as.anonymous().get('/docs/start.js');
    expect(text).toContain("url: '/openapi.json'");
    expect(text).toContain('validatorUrl: null');
    expect(text).not.toMatch(/https?:\/\//);
    const { text: css } = await app.as.anonymous().get('/docs/swagger-ui.css');
    expect(css).not.toMatch(/@import|url\(["']?(https?:)?\/\//);
  });
});

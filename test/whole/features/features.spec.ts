import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { FEATURES, modulesOf, switchedOn, type Feature } from '../../../src/app.features.js';
import type { StartupError } from '../../../src/platform/config/startup.error.js';
import { startApp, type TestApp } from '../../support/app.js';
import { GATEHOUSE_SECRET } from '../../support/process.js';
import { loadSettings } from '../../../src/platform/config/load-settings.js';

/** What each feature answers, and the scopes that nothing else asks for. */
const ANSWERS: Record<string, { routes: string[]; scopes: string[] }> = {
  'api-keys': {
    routes: [
      'get /v1/api-keys',
      'post /v1/api-keys',
      'get /v1/api-keys/{id}',
      'patch /v1/api-keys/{id}',
      'delete /v1/api-keys/{id}',
      'post /v1/api-keys/{id}/rotate',
      'get /v1/users/{id}/api-keys',
      'post /v1/users/{id}/api-keys',
      'delete /v1/users/{id}/api-keys/{keyId}',
      'post /v1/users/{id}/api-keys/{keyId}/rotate',
    ],
    scopes: ['api-keys:admin'],
  },
  oauth: {
    routes: [
      'get /.well-known/openid-configuration',
      'get /.well-known/oauth-protected-resource',
      'get /oauth/authorize',
      'post /oauth/token',
      'get /oauth/userinfo',
      'post /oauth/introspect',
      'get /v1/oauth/clients',
      'post /v1/oauth/clients',
      'get /v1/me/consents',
    ],
    scopes: ['clients:read', 'clients:write', 'clients:register'],
  },
  resources: {
    routes: [
      'get /v1/resources',
      'post /v1/resources',
      'get /v1/resources/{id}',
      'patch /v1/resources/{id}',
      'delete /v1/resources/{id}',
    ],
    scopes: ['resources:admin', 'resources:read', 'resources:write'],
  },
  gateway: {
    routes: [
      'get /v1/upstreams',
      'post /v1/upstreams',
      'get /v1/resources/{resource}/versions',
      'post /v1/resources/{resource}/versions/{version}/publish',
      'post /v1/resources/{resource}/versions/{version}/routes',
      'post /v1/gateway/revisions',
      'post /v1/gateway/explain',
      'get /v1/usage/series',
      'put /v1/resources/{resource}/versions/{version}/openapi',
    ],
    scopes: ['gateway:read', 'gateway:write', 'usage:read'],
  },
  transfer: {
    routes: [
      'get /v1/resources/export',
      'get /v1/users/export',
      'post /v1/resources/import',
      'post /v1/users/import',
    ],
    scopes: [],
  },
};
const NAMES = FEATURES.map(({ name }) => name);

/** The lines that a start ends with, or the names that are on. */
const decided = (wanted: string, features?: readonly Feature[]) => {
  try {
    const { FEATURES: names } = loadSettings({ FEATURES: wanted, GATEHOUSE_SECRET });
    return switchedOn(names, features).map(({ name }) => name);
  } catch (error) {
    return (error as StartupError).lines;
  }
};

/** Made-up features, each with what it needs. */
const made = (needs: Record<string, string[]>): Feature[] =>
  Object.entries(needs).map(([name, each]) => ({ name, needs: each, load: async () => [] }));

describe('FEATURES', () => {
  it('is all of them unless it is set', () => {
    expect(loadSettings({ GATEHOUSE_SECRET }).FEATURES).toEqual(['all']);
    expect(decided('all')).toEqual(NAMES);
    expect(decided('none')).toEqual([]);
  });

  it('is names in any order, and what they need', () => {
    const features = made({ base: [], middle: ['base'], top: ['middle'] });
    expect(decided('middle, base', features)).toEqual(['base', 'middle']);
    expect(decided('top,middle,base', features)).toEqual(['base', 'middle', 'top']);
  });

  it.each([
    ['nope', /^FEATURES: there is no nope; there are all, none, .*base/],
    ['base,nope', /^FEATURES: there is no nope; there are all, none, .*base/],
    ['top', /^FEATURES: top needs base, which is off; add it, or leave top out$/],
    ['base,base', /^FEATURES is "base,base"; it must be all, none, or different names/],
    ['base,', /^FEATURES is "base,"; it must be all, none, or different names/],
    ['all,base', /^FEATURES is "all,base"; it must be all, none, or different names/],
    ['none,base', /^FEATURES is "none,base"; it must be all, none, or different names/],
    ['Base', /^FEATURES is "Base"; it must be all, none, or different names/],
    ['__proto__', /^FEATURES is "__proto__"; it must be all, none, or different names/],
    ['constructor', /^FEATURES: there is no constructor; there are/],
  ])('cannot be %j, which one line says', (wanted, line) => {
    expect(decided(wanted, made({ base: [], top: ['base'] }))).toEqual([expect.stringMatching(line)]);
  });

  it('knows what every feature answers, and nothing of others', () => {
    expect(NAMES).toEqual(Object.keys(ANSWERS));
    for (const { needs } of FEATURES) for (const need of needs) expect(NAMES).toContain(need);
  });

  it('has a row in docs/features.md for each', () => {
    const documented = readFileSync('docs/features.md', 'utf8').matchAll(/^\| `([\w-]+)` \| ([^|]*) \|/gm);
    const needs = (text: string) => [...text.matchAll(/`([\w-]+)`/g)].map(([, name]) => name);
    expect([...documented].map(([, name, needed]) => [name, needs(needed!)])).toEqual(
      FEATURES.map(({ name, needs: needed }) => [name, needed]),
    );
  });
});

describe('a server', () => {
  let app: TestApp;
  afterEach(() => app.close());

  /** The routes of the OpenAPI document, each as `get /v1/users`. */
  const documented = async (): Promise<string[]> => {
    const { body } = await app.as.anonymous().get('/openapi.json');
    return Object.entries(body.paths as Record<string, object>).flatMap(([path, verbs]) =>
      Object.keys(verbs).map((verb) => `${verb} ${path}`),
    );
  };
  const scopes = async (): Promise<string[]> => {
    const { body } = await (await app.as.admin()).get('/v1/scopes?limit=100');
    return body.items.map(({ name }: { name: string }) => name);
  };
  const needing = (name: string) =>
    FEATURES.filter((each) => each.name === name || each.needs.includes(name)).map((each) => each.name);

  it.each([
    ['all', []],
    ['none', NAMES],
    ...NAMES.map((name): [string, string[]] => {
      const off = needing(name);
      return [NAMES.filter((each) => !off.includes(each)).join(',') || 'none', off];
    }),
  ])('with FEATURES=%s has nothing of %j', async (wanted, off) => {
    app = await startApp({ env: { FEATURES: wanted } });
    const [there, listed, admin] = [await documented(), await scopes(), await app.as.admin()];
    for (const [name, { routes, scopes: own }] of Object.entries(ANSWERS)) {
      const isOff = off.includes(name);
      for (const route of routes) {
        expect(there.includes(route), `${route} is in the documentation`).toBe(!isOff);
        const [verb = '', path = ''] = route.split(' ');
        const { status } = await admin.send(verb.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'x'));
        // 405 where the path is an id to another route: `/v1/users/import` to `/v1/users/:id`.
        const isMissing = [404, 405].includes(status);
        // The id that is asked for does not exist, so 404 says nothing while it is on.
        const maySay = isOff || !path.includes('{');
        expect(isMissing, `${route} answers ${status}`).toBe(maySay ? isOff : isMissing);
      }
      for (const scope of own) expect(listed.includes(scope), `${scope} is listed`).toBe(!isOff);
    }
    expect(there).toContain('post /v1/auth/login');
    expect((await admin.get('/health/ready')).status).toBe(200);
  });
});

it('loads what is on, and its pages where there are pages', async () => {
  const loaded = (env: object) => modulesOf(loadSettings({ GATEHOUSE_SECRET, ...env }));
  const names = async (env: object) => (await loaded(env)).map((each) => (each as { name: string }).name);
  expect(await names({ FEATURES: 'none' })).toEqual([]);
  expect(await names({ FEATURES: 'api-keys', WEB: 'off' })).toEqual(['ApiKeysModule']);
  expect(await names({ FEATURES: 'api-keys' })).toEqual(['ApiKeysModule', 'ApiKeyPagesModule']);
});

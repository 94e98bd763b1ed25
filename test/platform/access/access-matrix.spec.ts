import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessMatrix, RouteRegistry, type Route } from '../../../src/platform/access/route-registry.js';
import { makeKey } from '../../support/api-keys.js';
import { startApp, type TestApp } from '../../support/app.js';
import { SignedIn, type Answer, type Client } from '../../support/client.js';

const COMMITTED = 'test/platform/access/access-matrix.txt';
const NOBODY = '01890a5d-ac96-774b-bcce-b302099a8057';
const MINUTES = 60_000;

/** The answers that the guards give; any other answer means that the caller was let in. */
const REFUSALS = [
  'unauthenticated',
  'invalid_token',
  'session_required',
  'insufficient_role',
  'insufficient_scope',
  'invalid_client',
];
/** OAuth's endpoints have names of their own for errors (RFC 6749 §5.2). */
const verdictOf = ({ body }: Answer) => {
  const code = body?.code ?? body?.error;
  return REFUSALS.includes(code) ? code : 'let in';
};
/** Its scope is of OpenID Connect, which no role has and no sign-in here gives. */
const isUserinfo = ({ path }: Route) => path === '/oauth/userinfo';

/** A user, and what they hold. `signIn` gives them another session when a route has ended theirs. */
interface Actor {
  client: Client;
  roles: string[];
  scopes: string[];
  signIn?: () => Promise<Client>;
}

/** The verdict that the declaration asks for. No token opens a page, which authenticates by a cookie of its own. */
function declared(route: Route, { roles, scopes }: Actor): string {
  const { policy } = route;
  if (policy.isPublic) return 'let in';
  if (policy.isClientAuthenticated) return 'invalid_client';
  if (isUserinfo(route)) return 'insufficient_scope';
  if (policy.strategy !== undefined) return 'unauthenticated';
  if (policy.roles.length > 0 && !policy.roles.some((role) => roles.includes(role)))
    return 'insufficient_role';
  return policy.scopes.every((scope) => scopes.includes(scope)) ? 'let in' : 'insufficient_scope';
}

/** What was decided about API keys, by method and path: whether the reviewed line leaves the route open to them. */
const OPEN_TO_KEYS = new Map(
  readFileSync(COMMITTED, 'utf8')
    .split('\n')
    .map((line) => [line.split(/ +/, 2).join(' '), !line.includes('no API keys')]),
);

/** The verdict on a key, by the line that was reviewed and not by what the code declares. */
function decidedOnKeys(route: Route, actor: Actor): string {
  if (route.policy.strategy !== undefined) return 'unauthenticated';
  const isOpen = OPEN_TO_KEYS.get(`${route.method} ${route.path}`);
  if (isOpen === undefined) return `undecided in ${COMMITTED}`;
  return isOpen ? declared(route, actor) : 'session_required';
}

/** Or forms would be refused before it is looked who sends them. */
const OF_OUR_PAGES = { 'sec-fetch-site': 'same-origin' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
/** These take forms alone. */
const TAKES_FORMS = /^\/oauth\/(?!register)/;

/** Calls a route with nothing in it that exists. */
async function call(route: Route, actor: Actor): Promise<string> {
  const path = route.path.replaceAll(/:\w+/g, NOBODY);
  const hasBody = ['POST', 'PUT', 'PATCH'].includes(route.method);
  const [body, type] = TAKES_FORMS.test(path) ? ['a=b', FORM] : [{}, {}];
  const headers = { ...OF_OUR_PAGES, ...(hasBody && type) };
  const answer = await actor.client.send(route.method, path, hasBody ? body : undefined, headers);
  expect(answer.status, `${route.method} ${path}: ${answer.text}`).toBeLessThan(500);
  if (actor.signIn && (await actor.client.get('/v1/auth/whoami')).status === 401)
    actor.client = await actor.signIn();
  return verdictOf(answer);
}

describe('the access matrix', () => {
  let app: TestApp;
  let routes: Route[];
  let every: string[];

  beforeAll(async () => {
    app = await startApp();
    const registry = app.nest.get(RouteRegistry);
    routes = registry.routes;
    every = [...registry.scopes.keys()];
  });
  afterAll(() => app.close());

  it('is the one that was reviewed', () => {
    expect(accessMatrix(routes), `run npm run -s routes > ${COMMITTED} and review what changed`).toBe(
      readFileSync(COMMITTED, 'utf8'),
    );
  });

  /** Asserts one actor's verdict on every route, all mistakes at once. */
  const expectOnEveryRoute = async (actor: Actor, expected: (route: Route) => string) => {
    const wrong: string[] = [];
    for (const route of routes) {
      const verdict = await call(route, actor);
      if (verdict !== expected(route))
        wrong.push(`${route.method} ${route.path}: ${verdict}, not ${expected(route)}`);
    }
    expect(wrong).toEqual([]);
  };

  const somebody = (person: SignedIn, roles: string[]): Actor => ({
    client: person,
    roles,
    scopes: person.tokens.scope.split(' '),
    signIn: () => app.as.logIn(person.email, person.password),
  });

  /** Not the one that the other tests act as, for some routes end all sessions. */
  const anotherAdmin = async () => {
    const member = await app.as.member();
    await (await app.as.admin()).put(`/v1/users/${member.id}/roles`, { roles: ['admin', 'user'] });
    return member.refreshed();
  };

  it('holds for an anonymous caller: 401 but where it is public', async () => {
    const actor = { client: app.as.anonymous(), roles: [], scopes: [] };
    await expectOnEveryRoute(actor, (route) => {
      if (route.policy.isPublic) return 'let in';
      if (route.policy.isClientAuthenticated) return 'invalid_client';
      return isUserinfo(route) ? 'invalid_token' : 'unauthenticated';
    });
  });

  it('holds for a forged token: 401 but where it is public, and there it does no harm', async () => {
    const admin = await app.as.admin();
    const [header, claims, signature] = admin.tokens.access_token.split('.') as [string, string, string];
    const other = signature.startsWith('A') ? 'B' : 'A';
    const authorization = `Bearer ${header}.${claims}.${other}${signature.slice(1)}`;
    const actor = { client: app.as.anonymous().with({ authorization }), roles: [], scopes: [] };
    await expectOnEveryRoute(actor, ({ policy }) => {
      if (policy.isPublic) return 'let in';
      if (policy.isClientAuthenticated) return 'invalid_client';
      return policy.strategy === undefined ? 'invalid_token' : 'unauthenticated';
    });
  });

  it('holds for a member', async () => {
    const actor = somebody(await app.as.member(), ['user']);
    await expectOnEveryRoute(actor, (route) => declared(route, actor));
  });

  it('holds for an admin: let in everywhere', async () => {
    const actor = somebody(await anotherAdmin(), ['admin', 'user']);
    expect(actor.scopes.toSorted()).toEqual(every.toSorted());
    await expectOnEveryRoute(actor, (route) =>
      route.policy.strategy === undefined ? declared(route, actor) : 'unauthenticated',
    );
  });

  it.each([
    ['every scope', () => every],
    ['one scope', () => ['account:read']],
  ])('holds for an API key of an admin with %s: let in where it is open to keys', async (_, scopesOf) => {
    const owner = await anotherAdmin();
    const scopes = scopesOf();
    const signIn = () => makeKey(app, owner, { scopes });
    const actor = { client: await signIn(), roles: [], scopes, signIn };
    expect((await actor.client.get('/v1/auth/whoami')).body).toMatchObject({ kind: 'api-key', scopes });
    await expectOnEveryRoute(actor, (route) => decidedOnKeys(route, actor));
    expect((await owner.get('/v1/auth/whoami')).status, 'no key ends a session').toBe(200);
  });

  it(
    'holds for a caller who has exactly the scopes of a route: let in there',
    { timeout: MINUTES },
    async () => {
      const wrong: string[] = [];
      for (const [needed, those] of byScopes()) {
        const actor = somebody(await app.as.holderOf(...needed.split(' ')), []);
        for (const route of those) {
          const verdict = await call(route, actor);
          if (verdict !== 'let in') wrong.push(`${route.method} ${route.path}: ${verdict} with ${needed}`);
        }
      }
      expect(wrong).toEqual([]);
    },
  );

  it('holds for a caller who has every scope but those: 403 there', { timeout: MINUTES }, async () => {
    const wrong: string[] = [];
    for (const [needed, those] of byScopes()) {
      const others = every.filter((scope) => !needed.split(' ').includes(scope));
      const actor = somebody(await app.as.holderOf(...others), []);
      for (const route of those) {
        const verdict = await call(route, actor);
        if (verdict !== 'insufficient_scope') wrong.push(`${route.method} ${route.path}: ${verdict}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  /** The routes that need scopes and no role, by those scopes. */
  function byScopes(): Map<string, Route[]> {
    const scoped = routes.filter(
      ({ policy }) => policy.scopes.length > 0 && policy.roles.length === 0 && policy.strategy === undefined,
    );
    const groups = new Map<string, Route[]>();
    for (const route of scoped) {
      const needed = route.policy.scopes.join(' ');
      groups.set(needed, [...(groups.get(needed) ?? []), route]);
    }
    return groups;
  }
});

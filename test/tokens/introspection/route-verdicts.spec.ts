import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RouteRegistry, type Route } from '../../../src/platform/access/route-registry.js';
import { makeKey } from '../../support/api-keys.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { Answer, Client, SignedIn } from '../../support/client.js';
import { forged } from '../../support/signing-keys.js';

const UNKNOWN_ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const MINUTES = 60_000;

/** What the guards answer with; any other answer means that the caller was let in. */
const REFUSALS = [
  'unauthenticated',
  'invalid_token',
  'session_required',
  'insufficient_role',
  'insufficient_scope',
  'insufficient_user_authentication',
];

/** Or forms would be refused before it is looked who sends them. */
const OF_OUR_PAGES = { 'sec-fetch-site': 'same-origin' };

/** Who calls, with what; `renew` gives another token when a route has ended the one before. */
interface Actor {
  token: string;
  client: Client;
  renew?: () => Promise<{ token: string; client: Client }>;
}

describe('what the inspector says of a route is what the guards answer', () => {
  let app: TestApp;
  let inspector: SignedIn;
  let routes: Route[];
  let every: string[];

  beforeAll(async () => {
    app = await startApp();
    const registry = app.nest.get(RouteRegistry);
    // Signing out takes tokens that are outdated too; the inspector says of those that they are.
    routes = registry.routes.filter(
      ({ method, path, policy }) =>
        ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].includes(method) &&
        !policy.takesOutdated &&
        // OAuth's endpoints answer by the names of their RFCs.
        !path.startsWith('/oauth/'),
    );
    every = [...registry.scopes.keys()];
    inspector = await app.as.holderOf('tokens:introspect');
  });
  afterAll(() => app.close());

  const bearer = (token: string) => app.as.anonymous().with({ authorization: `Bearer ${token}` });

  const answerOf = ({ status, body }: Answer) =>
    REFUSALS.includes(body?.code) ? { status, code: body.code as string } : 'let in';

  const ofPerson = (person: SignedIn): Actor => ({
    token: person.tokens.access_token,
    client: person,
    renew: async () => {
      const next = await app.as.logIn(person.email, person.password);
      return { token: next.tokens.access_token, client: next };
    },
  });

  /** Asks first and calls then, at every route; some of them end the token that is asked about. */
  const expectSameEverywhere = async (actor: Actor) => {
    const wrong: string[] = [];
    let refusals = 0;
    for (const { method, path: declared } of routes) {
      const path = declared.replaceAll(/:\w+/g, UNKNOWN_ID);
      const { body } = await inspector.post('/v1/tokens/inspect', {
        token: actor.token,
        route: { method, path },
      });
      const { route, refusal } = body;
      const said = route.isLetIn ? 'let in' : { status: refusal.status, code: refusal.code };
      const hasBody = ['POST', 'PUT', 'PATCH'].includes(method);
      const answer = answerOf(
        await bearer(actor.token).send(method, path, hasBody ? {} : undefined, OF_OUR_PAGES),
      );
      if (JSON.stringify(said) !== JSON.stringify(answer))
        wrong.push(`${method} ${path}: said ${JSON.stringify(said)}, answered ${JSON.stringify(answer)}`);
      if (answer !== 'let in') refusals++;
      const isDead = actor.renew && (await actor.client.get('/v1/auth/whoami')).status === 401;
      if (isDead) Object.assign(actor, await actor.renew!());
    }
    expect(wrong).toEqual([]);
    return refusals;
  };

  const anotherAdmin = async () => {
    const member = await app.as.member();
    await (await app.as.admin()).put(`/v1/users/${member.id}/roles`, { roles: ['admin', 'user'] });
    return member.refreshed();
  };

  it('for a member, who is refused at many', { timeout: MINUTES }, async () => {
    expect(await expectSameEverywhere(ofPerson(await app.as.member()))).toBeGreaterThan(20);
  });

  it('for an admin, who is refused by pages alone, which take no token', { timeout: MINUTES }, async () => {
    const pages = routes.filter(({ policy }) => policy.strategy !== undefined);
    expect(await expectSameEverywhere(ofPerson(await anotherAdmin()))).toBe(pages.length);
  });

  it('for every half of the scopes', { timeout: 2 * MINUTES }, async () => {
    for (const rest of [0, 1]) {
      const scopes = every.filter((_, position) => position % 2 === rest);
      expect(await expectSameEverywhere(ofPerson(await app.as.holderOf(...scopes)))).toBeGreaterThan(5);
    }
  });

  it.each([
    ['every scope', () => every],
    ['one scope', () => ['account:read']],
  ])('for an API key with %s', { timeout: MINUTES }, async (_, scopesOf) => {
    const owner = await anotherAdmin();
    const make = async () => {
      const client = await makeKey(app, owner, { scopes: scopesOf() });
      return { token: client.key, client };
    };
    expect(await expectSameEverywhere({ ...(await make()), renew: make })).toBeGreaterThan(5);
  });

  it.each([
    ['that was forged', (token: string) => `${token.slice(0, -6)}AAAAAA`],
    ['that expired', (token: string) => forged(app, token, { claims: { exp: 1 } })],
    ['of another type', (token: string) => forged(app, token, { header: { typ: 'JWT' } })],
  ])('for a token %s', { timeout: MINUTES }, async (_, spoil) => {
    const member = await app.as.member();
    const token = spoil(member.tokens.access_token);
    expect(await expectSameEverywhere({ token, client: bearer(token) })).toBeGreaterThan(40);
  });

  it('for a token whose session has ended, and for a refresh token', { timeout: MINUTES }, async () => {
    const member = await app.as.member();
    await member.post('/v1/auth/logout');
    for (const token of [member.tokens.access_token, member.tokens.refresh_token])
      expect(await expectSameEverywhere({ token, client: bearer(token) })).toBeGreaterThan(40);
  });

  it('with what is missing', async () => {
    const member = await app.as.member();
    const token = member.tokens.access_token;
    const ask = async (method: string, path: string) =>
      (await inspector.post('/v1/tokens/inspect', { token, route: { method, path } })).body.refusal;
    expect(await ask('GET', '/v1/users')).toEqual({
      status: 403,
      code: 'insufficient_scope',
      detail: 'This needs the scope users:read: ask for it at login, or for a role that has it.',
      missingScopes: ['users:read'],
      missingRoles: [],
    });
    expect(await ask('GET', '/v1/me')).toBeUndefined();
    expect(await ask('GET', '/v1/nothing')).toMatchObject({ status: 404, missingScopes: [] });
  });
});

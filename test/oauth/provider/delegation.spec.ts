import { Controller, Get, Module } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RouteRegistry } from '../../../src/platform/access/route-registry.js';
import { CurrentPrincipal, Roles } from '../../../src/platform/access/access.decorators.js';
import type { Principal } from '../../../src/platform/access/principal.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import {
  allowClient,
  bearer,
  Browser,
  claimsOf,
  expectOAuthError,
  firstParty,
  makeClient,
  refresh,
  signInTo,
  tokenRequest,
  type TestClient,
} from '../../support/oauth.js';
import { expectProblem } from '../../support/problem.js';

@Controller('v1/ours')
class OursController {
  @Get()
  @Roles('admin', 'user')
  show(@CurrentPrincipal() { roles, clientId, isDelegated }: Principal) {
    return { roles, clientId, isDelegated };
  }
}

@Module({ controllers: [OursController] })
class OursModule {}

let app: TestApp;
let theirs: TestClient;
let ours: TestClient;
let browser: Browser;
/** What a client of others has of a user, with all scopes that the user has. */
let delegated: Client;
let tokens: any;
const ALL = 'openid account:read account:write';

beforeAll(async () => {
  app = await startApp({ modules: [OursModule], env: { OAUTH_SESSIONS_PER_CLIENT: '3', MAX_SESSIONS: '5' } });
  theirs = await makeClient(app);
  ours = await firstParty(app);
  browser = await Browser.of(app, await app.as.member());
  await allowAll(browser);
  tokens = await signInTo(app, theirs, browser, { scope: ALL });
  delegated = app.as.anonymous().with(bearer(tokens.access_token));
});
afterAll(() => app.close());

/** Allows the client of others everything that it asks for here. */
async function allowAll({ person }: Browser): Promise<void> {
  await allowClient(app, person.id, theirs.id);
  await app.database.run({
    sql: 'UPDATE oauth_grants SET scopes = :scopes WHERE user_id = :id',
    params: { scopes: JSON.stringify(ALL.split(' ')), id: person.id },
  });
}

describe('the token of a client of others', () => {
  it('carries the scopes that were consented to', async () => {
    expect(tokens.scope).toBe(ALL);
    expect((await delegated.get('/v1/me')).status).toBe(200);
  });

  it('opens no route by a role, though its user has it', async () => {
    expectProblem(await delegated.get('/v1/ours'), 403, 'insufficient_role', ['roles']);
    const { access_token } = await signInTo(app, ours, browser);
    const own = await app.as.anonymous().get('/v1/ours', bearer(access_token));
    expect(own.body).toMatchObject({ roles: ['user'], clientId: ours.clientId });
  });

  it('opens no route of an admin either', async () => {
    const admin = await Browser.of(app, await app.as.admin());
    await allowAll(admin);
    const { access_token } = await signInTo(app, theirs, admin, { scope: ALL });
    const client = app.as.anonymous().with(bearer(access_token));
    expectProblem(await client.get('/v1/ours'), 403, 'insufficient_role', ['roles']);
    expectProblem(await client.get('/v1/users'), 403, 'insufficient_scope');
  });

  it('is refused by every route for the sign-in itself, whatever its scopes', async () => {
    const { routes } = app.nest.get(RouteRegistry);
    const closed = routes.filter(
      ({ policy, path }) =>
        policy.isFirstPartyOnly && policy.strategy === undefined && path.startsWith('/v1/'),
    );
    expect(closed.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        '/v1/me/sessions',
        '/v1/me/factors/totp',
        '/v1/auth/step-up',
        '/v1/me/password',
      ]),
    );
    for (const { method, path } of closed) {
      const hasBody = !['GET', 'DELETE'].includes(method);
      const answer = await delegated.send(method, path.replaceAll(/:\w+/g, 'x'), hasBody ? {} : undefined);
      expect([answer.status, answer.body?.code], `${method} ${path}`).toEqual([403, 'first_party_required']);
    }
  });

  it.each(['/v1/auth/logout', '/v1/auth/step-up', '/v1/auth/refresh'])(
    'changes nothing at %s',
    async (path) => {
      const before = await sessions(browser.person.id);
      const answer = await delegated.post(path, {});
      expect([400, 401, 403]).toContain(answer.status);
      expect(await sessions(browser.person.id)).toEqual(before);
      expect((await delegated.get('/v1/me')).status).toBe(200);
    },
  );

  it('works in no cookie', async () => {
    const answer = await app.as
      .anonymous()
      .get('/v1/me', { cookie: `gatehouse_access=${tokens.access_token}` });
    expect(answer.status).toBe(401);
  });

  it('says whose it is and who holds it', async () => {
    expect(claimsOf(tokens.access_token)).toMatchObject({
      client_id: theirs.clientId,
      sub: browser.person.id,
      aud: app.settings.PUBLIC_URL,
    });
    expect(claimsOf(tokens.access_token)).not.toHaveProperty('first_party');
  });
});

const sessions = (userId: string) =>
  app.database.query('SELECT id, generation, revoked_at FROM sessions WHERE user_id = :userId ORDER BY id', {
    userId,
  });

describe('the two ways to refresh', () => {
  it('refuse each other’s tokens, and nothing rotates', async () => {
    const before = await sessions(browser.person.id);
    const byRest = await app.as.anonymous().post('/v1/auth/refresh', { refresh_token: tokens.refresh_token });
    expectProblem(byRest, 401, 'invalid_refresh_token');
    const own = browser.person.tokens.refresh_token;
    expectOAuthError(await refresh(app, theirs, own), 400, 'invalid_grant');
    expectOAuthError(await refresh(app, ours, own), 400, 'invalid_grant');
    expect(await sessions(browser.person.id)).toEqual(before);
    expect((await refresh(app, theirs, tokens.refresh_token)).status).toBe(200);
    expect((await app.as.anonymous().post('/v1/auth/refresh', { refresh_token: own })).status).toBe(200);
  });

  it('end no session for a token of the other kind that was used long ago', async () => {
    const { refresh_token } = await signInTo(app, ours, browser);
    await refresh(app, ours, refresh_token);
    await app.database.run({
      sql: `UPDATE sessions SET rotations = '[]' WHERE client_id = :id`,
      params: { id: ours.id },
    });
    const byRest = await app.as.anonymous().post('/v1/auth/refresh', { refresh_token });
    expectProblem(byRest, 401, 'invalid_refresh_token');
    // While its own client’s reuse ends it (RFC 9700 §4.14.2).
    expectOAuthError(await refresh(app, ours, refresh_token), 400, 'invalid_grant');
  });

  it('take no secret that is missing', async () => {
    const { refresh_token } = await signInTo(app, ours, browser);
    const fields = { grant_type: 'refresh_token', refresh_token, client_id: ours.clientId };
    expectOAuthError(await tokenRequest(app, { ...ours, headers: {} }, fields), 401, 'invalid_client');
  });
});

describe('many sign-ins of one client', () => {
  it('end the oldest of that client, and neither the sign-in nor those of others', async () => {
    const person = await Browser.of(app, await app.as.member());
    const other = await firstParty(app);
    const kept = await signInTo(app, other, person);
    const mine = [];
    for (let count = 0; count < 5; count++) mine.push(await signInTo(app, ours, person));
    const states = [];
    for (const { refresh_token } of mine) states.push((await refresh(app, ours, refresh_token)).status);
    expect(states).toEqual([400, 400, 200, 200, 200]);
    expect((await refresh(app, other, kept.refresh_token)).status).toBe(200);
    expect((await person.person.get('/v1/me')).status).toBe(200);
    expect((await signInTo(app, ours, person)).scope).toBe('openid');
  });

  it('are in no list of where the user is signed in', async () => {
    const { body } = await browser.person.get('/v1/me/sessions');
    // By the API, and by the browser.
    expect(body.items).toHaveLength(2);
  });
});

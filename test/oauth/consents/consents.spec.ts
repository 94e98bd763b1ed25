import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConsentsService } from '../../../src/oauth/consents/consents.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import {
  allowClient,
  ask,
  bearer,
  Browser,
  makeClient,
  refresh,
  signInTo,
  targetOf,
  type TestClient,
} from '../../support/oauth.js';
import { expectProblem } from '../../support/problem.js';

const OWN = 'http://localhost:3000';
const ORDERS = 'https://orders.example';
let app: TestApp;
let client: TestClient;

beforeAll(async () => {
  app = await startApp();
  const scopes = [{ name: 'orders:read', description: 'Read' }];
  const admin = await app.as.admin();
  await admin.post('/v1/resources', { identifier: ORDERS, name: 'Orders', status: 'published', scopes });
  client = await makeClient(app, { name: 'Robot' });
});
afterAll(() => app.close());

const newBrowser = async () =>
  Browser.of(app, await app.as.holderOf('account:read', 'account:write', 'orders:read'));

/** What the page does when the user has allowed this. */
async function allow(browser: Browser, by: TestClient, wanted: Record<string, string[]>): Promise<void> {
  const row = { id: by.id, clientId: by.clientId } as never;
  const actor = { principal: null, ip: null, userAgent: null, requestId: null } as never;
  const statements = await app.nest
    .get(ConsentsService)
    .allowing(browser.person.id, row, new Map(Object.entries(wanted)), actor);
  await app.database.atomically(statements);
}

const isAsked = async (browser: Browser, by: TestClient, parameters: Record<string, string> = {}) => {
  const { answer, back } = await ask(browser, by, parameters);
  if (back.has('code')) return false;
  expect(targetOf(answer)).toMatch(/^\/consent\?request=/);
  return true;
};

describe('consent', () => {
  it('is asked for once for a client, a resource and scopes, and again for more', async () => {
    const browser = await newBrowser();
    expect(await isAsked(browser, client)).toBe(true);
    await allow(browser, client, { [OWN]: ['openid', 'account:read'] });
    expect(await isAsked(browser, client)).toBe(false);
    expect(await isAsked(browser, client, { scope: 'openid account:read' })).toBe(false);
    expect(await isAsked(browser, client, { scope: 'openid account:write' })).toBe(true);
    expect(await isAsked(browser, client, { scope: 'openid offline_access' })).toBe(true);
    expect(await isAsked(browser, client, { resource: ORDERS })).toBe(true);
    await allow(browser, client, { [OWN]: ['account:write'] });
    // What was allowed before stays allowed.
    expect(await isAsked(browser, client, { scope: 'openid account:read account:write' })).toBe(false);
    await allow(browser, client, { [ORDERS]: ['openid', 'orders:read'] });
    expect(await isAsked(browser, client, { resource: ORDERS, scope: 'openid orders:read' })).toBe(false);
  });

  it('is asked for again where the client wants it to be', async () => {
    const browser = await newBrowser();
    await allow(browser, client, { [OWN]: ['openid'] });
    expect(await isAsked(browser, client, { prompt: 'consent' })).toBe(true);
  });

  it('is of one user and one client', async () => {
    const [one, two] = [await newBrowser(), await newBrowser()];
    await allow(one, client, { [OWN]: ['openid'] });
    expect(await isAsked(two, client)).toBe(true);
    expect(await isAsked(one, await makeClient(app))).toBe(true);
  });

  it('is not asked for scopes that the user could not give', async () => {
    const browser = await newBrowser();
    await allow(browser, client, { [OWN]: ['openid'] });
    expect(await isAsked(browser, client, { scope: 'openid users:read' })).toBe(false);
    const { scope } = await signInTo(app, client, browser, { scope: 'openid users:read' });
    expect(scope).toBe('openid');
  });

  it('is never given by looking', async () => {
    const browser = await newBrowser();
    const { answer } = await ask(browser, client);
    await browser.get(targetOf(answer)!);
    const [row] = await app.database.query<{ n: number }>(
      'SELECT count(*) AS n FROM oauth_grants WHERE user_id = :id',
      { id: browser.person.id },
    );
    expect(Number(row!.n)).toBe(0);
  });

  it('of two at once is one', async () => {
    const browser = await newBrowser();
    await Promise.all([
      allow(browser, client, { [OWN]: ['openid'] }),
      allow(browser, client, { [OWN]: ['openid'] }),
    ]);
    const { body } = await browser.person.get('/v1/me/consents');
    expect(body.items).toHaveLength(1);
  });
});

describe('what a user has allowed', () => {
  it('is listed with its client and its last use, and can be taken back', async () => {
    const browser = await newBrowser();
    await allow(browser, client, { [OWN]: ['openid', 'account:read'] });
    await signInTo(app, client, browser);
    const { body } = await browser.person.get('/v1/me/consents');
    expect(body.items).toEqual([
      expect.objectContaining({
        resource: OWN,
        scopes: ['openid', 'account:read'],
        lastUsedAt: expect.stringMatching(/Z$/),
        client: expect.objectContaining({ clientId: client.clientId, name: 'Robot' }),
      }),
    ]);
    expect((await browser.person.delete(`/v1/me/consents/${body.items[0].id}`)).status).toBe(204);
    expectProblem(await browser.person.delete(`/v1/me/consents/${body.items[0].id}`), 404, 'not_found');
    expect((await browser.person.get('/v1/me/consents')).body.items).toEqual([]);
    expect(await isAsked(browser, client)).toBe(true);
    const events = await app.database.query<{ action: string }>(
      `SELECT action FROM audit_events WHERE target_id = :client AND actor_id = :user ORDER BY id`,
      { client: client.id, user: browser.person.id },
    );
    expect(events.map(({ action }) => action)).toContain('consent.revoked');
  });

  it('is nobody else’s to see or to take back', async () => {
    const [one, two] = [await newBrowser(), await newBrowser()];
    await allow(one, client, { [OWN]: ['openid'] });
    const { body } = await one.person.get('/v1/me/consents');
    expectProblem(await two.person.delete(`/v1/me/consents/${body.items[0].id}`), 404, 'not_found');
    expect((await two.person.get('/v1/me/consents')).body.items).toEqual([]);
  });

  it('is not for applications themselves to see or to change', async () => {
    const browser = await newBrowser();
    await allow(browser, client, { [OWN]: ['openid', 'account:read', 'account:write'] });
    const { access_token } = await signInTo(app, client, browser, {
      scope: 'openid account:read account:write',
    });
    const delegated = app.as.anonymous().with(bearer(access_token));
    expectProblem(await delegated.get('/v1/me/consents'), 403, 'first_party_required');
    const { body } = await browser.person.get('/v1/me/consents');
    expectProblem(await delegated.delete(`/v1/me/consents/${body.items[0].id}`), 403, 'first_party_required');
  });

  it('does not come back with an account that is enabled again', async () => {
    const browser = await newBrowser();
    await allowClient(app, browser.person.id, client.id);
    const admin = await app.as.admin();
    await admin.patch(`/v1/users/${browser.person.id}`, { status: 'disabled' });
    await admin.patch(`/v1/users/${browser.person.id}`, { status: 'active' });
    const again = await Browser.of(app, await app.as.logIn(browser.person.email));
    expect(await isAsked(again, client)).toBe(true);
  });

  it('ends sessions of that client alone', async () => {
    const browser = await newBrowser();
    const other = await makeClient(app);
    await allow(browser, client, { [OWN]: ['openid'] });
    await allow(browser, other, { [OWN]: ['openid'] });
    const [mine, theirs] = [await signInTo(app, client, browser), await signInTo(app, other, browser)];
    const { body } = await browser.person.get('/v1/me/consents');
    const { id } = body.items.find((each: any) => each.client.clientId === client.clientId);
    await browser.person.delete(`/v1/me/consents/${id}`);
    expect((await refresh(app, client, mine.refresh_token)).status).toBe(400);
    expect((await refresh(app, other, theirs.refresh_token)).status).toBe(200);
  });
});

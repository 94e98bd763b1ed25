import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { clock } from '../../support/clock.js';
import {
  allowClient,
  bearer,
  Browser,
  codeFor,
  exchange,
  firstParty,
  form,
  makeClient,
  refresh,
  signInTo,
  tokenRequest,
  type TestClient,
} from '../../support/oauth.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});
afterEach(() => clock.release());
afterAll(() => app.close());

const SCOPE = 'openid account:read';

/** What a user has given to a client: one session that ends with the sign-in, and one that may outlive it. */
class Given {
  constructor(
    readonly browser: Browser,
    readonly client: TestClient,
    readonly usual: any,
    readonly offline: any,
  ) {}

  static async make(client?: TestClient): Promise<Given> {
    const by = client ?? (await firstParty(app));
    const browser = await Browser.of(app, await app.as.member());
    const usual = await signInTo(app, by, browser, { scope: SCOPE });
    return new Given(
      browser,
      by,
      usual,
      await signInTo(app, by, browser, { scope: `${SCOPE} offline_access` }),
    );
  }

  get id(): string {
    return this.browser.person.id;
  }

  /** What of it still works: access tokens and then refresh tokens, the usual session’s first. */
  async works(): Promise<boolean[]> {
    const opens = async ({ access_token }: any) =>
      (await app.as.anonymous().get('/v1/me', bearer(access_token))).status === 200;
    const renews = async ({ refresh_token }: any) =>
      (await refresh(app, this.client, refresh_token)).status === 200;
    const found = [];
    for (const each of [this.usual, this.offline]) found.push(await opens(each));
    for (const each of [this.usual, this.offline]) found.push(await renews(each));
    return found;
  }
}

const ALL = [true, true, true, true];
const NONE = [false, false, false, false];
const OFFLINE_ALONE = [false, true, false, true];

describe('docs/oauth.md, what ends when:', () => {
  it('nothing ends while nothing happens', async () => {
    expect(await (await Given.make()).works()).toEqual(ALL);
  });

  it('the user signs out', async () => {
    const given = await Given.make();
    const other = await Given.make(given.client);
    const ended = await given.browser.get(
      `/oauth/logout?${new URLSearchParams({ id_token_hint: given.usual.id_token }).toString()}`,
    );
    expect(ended.status).toBe(200);
    expect(await given.works()).toEqual(OFFLINE_ALONE);
    expect(await other.works()).toEqual(ALL);
  });

  it('the user ends all sessions', async () => {
    const given = await Given.make();
    await given.browser.person.delete('/v1/me/sessions');
    expect(await given.works()).toEqual(NONE);
  });

  it('the sign-in expires', async () => {
    const given = await Given.make();
    clock.stop();
    // By the absolute limit of the sign-in, which began before; sessions of clients have one of their own.
    await app.database.run({
      sql: 'UPDATE sessions SET expires_at = :now WHERE user_id = :id AND client_id IS NULL',
      params: { now: Date.now() - 1, id: given.id },
    });
    expect(await given.works()).toEqual([true, true, false, true]);
  });

  it('the user takes a consent back', async () => {
    const client = await makeClient(app);
    const browser = await Browser.of(app, await app.as.member());
    await allowClient(app, browser.person.id, client.id);
    await app.database.run({
      sql: 'UPDATE oauth_grants SET scopes = :scopes WHERE client_id = :id',
      params: { id: client.id, scopes: JSON.stringify(`${SCOPE} offline_access`.split(' ')) },
    });
    const usual = await signInTo(app, client, browser, { scope: SCOPE });
    const offline = await signInTo(app, client, browser, { scope: `${SCOPE} offline_access` });
    const { code, verifier } = await codeFor(browser, client, { scope: SCOPE });
    const given = new Given(browser, client, usual, offline);
    const { body } = await browser.person.get('/v1/me/consents');
    expect((await browser.person.delete(`/v1/me/consents/${body.items[0].id}`)).status).toBe(204);
    expect(await given.works()).toEqual(NONE);
    expect((await exchange(app, client, code, verifier)).body.error).toBe('invalid_grant');
    expect((await browser.person.get('/v1/me')).status).toBe(200);
  });

  it.each<[what: string, change: (id: string) => Promise<unknown>]>([
    ['disabled', async (id) => (await app.as.admin()).patch(`/v1/users/${id}`, { status: 'disabled' })],
    [
      'disabled and enabled again',
      async (id) => {
        await (await app.as.admin()).patch(`/v1/users/${id}`, { status: 'disabled' });
        await (await app.as.admin()).patch(`/v1/users/${id}`, { status: 'active' });
      },
    ],
    ['deleted', async (id) => (await app.as.admin()).delete(`/v1/users/${id}`)],
  ])('the user is %s', async (_what, change) => {
    const given = await Given.make();
    const other = await Given.make(given.client);
    await change(given.id);
    expect(await given.works()).toEqual(NONE);
    expect(await other.works()).toEqual(ALL);
  });

  it('the user’s roles change', async () => {
    const given = await Given.make();
    const admin = await app.as.admin();
    await admin.post('/v1/roles', { name: 'other', scopes: ['account:read'] });
    await admin.put(`/v1/users/${given.id}/roles`, { roles: ['other'] });
    expect(await given.works()).toEqual([false, false, true, true]);
  });

  it('the password is another', async () => {
    const given = await Given.make();
    const { person } = given.browser;
    const fields = { currentPassword: person.password, newPassword: 'another long passphrase' };
    expect((await person.post('/v1/me/password', fields)).status).toBeLessThan(300);
    expect(await given.works()).toEqual(NONE);
  });

  it.each<[what: string, change: (path: string) => Promise<unknown>]>([
    ['disabled', async (path) => (await app.as.admin()).patch(path, { status: 'disabled' })],
    ['deleted', async (path) => (await app.as.admin()).delete(path)],
  ])('the client is %s', async (_what, change) => {
    const given = await Given.make();
    const other = await Given.make();
    const { code, verifier } = await codeFor(given.browser, given.client);
    await change(`/v1/oauth/clients/${given.client.id}`);
    expect(await given.works()).toEqual(NONE);
    expect((await exchange(app, given.client, code, verifier)).body.error).toBe('invalid_client');
    expect(await other.works()).toEqual(ALL);
    expect((await given.browser.person.get('/v1/me')).status).toBe(200);
  });

  it('the client is disabled or deleted, and acted in its own name', async () => {
    const admin = await app.as.admin();
    await admin.post('/v1/roles', { name: 'reads-users', scopes: ['users:read'] });
    const ends = [
      (path: string) => admin.patch(path, { status: 'disabled' }),
      (path: string) => admin.delete(path),
    ];
    for (const end of ends) {
      const client = await makeClient(app, { grantTypes: ['client_credentials'], redirectUris: [] });
      await admin.put(`/v1/users/${client.body.serviceAccountId}/roles`, { roles: ['reads-users'] });
      const { body } = await tokenRequest(app, client, { grant_type: 'client_credentials' });
      const opens = async () =>
        (await app.as.anonymous().get('/v1/users?limit=1', bearer(body.access_token))).status;
      expect(await opens()).toBe(200);
      await end(`/v1/oauth/clients/${client.id}`);
      expect(await opens()).toBe(401);
    }
  });

  it('the client revokes a token of its own name', async () => {
    const client = await makeClient(app, { grantTypes: ['client_credentials'], redirectUris: [] });
    const get = async () =>
      (await tokenRequest(app, client, { grant_type: 'client_credentials' })).body.access_token;
    const [one, two] = [await get(), await get()];
    await form(app, '/oauth/revoke', { token: one }, client.headers);
    const active = async (token: string) =>
      (await form(app, '/oauth/introspect', { token }, client.headers)).body.active;
    expect([await active(one), await active(two), await active(await get())]).toEqual([false, false, true]);
  });

  it('a code is used twice', async () => {
    const given = await Given.make();
    const { code, verifier } = await codeFor(given.browser, given.client, { scope: SCOPE });
    const { body } = await exchange(app, given.client, code, verifier);
    await exchange(app, given.client, code, verifier);
    expect((await app.as.anonymous().get('/v1/me', bearer(body.access_token))).status).toBe(401);
    expect((await refresh(app, given.client, body.refresh_token)).status).toBe(400);
    expect(await given.works()).toEqual(ALL);
  });
});

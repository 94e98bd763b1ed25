import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LogoutDeliveriesService } from '../../../src/oauth/provider/logout-deliveries.service.js';
import { expectOnly } from '../../support/expect-only.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Client, type Answer } from '../../support/client.js';
import { clock, DAY, HOUR, MINUTE } from '../../support/clock.js';
import {
  ask,
  bearer,
  Browser,
  claimsOf,
  firstParty,
  form,
  refresh,
  signInTo,
  targetOf,
  type TestClient,
} from '../../support/oauth.js';
import { expectProblem } from '../../support/problem.js';
import { OtherServer } from '../../support/other-server.js';

const OWN = 'http://localhost:3000';
const AFTER = 'https://app.example/bye';
let app: TestApp;
let client: TestClient;
let party: OtherServer;

beforeAll(async () => {
  app = await startApp({ env: { OUTBOUND_ALLOW: '127.0.0.1' } });
  party = await OtherServer.start();
  client = await firstParty(app, { postLogoutRedirectUris: [AFTER] });
});
beforeEach(() => {
  party.asked.length = 0;
  party.answer = (_request, response) => void response.end();
});
afterEach(() => clock.release());
afterAll(async () => {
  await app.close();
  await party.close();
});

const newBrowser = async () => Browser.of(app, await app.as.member());

function logOut(browser: Client, parameters: Record<string, string> = {}): Promise<Answer> {
  return browser.get(`/oauth/logout?${new URLSearchParams(parameters).toString()}`);
}

const isSignedIn = async (browser: Browser) =>
  (await ask(browser, client, { prompt: 'none' })).back.has('code');

describe('a sign-out that a client asks for', () => {
  it('with a hint of this sign-in happens at once, for all clients but those that may outlive it', async () => {
    const browser = await newBrowser();
    const other = await firstParty(app);
    const tokens = await signInTo(app, client, browser, { scope: 'openid account:read' });
    const others = await signInTo(app, other, browser);
    const offline = await signInTo(app, other, browser, { scope: 'openid offline_access account:read' });
    const answer = await logOut(browser, {
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: AFTER,
      state: 'x y',
    });
    expect([answer.status, targetOf(answer)]).toEqual([303, `${AFTER}?state=x+y`]);
    expect(answer.headers.getSetCookie().join('\n')).toMatch(/gatehouse_sso=;.*Max-Age=0/i);
    expect(await isSignedIn(browser)).toBe(false);
    expect((await app.as.anonymous().get('/v1/me', bearer(tokens.access_token))).status).toBe(401);
    expect((await refresh(app, client, tokens.refresh_token)).status).toBe(400);
    expect((await refresh(app, other, others.refresh_token)).status).toBe(400);
    expect((await app.as.anonymous().get('/v1/me', bearer(offline.access_token))).status).toBe(200);
    expect((await refresh(app, other, offline.refresh_token)).status).toBe(200);
  });

  it('takes a hint that has expired', async () => {
    const browser = await newBrowser();
    const { id_token } = await signInTo(app, client, browser);
    clock.stop();
    clock.forward(DAY);
    const answer = await logOut(browser, { id_token_hint: id_token, post_logout_redirect_uri: AFTER });
    expect(targetOf(answer)).toBe(AFTER);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('without a hint is asked about first, and GET ends nothing', async () => {
    const browser = await newBrowser();
    const named = { client_id: client.clientId, post_logout_redirect_uri: AFTER };
    for (const parameters of [{}, named] as Record<string, string>[]) {
      const answer = await logOut(browser, parameters);
      expect(targetOf(answer)).toMatch(/^\/logout\?continue=/);
      expect(await isSignedIn(browser)).toBe(true);
    }
  });

  it('with a hint of somebody else, or of another sign-in, is asked about', async () => {
    const [mine, theirs] = [await newBrowser(), await newBrowser()];
    const elsewhere = await Browser.of(app, mine.person);
    for (const of of [theirs, elsewhere]) {
      const { id_token } = await signInTo(app, client, of);
      const answer = await logOut(mine, { id_token_hint: id_token });
      expect(targetOf(answer)).toMatch(/^\/logout\?/);
      expect(await isSignedIn(of)).toBe(true);
    }
    expect(await isSignedIn(mine)).toBe(true);
  });

  it('with a hint that nobody has signed is asked about', async () => {
    const browser = await newBrowser();
    const { id_token } = await signInTo(app, client, browser);
    const [head, body] = id_token.split('.') as [string, string];
    const header = JSON.parse(Buffer.from(head, 'base64url').toString());
    const none = Buffer.from(JSON.stringify({ ...header, alg: 'none' })).toString('base64url');
    const wrong = `${head}.${body}.${'A'.repeat(86)}`;
    for (const id_token_hint of [
      `${none}.${body}.x`,
      wrong,
      'e30.e30.x',
      'x',
      browser.person.tokens.access_token,
    ]) {
      const answer = await logOut(browser, { id_token_hint });
      expect(targetOf(answer), id_token_hint).toMatch(/^\/logout\?/);
    }
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('takes a hint whose key is forgotten for the sign-in of the same browser alone', async () => {
    const browser = await newBrowser();
    const { id_token } = await signInTo(app, client, browser);
    const [head, ...rest] = id_token.split('.') as [string, string, string];
    const header = JSON.parse(Buffer.from(head, 'base64url').toString());
    const old = [
      Buffer.from(JSON.stringify({ ...header, kid: 'long-ago' })).toString('base64url'),
      ...rest,
    ].join('.');
    // Without the cookie it may be anybody's.
    await logOut(new Client(app.url, { accept: 'text/html' }), { id_token_hint: old });
    expect(await isSignedIn(browser)).toBe(true);
    await logOut(browser, { id_token_hint: old });
    expect(await isSignedIn(browser)).toBe(false);
  });

  it.each<[what: string, parameters: Record<string, string>]>([
    ['an address of nobody', { post_logout_redirect_uri: 'https://evil.example/' }],
    ['a redirect URI of the client', { post_logout_redirect_uri: 'https://app.example/callback' }],
    ['an address with a slash more', { post_logout_redirect_uri: `${AFTER}/` }],
    ['an address, and no client', { post_logout_redirect_uri: AFTER, client_id: '' }],
    ['an address, and another client', { post_logout_redirect_uri: AFTER, client_id: 'nobody' }],
  ])('leads nowhere for %s', async (_what, parameters) => {
    const browser = await newBrowser();
    const answer = await logOut(browser, { client_id: client.clientId, ...parameters });
    expect([answer.status, targetOf(answer)]).toEqual([400, null]);
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('is refused when client_id is not that of the hint, with nothing ended', async () => {
    const browser = await newBrowser();
    const other = await firstParty(app);
    const { id_token } = await signInTo(app, other, browser);
    const answer = await logOut(browser, { id_token_hint: id_token, client_id: client.clientId });
    expect(answer.status).toBe(400);
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('of a browser that is signed out leads on, and ends what the hint says is the client’s', async () => {
    const browser = await newBrowser();
    const { id_token, refresh_token } = await signInTo(app, client, browser);
    const visitor = new Client(app.url, { accept: 'text/html' });
    const answer = await logOut(visitor, { id_token_hint: id_token, post_logout_redirect_uri: AFTER });
    expect(targetOf(answer)).toBe(AFTER);
    expect((await refresh(app, client, refresh_token)).status).toBe(400);
    // The sign-in is another browser's.
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('by a form is the same', async () => {
    const browser = await newBrowser();
    const { id_token } = await signInTo(app, client, browser);
    const body = new URLSearchParams({ id_token_hint: id_token, post_logout_redirect_uri: AFTER }).toString();
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await browser.send('POST', '/oauth/logout', body, type);
    expect(answer.status).toBe(303);
    expect(targetOf(await browser.get(targetOf(answer)!))).toBe(AFTER);
    expect(await isSignedIn(browser)).toBe(false);
  });
});

describe('a client that wants to be told', () => {
  const listening = (settings: object = {}) =>
    firstParty(app, { backchannelLogoutUri: party.at('/logout'), ...settings });

  const told = async (count = 1) => {
    await expect
      .poll(async () => {
        // As every five seconds.
        await app.nest.get(LogoutDeliveriesService).deliver();
        return party.asked.length;
      })
      .toBe(count);
    return party.asked.map(({ body }) => new URLSearchParams(body).get('logout_token')!);
  };

  it.each(['ES256', 'RS256'])('gets a logout token signed with %s', async (idTokenAlg) => {
    const rp = await listening({ idTokenAlg });
    const browser = await newBrowser();
    const { id_token } = await signInTo(app, rp, browser);
    await browser.person.delete('/v1/me/sessions');
    const [token] = await told();
    expect(party.asked[0]).toMatchObject({ method: 'POST', path: '/logout' });
    expect(party.asked[0]!.headers['content-type']).toBe('application/x-www-form-urlencoded');
    const { body: jwks } = await app.as.anonymous().get('/.well-known/jwks.json');
    const { payload, protectedHeader } = await jwtVerify(token!, createLocalJWKSet(jwks), {
      issuer: OWN,
      audience: rp.clientId,
      typ: 'logout+jwt',
    });
    expect(protectedHeader.alg).toBe(idTokenAlg);
    expect(payload).toMatchObject({
      sub: browser.person.id,
      sid: claimsOf(id_token).sid,
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
    expect(payload.jti).toBeDefined();
    expect(payload.exp! - payload.iat!).toBe(120);
    // OIDC Back-Channel Logout §2.4: or it could pass as an ID token.
    expect(payload).not.toHaveProperty('nonce');
    expect(await pending(rp)).toBe(0);
  });

  const pending = async ({ id }: TestClient) =>
    (await app.nest.get(LogoutDeliveriesService).pendingOf(id, 100, '')).length;

  it.each<[what: string, end: (browser: Browser, rp: TestClient, tokens: any) => Promise<unknown>]>([
    [
      'its session is revoked',
      (_browser, rp, { refresh_token }) => form(app, '/oauth/revoke', { token: refresh_token }, rp.headers),
    ],
    ['the sign-in ends', (browser) => browser.person.delete('/v1/me/sessions')],
    [
      'the user is disabled',
      async ({ person }) => (await app.as.admin()).patch(`/v1/users/${person.id}`, { status: 'disabled' }),
    ],
    ['the user is deleted', async ({ person }) => (await app.as.admin()).delete(`/v1/users/${person.id}`)],
    [
      'the password is another',
      ({ person }) =>
        person.post('/v1/me/password', {
          currentPassword: person.password,
          newPassword: 'another long passphrase',
        }),
    ],
    [
      'the client is disabled',
      async (_browser, { id }) =>
        (await app.as.admin()).patch(`/v1/oauth/clients/${id}`, { status: 'disabled' }),
    ],
    [
      'the client is deleted',
      async (_browser, { id }) => (await app.as.admin()).delete(`/v1/oauth/clients/${id}`),
    ],
  ])('is told when %s', async (_what, end) => {
    const rp = await listening();
    const browser = await newBrowser();
    const tokens = await signInTo(app, rp, browser);
    await end(browser, rp, tokens);
    // At once, and not at the next look for what is due.
    await expect.poll(() => party.asked.length, { timeout: 4_500 }).toBe(1);
    const [token] = await told();
    expect(claimsOf(token!)).toMatchObject({ aud: rp.clientId, sub: browser.person.id });
  });

  it('is told while another client takes its time to answer', async () => {
    let finish: (() => void) | undefined;
    party.answer = (request, response) => {
      if (request.url === '/slow') finish = () => response.end();
      else response.end();
    };
    const ends = async (rp: TestClient) => {
      const browser = await newBrowser();
      await signInTo(app, rp, browser);
      await browser.person.delete('/v1/me/sessions');
    };
    const slow = await listening({ backchannelLogoutUri: party.at('/slow') });
    await ends(slow);
    await expect.poll(() => finish, { timeout: 4_500 }).toBeDefined();
    await ends(await listening());
    await expect.poll(() => party.asked.length, { timeout: 4_500 }).toBe(2);
    finish!();
    await expect.poll(() => pending(slow)).toBe(0);
  });

  it('is told again until it listens, later and later', async () => {
    const rp = await listening();
    const browser = await newBrowser();
    await signInTo(app, rp, browser);
    party.answer = (_request, response) => void response.writeHead(500).end();
    clock.stop();
    await browser.person.delete('/v1/me/sessions');
    await told(1);
    const deliveries = app.nest.get(LogoutDeliveriesService);
    await expect.poll(async () => (await deliveries.pendingOf(rp.id, 1, ''))[0]?.lastError).toMatch(/500/);
    await deliveries.deliver();
    expect(party.asked).toHaveLength(1);
    clock.forward(11_000);
    await deliveries.deliver();
    expect(party.asked).toHaveLength(2);
    clock.forward(HOUR);
    party.answer = (_request, response) => void response.writeHead(204).end();
    await deliveries.deliver();
    expect(party.asked).toHaveLength(3);
    expect(await pending(rp)).toBe(0);
    // Each is a token of its own.
    const ids = (await told(3)).map((token) => claimsOf(token).jti);
    expect(new Set(ids).size).toBe(3);
  });

  it('is shown to administrators with what went wrong, and told again when they ask for it', async () => {
    const rp = await listening();
    const browser = await newBrowser();
    await signInTo(app, rp, browser);
    party.answer = (_request, response) => void response.writeHead(500).end();
    await browser.person.delete('/v1/me/sessions');
    await told(1);
    const admin = await app.as.admin();
    const path = `/v1/oauth/clients/${rp.id}/logout-deliveries`;
    await expect.poll(async () => (await admin.get(path)).body.items[0]?.lastError).toMatch(/500/);
    expect((await admin.get(path)).body.items).toEqual([
      expect.objectContaining({
        userId: browser.person.id,
        attempts: 1,
        nextAt: expect.stringMatching(/Z$/),
      }),
    ]);
    party.answer = (_request, response) => void response.writeHead(204).end();
    await expectOnly(app, ['client.logouts_retried'], async () =>
      expect((await admin.post(`${path}/retry`, {})).status).toBe(202),
    );
    await expect.poll(async () => (await admin.get(path)).body.items, { timeout: 4_500 }).toEqual([]);
    expect(party.asked).toHaveLength(2);
    expectProblem(await admin.get('/v1/oauth/clients/none/logout-deliveries'), 404, 'not_found');
    expectProblem(await admin.post('/v1/oauth/clients/none/logout-deliveries/retry', {}), 404, 'not_found');
  });

  it('is not told a second time while the first attempt is on its way', async () => {
    const rp = await listening();
    const browser = await newBrowser();
    const admin = await app.as.admin();
    await signInTo(app, rp, browser);
    let answer = () => {};
    party.answer = (_request, response) => void (answer = () => void response.writeHead(204).end());
    await browser.person.delete('/v1/me/sessions');
    await expect.poll(() => party.asked.length).toBe(1);
    const next = async () =>
      app.database.query<{ next_at: number }>('SELECT next_at FROM logout_deliveries WHERE client_id = :id', {
        id: rp.id,
      });
    const before = await next();
    await admin.post(`/v1/oauth/clients/${rp.id}/logout-deliveries/retry`, {});
    expect(await next()).toEqual(before);
    answer();
    await expect.poll(() => pending(rp)).toBe(0);
    expect(party.asked).toHaveLength(1);
  });

  it('is given up after a day', async () => {
    const rp = await listening();
    const browser = await newBrowser();
    await signInTo(app, rp, browser);
    party.answer = (_request, response) => void response.writeHead(302, { location: party.at('/x') }).end();
    clock.stop();
    await browser.person.delete('/v1/me/sessions');
    await told(1);
    clock.forward(DAY + MINUTE);
    await expect
      .poll(async () => {
        await app.nest.get(LogoutDeliveriesService).deliver();
        return pending(rp);
      })
      .toBe(0);
    // Redirects are not followed.
    expect(party.asked.every(({ path }) => path === '/logout')).toBe(true);
  });

  it('that does not want to be told is not', async () => {
    const browser = await newBrowser();
    await signInTo(app, client, browser);
    await browser.person.delete('/v1/me/sessions');
    expect(await pending(client)).toBe(0);
  });
});

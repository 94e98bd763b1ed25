import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actors } from '../../support/actors.js';
import type { TestApp } from '../../support/app.js';
import { Client } from '../../support/client.js';
import { makeDatabase, type TestDatabase } from '../../support/database.js';
import {
  ask,
  backOf,
  bearer,
  Browser,
  codeFor,
  exchange,
  firstParty,
  form,
  makeClient,
  pkce,
  REDIRECT,
  refresh,
  signInTo,
  targetOf,
  type TestClient,
} from '../../support/oauth.js';
import type { ServerProcess } from '../../support/process.js';
import { startTwoNodes } from '../../support/two-nodes.js';

const OWN = 'http://localhost:3000';

describe('two nodes that sign users in for others', () => {
  let database: TestDatabase;
  let nodes: [ServerProcess, ServerProcess];
  let a: TestApp;
  let b: TestApp;
  let client: TestClient;

  beforeAll(async () => {
    database = await makeDatabase({ isShared: true });
    nodes = await startTwoNodes({ DATABASE_URL: database.url, RATE_LIMIT: 'off' });
    [a, b] = nodes.map(at) as [TestApp, TestApp];
    client = await firstParty(a, { idTokenAlg: 'RS256' });
  });
  afterAll(async () => {
    await Promise.all((nodes ?? []).map((node) => node.discard()));
    await database.drop();
  });

  /** As far as the helpers need it. */
  const at = ({ url }: ServerProcess) =>
    ({ url, as: new Actors(url), settings: { PUBLIC_URL: OWN } }) as unknown as TestApp;

  const newBrowser = async () => Browser.of(a, await a.as.member());
  const opens = async (node: TestApp, token: string) =>
    (await node.as.anonymous().get('/oauth/userinfo', bearer(token))).status === 200;

  /** Fails unless the token dies there within a second and what a poll takes. */
  const expectDead = async (node: TestApp, token: string) => {
    await expect.poll(() => opens(node, token), { interval: 20, timeout: 1_500 }).toBe(false);
  };

  /** Signs in to a client of others, and allows what it asks for on the page. */
  async function allowed(browser: Browser, by: TestClient): Promise<any> {
    const { answer, verifier } = await ask(browser, by);
    const page = targetOf(answer)!;
    const asked = /name="asked" value="([^"]*)"/.exec((await browser.get(page)).text)![1]!;
    const request = new URL(page, a.url).searchParams.get('request')!;
    const fields = { request, asked, decision: 'allow' };
    const consented = await form(a, '/consent', fields, { ...browser.headers, origin: OWN });
    return (await exchange(b, by, backOf(consented).get('code')!, verifier)).body;
  }

  it('take each other’s codes, requests and refresh tokens', async () => {
    const browser = await newBrowser();
    const { code, verifier } = await codeFor(browser, client);
    const { body } = await exchange(b, client, code, verifier);
    expect(await opens(a, body.access_token)).toBe(true);
    const next = await refresh(a, client, body.refresh_token);
    expect((await refresh(b, client, next.body.refresh_token)).status).toBe(200);

    const asked = pkce();
    const pushed = await form(
      b,
      '/oauth/par',
      {
        redirect_uri: REDIRECT,
        response_type: 'code',
        scope: 'openid',
        code_challenge: asked.challenge,
        code_challenge_method: 'S256',
      },
      client.headers,
    );
    const query = new URLSearchParams({ client_id: client.clientId, request_uri: pushed.body.request_uri });
    const back = backOf(await browser.get(`/oauth/authorize?${query.toString()}`));
    expect((await exchange(b, client, back.get('code')!, asked.verifier)).status).toBe(200);
  });

  it('give one successor to twenty parallel refreshes', async () => {
    const { refresh_token } = await signInTo(a, client, await newBrowser());
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => refresh(n % 2 ? a : b, client, refresh_token)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
  });

  it('give tokens for a code once at most', async () => {
    const { code, verifier } = await codeFor(await newBrowser(), client);
    const answers = await Promise.all([a, b, a, b].map((node) => exchange(node, client, code, verifier)));
    const good = answers.filter(({ status }) => status === 200);
    expect(good.length).toBeLessThanOrEqual(1);
    // And what it gave is ended by the others.
    for (const { body } of good) expect((await refresh(b, client, body.refresh_token)).status).toBe(400);
  });

  it('end what a consent gave within a second of its end on the other', async () => {
    const other = await makeClient(a, { name: 'Robot' });
    const person = await a.as.member();
    const browser = await Browser.of(a, person);
    const tokens = await allowed(browser, other);
    expect(await opens(b, tokens.access_token)).toBe(true);
    const { body } = await person.get('/v1/me/consents');
    expect((await person.delete(`/v1/me/consents/${body.items[0].id}`)).status).toBe(204);
    await expectDead(b, tokens.access_token);
    expect((await refresh(b, other, tokens.refresh_token)).status).toBe(400);
  });
  it('end what a client had within a second of its end on the other', async () => {
    const ends = [
      (id: string, admin: Client) => admin.patch(`/v1/oauth/clients/${id}`, { status: 'disabled' }),
      (id: string, admin: Client) => admin.delete(`/v1/oauth/clients/${id}`),
    ];
    for (const end of ends) {
      const own = await firstParty(a);
      const { access_token, refresh_token } = await signInTo(a, own, await newBrowser());
      expect(await opens(b, access_token)).toBe(true);
      await end(own.id, await a.as.admin());
      await expectDead(b, access_token);
      expect((await refresh(b, own, refresh_token)).body.error).toBe('invalid_client');
    }
  });

  it('take a secret no longer within a second of its removal on the other', async () => {
    const own = await makeClient(a, { grantTypes: ['client_credentials'], redirectUris: [] });
    const path = `/v1/oauth/clients/${own.id}/secrets`;
    const works = async () =>
      (await form(b, '/oauth/token', { grant_type: 'client_credentials' }, own.headers)).status === 200;
    expect(await works()).toBe(true);
    const admin = await a.as.admin();
    const [secret] = (await admin.get(path)).body.items;
    expect((await admin.delete(`${path}/${secret.id}`)).status).toBe(204);
    await expect.poll(works, { interval: 20, timeout: 1_500 }).toBe(false);
  });

  it('end what a sign-out ends, and keep what may outlive it', async () => {
    const browser = await newBrowser();
    const usual = await signInTo(a, client, browser);
    const offline = await signInTo(a, client, browser, { scope: 'openid offline_access' });
    const hint = new URLSearchParams({ id_token_hint: usual.id_token }).toString();
    await new Client(b.url, browser.headers).get(`/oauth/logout?${hint}`);
    await expectDead(a, usual.access_token);
    expect(await opens(a, offline.access_token)).toBe(true);
    expect((await ask(browser, client, { prompt: 'none' })).back.get('error')).toBe('login_required');
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import {
  ask,
  bearer,
  Browser,
  claimsOf,
  exchange,
  firstParty,
  headerOf,
  refresh,
  signInTo,
  type TestClient,
} from '../../support/oauth.js';

let app: TestApp;
let client: TestClient;
let browser: Browser;

beforeAll(async () => {
  app = await startApp();
  client = await firstParty(app);
  browser = await Browser.of(app, await app.as.member());
});
afterAll(() => app.close());

describe('the authorization code grant', () => {
  it('takes the secret of a client in the body as well as in the header', async () => {
    const { verifier, back } = await ask(browser, client);
    const { clientId: client_id, clientSecret: client_secret } = client;
    const inBody = (secret: string) =>
      exchange(app, { ...client, headers: {} }, back.get('code')!, verifier, {
        client_id,
        client_secret: secret,
      });
    expect((await inBody('ghs_of-another')).body.error).toBe('invalid_client');
    expect((await inBody(client_secret)).status).toBe(200);
  });

  it('signs a user in for a client, with an ID token, an access token and a refresh token', async () => {
    const { verifier, answer, back } = await ask(browser, client, {
      scope: 'openid email account:read',
      nonce: 'n-1',
    });
    expect(answer.status).toBe(303);
    expect(back.get('state')).toBe('the-state');
    expect(back.get('iss')).toBe('http://localhost:3000');
    const { status, body, headers } = await exchange(app, client, back.get('code')!, verifier);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 900, scope: 'openid email account:read' });
    expect(headerOf(body.id_token)).toMatchObject({ typ: 'JWT', alg: 'ES256' });
    expect(claimsOf(body.id_token)).toMatchObject({
      iss: 'http://localhost:3000',
      sub: browser.person.id,
      aud: client.clientId,
      nonce: 'n-1',
      email: browser.person.email,
      email_verified: false,
      acr: 'sfa',
    });
    expect(claimsOf(body.access_token)).toMatchObject({ client_id: client.clientId, first_party: true });
    const me = await app.as.anonymous().get('/v1/me', bearer(body.access_token));
    expect(me.body.email).toBe(browser.person.email);
    const userinfo = await app.as.anonymous().get('/oauth/userinfo', bearer(body.access_token));
    expect(userinfo.body).toMatchObject({ sub: browser.person.id, email: browser.person.email });
    const refreshed = await refresh(app, client, body.refresh_token);
    expect(refreshed.body).toMatchObject({ token_type: 'Bearer', scope: 'openid email account:read' });
    expect(refreshed.body.refresh_token).not.toBe(body.refresh_token);
  });

  it('works once, and the second time ends the session of the first', async () => {
    const { verifier, back } = await ask(browser, client, { scope: 'openid account:read' });
    const first = await exchange(app, client, back.get('code')!, verifier);
    const second = await exchange(app, client, back.get('code')!, verifier);
    expect(second.status).toBe(400);
    expect(second.body).toMatchObject({ error: 'invalid_grant' });
    expect(second.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const me = await app.as.anonymous().get('/v1/me', bearer(first.body.access_token));
    expect(me.status).toBe(401);
    expect((await refresh(app, client, first.body.refresh_token)).body.error).toBe('invalid_grant');
  });

  it('gives one answer when it is shown eight times at once, which is ended', async () => {
    const { verifier, back } = await ask(browser, client);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => exchange(app, client, back.get('code')!, verifier)),
    );
    const good = answers.filter(({ status }) => status === 200);
    expect(good.length).toBeLessThanOrEqual(1);
    for (const { body } of good) expect((await refresh(app, client, body.refresh_token)).status).toBe(400);
  });

  it('converges when a refresh token is used eight times at once', async () => {
    const tokens = await signInTo(app, client, browser);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => refresh(app, client, tokens.refresh_token)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
  });
});

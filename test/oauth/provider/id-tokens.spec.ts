import { createLocalJWKSet, jwtVerify } from 'jose';
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { clock, DAY, HOUR } from '../../support/clock.js';
import {
  ask,
  bearer,
  Browser,
  claimsOf,
  firstParty,
  headerOf,
  makeClient,
  refresh,
  signInTo,
} from '../../support/oauth.js';

const OWN = 'http://localhost:3000';
let app: TestApp;
let browser: Browser;

beforeAll(async () => {
  app = await startApp();
  browser = await Browser.of(app, await app.as.member());
});
afterEach(() => clock.release());
afterAll(() => app.close());

const keys = async () => (await app.as.anonymous().get('/.well-known/jwks.json')).body;

describe('an ID token', () => {
  it('is signed with RS256 for a web client that was made without a value, and ES256 for the rest', async () => {
    const make = (settings: object) =>
      makeClient(app, { kind: 'first-party', idTokenAlg: undefined, ...settings });
    const web = await make({});
    expect(web.body.idTokenAlg).toBe('RS256');
    expect((await make({ applicationType: 'native' })).body.idTokenAlg).toBe('ES256');
    const tokens = await signInTo(app, web, browser, { nonce: 'n' });
    expect(headerOf(tokens.id_token)).toMatchObject({ alg: 'RS256', typ: 'JWT' });
    // The access token is of the line that all are of.
    expect(headerOf(tokens.access_token)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    const { payload } = await jwtVerify(tokens.id_token, createLocalJWKSet(await keys()), {
      issuer: OWN,
      audience: web.clientId,
    });
    const half = createHash('sha256').update(tokens.access_token).digest().subarray(0, 16);
    expect(payload).toMatchObject({
      at_hash: half.toString('base64url'),
      nonce: 'n',
      acr: 'sfa',
      amr: ['pwd'],
    });
    expect(payload.exp! - payload.iat!).toBe(app.settings.ID_TOKEN_TTL / 1000);
  });

  it('opens nothing: neither the API nor userinfo, nor is it introspected', async () => {
    const { id_token } = await signInTo(app, await firstParty(app), browser);
    for (const path of ['/v1/me', '/oauth/userinfo']) {
      expect((await app.as.anonymous().get(path, bearer(id_token))).status).toBe(401);
    }
  });

  it('says what its scopes allow, and userinfo the same', async () => {
    const client = await firstParty(app);
    await browser.person.patch('/v1/me', { name: 'Ann' });
    const bare = await signInTo(app, client, browser);
    expect(claimsOf(bare.id_token)).not.toHaveProperty('email');
    expect(claimsOf(bare.id_token)).not.toHaveProperty('name');
    const full = await signInTo(app, client, browser, { scope: 'openid profile email' });
    const claims = claimsOf(full.id_token);
    expect(claims).toMatchObject({ name: 'Ann', email: browser.person.email, email_verified: false });
    const userinfo = async (token: string) =>
      (await app.as.anonymous().get('/oauth/userinfo', bearer(token))).body;
    const { name, email, email_verified, updated_at, sub } = claims;
    expect(await userinfo(full.access_token)).toEqual({ sub, name, email, email_verified, updated_at });
    expect(await userinfo(bare.access_token)).toEqual({ sub });
  });

  it('is not given without openid', async () => {
    const tokens = await signInTo(app, await firstParty(app), browser, { scope: 'account:read' });
    expect(tokens).not.toHaveProperty('id_token');
    const answer = await app.as.anonymous().get('/oauth/userinfo', bearer(tokens.access_token));
    expect(answer.status).toBe(403);
    expect(answer.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
    expect(answer.body.error).toBe('insufficient_scope');
  });

  it('carries the time of the sign-in, not of the exchange', async () => {
    const person = await Browser.of(app, await app.as.member());
    const client = await firstParty(app);
    clock.stop();
    const signedInAt = Math.floor(Date.now() / 1000);
    clock.forward(HOUR);
    const tokens = await signInTo(app, client, person);
    expect(Math.abs(claimsOf(tokens.id_token).auth_time - signedInAt)).toBeLessThan(5);
    expect(claimsOf(tokens.access_token).auth_time).toBe(claimsOf(tokens.id_token).auth_time);
  });
});

describe('userinfo', () => {
  it('speaks OAuth, by POST too', async () => {
    const none = await app.as.anonymous().get('/oauth/userinfo');
    expect(none.status).toBe(401);
    expect(none.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(none.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const { access_token } = await signInTo(app, await firstParty(app), browser);
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const headers = { ...type, ...bearer(access_token) };
    expect((await app.as.anonymous().send('POST', '/oauth/userinfo', 'a=b', headers)).body.sub).toBe(
      browser.person.id,
    );
    expect(
      (await app.as.anonymous().send('POST', '/oauth/userinfo', undefined, bearer(access_token))).status,
    ).toBe(200);
  });

  it('tells nobody of a user who is gone', async () => {
    const person = await Browser.of(app, await app.as.member());
    const { access_token } = await signInTo(app, await firstParty(app), person);
    await (await app.as.admin()).delete(`/v1/users/${person.person.id}`);
    expect((await app.as.anonymous().get('/oauth/userinfo', bearer(access_token))).status).toBe(401);
  });
});

describe('the single sign-on', () => {
  it('outlives the access cookie, is prolonged by its clients, and ends with the session', async () => {
    const person = await Browser.of(app, await app.as.member());
    const client = await firstParty(app);
    const { refresh_token } = await signInTo(app, client, person, { scope: 'openid' });
    clock.stop();
    clock.forward(20 * DAY);
    const { body, status } = await refresh(app, client, refresh_token);
    expect(status).toBe(200);
    clock.forward(20 * DAY);
    // Idle for 40 days itself, and in use all the time.
    expect((await ask(person, client, { prompt: 'none' })).back.has('code')).toBe(true);
    expect((await refresh(app, client, body.refresh_token)).status).toBe(200);
    clock.forward(31 * DAY);
    expect((await ask(person, client, { prompt: 'none' })).back.get('error')).toBe('login_required');
  });

  it('is a cookie that no script reads and no other site’s form sends', async () => {
    const { headers } = await app.as
      .anonymous()
      .send(
        'POST',
        '/login',
        new URLSearchParams({ email: browser.person.email, password: browser.person.password }).toString(),
        { 'content-type': 'application/x-www-form-urlencoded', origin: OWN },
      );
    const cookie = headers.getSetCookie().find((each) => each.includes('gatehouse_sso='))!;
    expect(cookie).toMatch(/HttpOnly/i);
    expect(cookie).toMatch(/SameSite=Lax/i);
    expect(cookie).toMatch(/Path=\/(;|$)/i);
  });

  it('takes no cookie that was changed, and no refresh token in its place', async () => {
    const client = await firstParty(app);
    const { sso } = browser;
    const forged = [`${sso.slice(0, -2)}AA`, sso.slice(0, 20), '', 'x', browser.person.tokens.refresh_token];
    for (const each of forged) {
      const other = new Browser(app.url, browser.person, each);
      expect((await ask(other, client, { prompt: 'none' })).back.get('error')).toBe('login_required');
    }
    expect((await ask(browser, client, { prompt: 'none' })).back.has('code')).toBe(true);
  });
});

describe('the metadata', () => {
  it('are one document in two places, and say what is true', async () => {
    const client = app.as.anonymous();
    const { body, headers } = await client.get('/.well-known/openid-configuration');
    expect((await client.get('/.well-known/oauth-authorization-server')).body).toEqual(body);
    expect(headers.get('cache-control')).toBe('public, max-age=60');
    expect(body).toMatchObject({
      issuer: OWN,
      response_types_supported: ['code'],
      response_modes_supported: ['query', 'form_post'],
      subject_types_supported: ['public'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      claims_parameter_supported: false,
      request_parameter_supported: false,
      request_uri_parameter_supported: false,
      client_id_metadata_document_supported: true,
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      acr_values_supported: ['sfa', 'mfa'],
    });
    expect(body).not.toHaveProperty('registration_endpoint');
    expect(body.id_token_signing_alg_values_supported).toEqual(expect.arrayContaining(['RS256', 'ES256']));
    expect(body.token_endpoint_auth_methods_supported).toContain('none');
    expect(body.scopes_supported).toEqual(
      expect.arrayContaining(['openid', 'profile', 'email', 'offline_access', 'account:read']),
    );
    expect(body.grant_types_supported.toSorted()).toEqual([
      'authorization_code',
      'client_credentials',
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:device_code',
    ]);
    for (const [name, url] of Object.entries<any>(body)) {
      if (!name.endsWith('_endpoint') && name !== 'jwks_uri') continue;
      const { status } = await client.get(String(url).replace(OWN, ''));
      expect(status, name).not.toBe(404);
    }
  });

  it('of our own API lead here (RFC 9728)', async () => {
    const { body } = await app.as.anonymous().get('/.well-known/oauth-protected-resource');
    expect(body).toMatchObject({
      resource: OWN,
      authorization_servers: [OWN],
      bearer_methods_supported: ['header'],
    });
    const unknown = await app.as.anonymous().get('/.well-known/oauth-protected-resource/nothing');
    expect(unknown.status).toBe(404);
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { PASSWORD } from '../../support/actors.js';
import type { SignedIn } from '../../support/client.js';
import { clock, MINUTE } from '../../support/clock.js';
import { codeOf, protect } from '../../support/factors.js';
import { claimsOf, exchange, firstParty, pkce, refresh, type TestClient } from '../../support/oauth.js';
import { oauthVisitor, type OAuthVisitor } from '../../support/oauth-visitor.js';

describe('the sign-in for an application', () => {
  let app: TestApp;
  let client: TestClient;
  let person: SignedIn;

  beforeAll(async () => {
    app = await startApp();
    client = await firstParty(app);
    person = await app.as.member();
  });
  afterEach(() => clock.release());
  afterAll(() => app.close());

  /** Sends a request, and gives what turns its answer into tokens. */
  const ask = async (who: OAuthVisitor, parameters: Record<string, string> = {}) => {
    const { verifier, challenge } = pkce();
    await who.ask(client, { code_challenge: challenge, ...parameters });
    return async () => (await exchange(app, client, who.back.get('code')!, verifier)).body;
  };

  it('carries the request on through a wrong password, and comes back to it', async () => {
    const who = await oauthVisitor(app);
    const tokens = await ask(who, { login_hint: person.email });
    expect(who.page.path).toMatch(/^\/login\?/);
    expect(who.page.html).toContain(`value="${person.email}"`);
    await who.logIn(person.email, 'not the password');
    await who.logIn(person.email);
    expect(who.back.get('state')).toBe('the-state');
    expect(claimsOf((await tokens()).id_token).sub).toBe(person.id);
  });

  it('carries it through the second step, and says how the user has signed in', async () => {
    const owner = await protect(await app.as.member());
    clock.stop(new Date(Date.now() + 2 * MINUTE));
    const who = await oauthVisitor(app);
    const tokens = await ask(who, { acr_values: 'mfa' });
    await who.logIn(owner.person.email);
    expect(who.page.html).toContain('Confirm it is you');
    await who.send('/login/second-step', { code: codeOf(owner.secret) });
    expect(claimsOf((await tokens()).id_token)).toMatchObject({ acr: 'mfa', sub: owner.person.id });
  });

  it('asks for the second factor of a sign-in that had none, where the application wants it', async () => {
    const newcomer = await app.as.member();
    const who = await oauthVisitor(app, newcomer);
    const owner = await protect(newcomer);
    clock.stop(new Date(Date.now() + 2 * MINUTE));
    const tokens = await ask(who, { acr_values: 'mfa', ui_locales: 'de' });
    expect(who.page.path).toMatch(/^\/step-up\?/);
    expect(who.page.html).toContain('lang="de"');
    await who.send('/step-up', { code: codeOf(owner.secret) });
    expect(claimsOf((await tokens()).id_token).acr).toBe('mfa');
  });

  it('sends who has no second factor back to the application that wants one', async () => {
    const who = await oauthVisitor(app, person);
    await ask(who, { acr_values: 'mfa' });
    expect(who.back.get('error')).toBe('unmet_authentication_requirements');
  });

  it.each([
    ['prompt=login', { prompt: 'login' }],
    ['max_age=0', { max_age: '0' }],
  ])('asks who is signed in once more with %s, and once only', async (_, parameters) => {
    const who = await oauthVisitor(app, person);
    const before = Math.floor(Date.now() / 1000);
    clock.forward(5_000);
    const tokens = await ask(who, parameters);
    expect(who.page.path).toMatch(/^\/login\?/);
    expect(who.page.html).toContain('<h1>Sign in</h1>');
    await who.logIn(person.email);
    expect(claimsOf((await tokens()).id_token).auth_time).toBeGreaterThan(before);
  });

  it('leaves who has signed in lately alone with max_age, and asks later', async () => {
    clock.stop();
    const who = await oauthVisitor(app, person);
    await ask(who, { max_age: '600' });
    expect(who.back.has('code')).toBe(true);
    clock.forward(11 * MINUTE);
    await ask(who, { max_age: '600' });
    expect(who.page.path).toMatch(/^\/login\?/);
  });

  it('shows the sign-up with prompt=create, also to who is signed in, and comes back', async () => {
    const who = await oauthVisitor(app, person);
    const tokens = await ask(who, { prompt: 'create', login_hint: 'new-user@example.com' });
    expect(who.page.path).toMatch(/^\/signup\?/);
    expect(who.page.html).toContain('value="new-user@example.com"');
    await who.send('/signup', { password: PASSWORD, again: PASSWORD });
    expect(claimsOf((await tokens()).id_token).sub).not.toBe(person.id);
  });

  it('comes back from the sign-up that is linked from the sign-in', async () => {
    const who = await oauthVisitor(app);
    const tokens = await ask(who, { scope: 'openid email' });
    const [, link] = /href="(\/signup\?continue=[^"]+)"/.exec(who.page.html)!;
    await who.open(link!.replaceAll('&amp;', '&'));
    await who.send('/signup', { email: 'newer@example.com', password: PASSWORD, again: PASSWORD });
    expect(claimsOf((await tokens()).id_token).email).toBe('newer@example.com');
  });

  it('keeps the request for who has forgotten the password', async () => {
    const who = await oauthVisitor(app);
    await ask(who);
    const [, link] = /href="(\/reset\?continue=[^"]+)"/.exec(who.page.html)!;
    await who.open(link!.replaceAll('&amp;', '&'));
    expect(who.page.html).toMatch(/name="continue" value="\/oauth\/authorize\?request=/);
  });

  it('answers prompt=none without a page', async () => {
    const nobody = await oauthVisitor(app);
    await ask(nobody, { prompt: 'none' });
    expect(nobody.page.redirects).toHaveLength(1);
    expect(nobody.back.get('error')).toBe('login_required');
    const who = await oauthVisitor(app, person);
    const tokens = await ask(who, { prompt: 'none' });
    expect((await tokens()).token_type).toBe('Bearer');
  });

  it('refuses another user than the ID token names, once that one has signed in', async () => {
    const who = await oauthVisitor(app, person);
    const { id_token } = await (await ask(who))();
    const another = await app.as.member();
    const browser = await oauthVisitor(app, another);
    await ask(browser, { id_token_hint: id_token });
    expect(browser.page.html).toContain('<h1>Sign in</h1>');
    await browser.logIn(another.email);
    expect(browser.back.get('error')).toBe('login_required');
    await ask(browser, { id_token_hint: id_token });
    await browser.logIn(person.email);
    expect(browser.back.has('code')).toBe(true);
  });

  it('keeps the requests of several tabs apart', async () => {
    const who = await oauthVisitor(app);
    await ask(who, { state: 'one' });
    const one = who.page;
    await ask(who, { state: 'two' });
    await who.logIn(person.email);
    expect(who.back.get('state')).toBe('two');
    who.page = one;
    await who.logIn(person.email);
    expect(who.back.get('state')).toBe('one');
  });

  it('starts a request over that waited for a day at the sign-in', async () => {
    clock.stop();
    const who = await oauthVisitor(app);
    await ask(who, { prompt: 'login' });
    clock.forward(25 * 60 * MINUTE);
    await who.logIn(person.email);
    if (who.page.path.startsWith('/login')) await who.logIn(person.email);
    expect(who.back.get('state')).toBe('the-state');
  });

  it('goes on with the applications of a sign-in that is made again, and ends them with it', async () => {
    const who = await oauthVisitor(app, person);
    const first = await (await ask(who))();
    await ask(who, { prompt: 'login' });
    await who.logIn(person.email);
    const refreshed = await refresh(app, client, first.refresh_token);
    expect(refreshed.status).toBe(200);
    await who.open('/logout');
    await who.send('/logout');
    expect((await refresh(app, client, refreshed.body.refresh_token)).status).toBe(400);
  });

  it('ends the sign-in of another user in whose place one signs in', async () => {
    const who = await oauthVisitor(app, person);
    const first = await (await ask(who))();
    const another = await app.as.member();
    await who.open('/login?prompt=login');
    await who.logIn(another.email);
    expect((await refresh(app, client, first.refresh_token)).status).toBe(400);
  });
});

describe('what an application asks wrongly', () => {
  let app: TestApp;
  let client: TestClient;

  beforeAll(async () => {
    app = await startApp();
    client = await firstParty(app);
  });
  afterAll(() => app.close());

  it.each([
    ['an unknown client', { client_id: 'nobody' }, 'unknown_client'],
    ['no client', { client_id: undefined }, 'invalid_request'],
    ['an unregistered address', { redirect_uri: 'https://evil.example/' }, 'unregistered_redirect_uri'],
    [
      'a pushed request that there is none of',
      { request_uri: 'urn:ietf:params:oauth:request_uri:x' },
      'request_gone',
    ],
  ])('is a page with the reason and the id in the log, and no redirect: %s', async (_, parameters, code) => {
    const who = await oauthVisitor(app);
    const { status, headers, html } = await who.ask(client, parameters);
    expect(status).toBe(400);
    expect(headers.get('location')).toBeNull();
    expect(headers.get('refresh')).toBeNull();
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(html).toContain(`<code>${code}</code>`);
    expect(html).toContain(`<code>${headers.get('x-request-id')}</code>`);
    expect(html).not.toContain('evil.example');
  });

  it('opens the details for who made the application, and speaks the language of who uses it', async () => {
    const who = await oauthVisitor(app);
    const { html } = await who.ask(client, { client_id: 'nobody', ui_locales: 'de' });
    expect(html).toContain('<details class="technical" open');
    expect(html).toContain('Diese Anwendung hat falsch angefragt');
    expect(html).toContain('No application is registered under this client_id.');
  });

  it('is a page for who says that anything is accepted, too', async () => {
    const who = await oauthVisitor(app);
    const { headers } = await who.open('/oauth/authorize?client_id=nobody', { accept: '*/*' });
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { exchange, firstParty, makeClient, REDIRECT, type TestClient } from '../../support/oauth.js';
import { authorizePath, oauthVisitor, OAuthVisitor } from '../../support/oauth-visitor.js';
import { pkce } from '../../support/oauth.js';

describe('the consent page', () => {
  let app: TestApp;
  let client: TestClient;
  let person: SignedIn;

  beforeAll(async () => {
    app = await startApp();
    client = await makeClient(app, { policyUri: 'https://shop.example/privacy' });
  });
  afterAll(() => app.close());

  /** A browser of a user of its own, who has allowed nothing. */
  const someone = async () => {
    person = await app.as.member();
    return oauthVisitor(app, person);
  };
  const consents = async () => (await person.get('/v1/me/consents')).body.items;
  const events = async (action: string) =>
    app.database.query<{ action: string }>('SELECT action FROM audit_events WHERE action = :action', {
      action,
    });

  it('names the application, where it leads, what it asks for in plain words, and who is asked', async () => {
    const who = await someone();
    const { status, path, html, headers } = await who.ask(client, {
      scope: 'openid email account:read offline_access',
    });
    expect({ status, at: path.split('?')[0] }).toEqual({ status: 200, at: '/consent' });
    expect(html).toContain('<strong dir="auto">Shop</strong>');
    expect(html).toContain('<bdi>app.example</bdi>');
    expect(html).toContain('See your e-mail address');
    expect(html).toContain('Read your account: profile, sessions and settings');
    expect(html).toContain('Stay signed in');
    expect(html).toContain(person.email);
    expect(html).toContain('href="https://shop.example/privacy"');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('content-security-policy')).toContain("form-action 'self'");
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('leads on with a code by a page and not by a redirect, and notes what was allowed', async () => {
    const who = await someone();
    const { verifier, challenge } = pkce();
    await who.ask(client, { scope: 'openid email', code_challenge: challenge });
    const { status, headers, html, redirects } = await who.send('/consent', { decision: 'allow' });
    expect({ status, redirects }).toEqual({ status: 200, redirects: [] });
    expect(headers.get('refresh')).toMatch(/^0;url=https:\/\/app\.example\/callback\?code=/);
    expect(html).toContain('href="https://app.example/callback?code=');
    expect(Object.fromEntries(who.back)).toMatchObject({ state: 'the-state', iss: 'http://localhost:3000' });
    expect((await exchange(app, client, who.back.get('code')!, verifier)).body.scope).toBe('openid email');
    expect(await consents()).toMatchObject([{ client: { name: 'Shop' }, scopes: ['openid', 'email'] }]);
  });

  it('asks once for a client, its resource and its scopes, and again for more', async () => {
    const who = await someone();
    await who.ask(client);
    await who.send('/consent', { decision: 'allow' });
    await who.ask(client);
    expect(who.back.has('code')).toBe(true);
    await who.ask(client, { scope: 'openid email' });
    expect(who.page.html).toContain('See your e-mail address');
    await who.send('/consent', { decision: 'allow' });
    await who.ask(client, { scope: 'openid email' });
    expect(who.back.has('code')).toBe(true);
    const other = await makeClient(app, { name: 'Other' });
    expect((await who.ask(other)).path).toMatch(/^\/consent/);
  });

  it('asks again when it is told to, and after what was allowed is taken back', async () => {
    const who = await someone();
    await who.ask(client);
    await who.send('/consent', { decision: 'allow' });
    expect((await who.ask(client, { prompt: 'consent' })).path).toMatch(/^\/consent/);
    await who.send('/consent', { decision: 'allow' });
    expect(who.back.has('code')).toBe(true);
    const [{ id }] = await consents();
    await person.delete(`/v1/me/consents/${id}`);
    expect((await who.ask(client)).path).toMatch(/^\/consent/);
  });

  it('leads back with access_denied, and nothing is allowed', async () => {
    const who = await someone();
    const before = await events('consent.given');
    await who.ask(client);
    await who.send('/consent', { decision: 'deny' });
    expect(Object.fromEntries(who.back)).toMatchObject({
      error: 'access_denied',
      state: 'the-state',
      iss: 'http://localhost:3000',
    });
    expect(who.back.has('code')).toBe(false);
    expect(await consents()).toEqual([]);
    expect(await events('consent.given')).toEqual(before);
  });

  it('skips the operator’s own applications', async () => {
    const who = await someone();
    await who.ask(await firstParty(app));
    expect(who.back.has('code')).toBe(true);
  });

  it('is never answered by GET, nor from another site, nor without a decision', async () => {
    const who = await someone();
    await who.ask(client);
    const { path } = who.page;
    const fields = fieldsOf(who);
    await who.open(`${path}&decision=allow&asked=${fields['asked']}`);
    expect(who.page.html).toContain('<h1>Allow access?</h1>');
    const foreign = await who.post(
      '/consent',
      { ...fields, decision: 'allow' },
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    );
    expect(foreign.status).toBe(403);
    await who.open(path);
    await who.send('/consent', {});
    expect(who.page.html).toContain('<h1>Allow access?</h1>');
    await who.send('/consent', { decision: 'perhaps' });
    expect(who.page.html).toContain('<h1>Allow access?</h1>');
    expect(await consents()).toEqual([]);
  });

  it('is sent twice by a double click, and sent again after Back: both lead on', async () => {
    const who = await someone();
    await who.ask(client);
    const fields: Record<string, string> = { ...fieldsOf(who), decision: 'allow' };
    const pages = await Promise.all([1, 2].map(() => who.post('/consent', fields)));
    for (const page of pages) expect(page.headers.get('refresh')).toContain('code=');
    expect((await who.post('/consent', fields)).headers.get('refresh')).toContain('code=');
    expect(await consents()).toHaveLength(1);
    await who.open(`/consent?request=${fields['request']}`);
    await who.goOn();
    expect(who.back.has('code')).toBe(true);
  });

  it('takes the answer of nobody but the user who was asked', async () => {
    const who = await someone();
    await who.ask(client);
    const fields: Record<string, string> = { ...fieldsOf(who), decision: 'allow' };
    const another = await app.as.member();
    await who.open('/login?prompt=login');
    await who.logIn(another.email);
    await who.post('/consent', fields);
    const { html } = await who.goOn();
    expect(html).toContain('<h1>Allow access?</h1>');
    expect(html).toContain(another.email);
    expect((await another.get('/v1/me/consents')).body.items).toEqual([]);
  });

  it('asks again when more would be allowed than was shown', async () => {
    const who = await someone();
    await who.ask(client, { scope: 'openid users:read' });
    expect(who.page.html).not.toContain('See all users');
    const fields: Record<string, string> = { ...fieldsOf(who), decision: 'allow' };
    const admin = await app.as.admin();
    await admin.put(`/v1/users/${person.id}/roles`, { roles: ['user', 'admin'] });
    await who.post('/consent', fields);
    expect((await who.goOn()).html).toContain('See all users');
  });

  it('leads who has signed out meanwhile to the sign-in and back, with the request kept', async () => {
    const who = await someone();
    await who.ask(client, { scope: 'openid email' });
    const fields: Record<string, string> = { ...fieldsOf(who), decision: 'allow' };
    const tab = new OAuthVisitor(app.url);
    for (const [name, cookie] of who.cookies) tab.cookies.set(name, cookie);
    await tab.post('/logout', {});
    await who.post('/consent', fields);
    expect((await who.goOn()).html).toContain('<h1>Sign in</h1>');
    expect((await who.logIn(person.email)).html).toContain('See your e-mail address');
    await who.send('/consent', { decision: 'allow' });
    expect(who.back.get('state')).toBe('the-state');
  });

  it('starts a request over that is a day old, and knows none that is older than a week', async () => {
    const who = await someone();
    await who.ask(client);
    const fields: Record<string, string> = { ...fieldsOf(who), decision: 'allow' };
    const age = (ms: number) =>
      app.database.run({
        sql: 'UPDATE oauth_requests SET created_at = created_at - :ms, expires_at = expires_at - :ms',
        params: { ms },
      });
    await age(86_400_000);
    await who.post('/consent', fields);
    await who.goOn();
    expect(who.back.get('state')).toBe('the-state');
    await app.database.run({ sql: 'DELETE FROM oauth_requests', params: {} });
    const gone = await who.post('/consent', fields);
    expect(gone.status).toBe(400);
    expect(gone.html).toContain('This sign-in is over');
    expect(gone.headers.get('refresh')).toBeNull();
  });

  it.each([
    ['empty', ''],
    ['short', 'x'],
    ['unknown', 'A'.repeat(43)],
    ['huge', 'A'.repeat(5000)],
    ['with NUL', '%00'],
    ['a path', '../../etc'],
  ])('answers the id of no request, %s, with a page that leads nowhere', async (_, id) => {
    const who = await someone();
    const { status, headers, html } = await who.open(`/consent?request=${id}`);
    expect(status).toBe(400);
    expect(headers.get('location')).toBeNull();
    expect(html).toContain('<h1>');
  });

  it('says of an application that registered itself that nobody has checked it, and shows its name as text', async () => {
    const name = '<b>Gate\u05d0house</b> "Admin"';
    const dynamic = await makeClient(app, { name });
    await app.database.run({
      sql: `UPDATE oauth_clients SET kind = 'dynamic' WHERE id = :id`,
      params: { id: dynamic.id },
    });
    const who = await someone();
    const { html } = await who.ask(dynamic);
    expect(html).toContain('This application registered itself');
    expect(html).toContain('&lt;b>Gate\u05d0house&lt;/b>');
    expect(html).not.toContain('<b>Gate');
  });

  it('tells of a device’s own application, and of one with a scheme of its own, and leads on to both', async () => {
    const native = await makeClient(app, {
      applicationType: 'native',
      redirectUris: ['http://127.0.0.1/callback', 'com.example.app:/callback'],
    });
    const who = await someone();
    await who.ask(native, { redirect_uri: 'http://127.0.0.1:4711/callback' });
    expect(who.page.html).toContain('an application on this device.');
    await who.ask(native, { redirect_uri: 'com.example.app:/callback' });
    expect(who.page.html).toContain('<bdi>com.example.app:</bdi>');
    const { status, headers, html } = await who.send('/consent', { decision: 'allow' });
    expect(status).toBe(200);
    expect(headers.get('refresh')).toMatch(/^0;url=com\.example\.app:\/callback\?code=/);
    expect(html).toContain('href="com.example.app:/callback?code=');
  });

  it('leads to an address that is not of ASCII alone', async () => {
    const foreign = await makeClient(app, { redirectUris: ['https://app.example/zurück?é=1'] });
    const who = await someone();
    await who.ask(foreign, { redirect_uri: 'https://app.example/zurück?é=1' });
    const { headers } = await who.send('/consent', { decision: 'allow' });
    expect(headers.get('refresh')).toContain('0;url=https://app.example/zur%C3%BCck?%C3%A9=1&code=');
  });

  it('posts the answer under a policy of its own where the client asks for a form', async () => {
    const who = await someone();
    await who.ask(client, { response_mode: 'form_post' });
    const { status, headers, html } = await who.send('/consent', { decision: 'allow' });
    expect(status).toBe(200);
    const policy = headers.get('content-security-policy')!;
    expect(policy).not.toContain('form-action');
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toMatch(/script-src 'self' 'sha256-[\w+/]+='/);
    expect(html).toContain(`<form id="answer" method="post" action="${REDIRECT}">`);
    expect(html).toMatch(/name="code" value="[\w-]+"/);
    expect(html).toContain('name="iss" value="http://localhost:3000"');
  });

  it('speaks the language that the application asks for, on every page of the way', async () => {
    person = await app.as.member();
    const who = new OAuthVisitor(app.url);
    await who.ask(client, { ui_locales: 'xx de', login_hint: person.email });
    expect(who.page.html).toContain('<h1>Anmelden</h1>');
    expect(who.page.html).toContain(`value="${person.email}"`);
    await who.logIn(person.email, 'not the password');
    expect(who.page.html).toContain('<h1>Anmelden</h1>');
    await who.logIn(person.email);
    expect(who.page.html).toContain('<h1>Zugriff erlauben?</h1>');
    await who.send('/preferences', { locale: 'fr' });
    expect(who.page.html).toContain('<h1>Autoriser l’accès ?</h1>');
    expect((await who.send('/consent', { decision: 'deny' })).html).toContain('Un instant');
  });

  it('cannot be framed, and is not told to other sites', async () => {
    const who = await someone();
    const { headers } = await who.open(authorizePath(client));
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('referrer-policy')).toBe('same-origin');
  });

  function fieldsOf(who: OAuthVisitor): Record<string, string> {
    const read = (name: string) =>
      new RegExp(`name="${name}" value="([^"]*)"`).exec(who.page.html)?.[1] ?? '';
    return { request: read('request'), asked: read('asked') };
  }
});

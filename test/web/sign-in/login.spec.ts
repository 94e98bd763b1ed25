import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Visitor } from '../../support/visitor.js';

describe('the sign-in page', () => {
  let app: TestApp;
  let email: string;

  beforeAll(async () => {
    app = await startApp();
    ({ email } = await app.as.member());
  });
  afterAll(() => app.close());

  const visitor = () => new Visitor(app.url);
  const logIn = async (who: Visitor, next = '/account') => {
    await who.open(`/login?continue=${encodeURIComponent(next)}`);
    return who.send('/login', { email, password: PASSWORD });
  };
  const sessionsOf = async () =>
    app.database.query<{ id: string }>(
      'SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = :email',
      { email },
    );

  it('is where a visitor is led who opens the address of the server', async () => {
    const { path, status, html } = await visitor().open('/');
    expect({ path, status }).toEqual({ path: '/login', status: 200 });
    expect(html).toContain('<h1>Sign in</h1>');
  });

  it('signs in with a password and goes on to where it was asked for', async () => {
    const who = visitor();
    const { redirects } = await logIn(who, '/account?tab=1');
    expect(redirects).toEqual(['/account?tab=1']);
    expect([...who.cookies.keys()].toSorted()).toEqual([
      'gatehouse_access',
      'gatehouse_device',
      'gatehouse_refresh',
      'gatehouse_sso',
    ]);
  });

  it('leads on who is signed in already, and asks again when it is told to', async () => {
    const who = visitor();
    await logIn(who);
    expect((await who.open('/login?continue=/step-up-not')).redirects).toEqual(['/step-up-not']);
    expect((await who.open('/login?prompt=login')).html).toContain('<h1>Sign in</h1>');
  });

  it('answers the same for an unknown address and a wrong password, and keeps what was typed', async () => {
    const who = visitor();
    await who.open('/login');
    const wrong = await who.send('/login', { email, password: 'not the password' });
    const unknown = await who.send('/login', { email: 'nobody@example.com', password: 'not the password' });
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(wrong.html).toContain(`value="${email}"`);
    expect(unknown.html.replaceAll('nobody@example.com', email)).toBe(wrong.html);
    expect(who.cookies.size).toBe(0);
  });

  it('is sent twice by a double click, and both clicks are signed in', async () => {
    const who = visitor();
    await who.open('/login');
    const [first, second] = await Promise.all(
      [who, who].map(() => who.post('/login', { email, password: PASSWORD })),
    );
    expect([first!.redirects, second!.redirects]).toEqual([['/account'], ['/account']]);
  });

  it.each([
    ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['a sandboxed frame', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['nowhere', {}],
  ] as [string, Record<string, string>][])('takes no form from %s', async (_, headers) => {
    const before = await sessionsOf();
    const who = visitor();
    const { status, html } = await who.post('/login', { email, password: PASSWORD }, headers);
    expect(status).toBe(403);
    expect(html).toContain('cross_site_request');
    expect(who.cookies.size).toBe(0);
    expect(await sessionsOf()).toEqual(before);
  });

  it('takes a form of its own from a page without a referrer policy, which says null', async () => {
    const who = visitor();
    const headers = { origin: 'null', 'sec-fetch-site': 'same-origin' };
    expect((await who.post('/login', { email, password: PASSWORD }, headers)).redirects).toEqual([
      '/account',
    ]);
  });

  it.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/.//evil.example',
    '/..//evil.example',
    'javascript:alert(1)',
    ' /account',
    'account',
    '/login',
    '/logout',
    '/account\r\nSet-Cookie: a=b',
    `/${'x'.repeat(3000)}`,
  ])('goes on to the account when it is asked to go to %j', async (next) => {
    const who = visitor();
    await who.open(`/login?continue=${encodeURIComponent(next)}`);
    expect(who.page.status).toBe(200);
    const { redirects } = await who.send('/login', { email, password: PASSWORD, continue: next });
    expect(redirects).toEqual(['/account']);
  });

  it('goes on to another application by a page, for a redirect after a form is cancelled', async () => {
    const who = visitor();
    const next = '/oauth/authorize?client_id=1&state=<b>';
    await who.open(`/login?continue=${encodeURIComponent(next)}`);
    const { status, headers, html, redirects } = await who.send('/login', { email, password: PASSWORD });
    expect({ status, redirects }).toEqual({ status: 200, redirects: [] });
    expect(headers.get('refresh')).toBe('0;url=/oauth/authorize?client_id=1&state=%3Cb%3E');
    expect(html).toContain('href="/oauth/authorize?client_id=1&amp;state=%3Cb%3E"');
  });

  it.each([
    ['no field', {}],
    ['empty fields', { email: '', password: '' }],
    ['a huge address', { email: 'x'.repeat(5000), password: 'y' }],
    ['a huge password', { email: 'a@example.com', password: 'y'.repeat(5000) }],
  ])('says what is missing with %s', async (_, fields) => {
    const who = visitor();
    await who.open('/login');
    const { status, html } = await who.send('/login', fields);
    expect(status).toBe(400);
    expect(html).toMatch(/class="error"/);
  });

  it('never runs what was typed', async () => {
    const who = visitor();
    await who.open('/login');
    const { html } = await who.send('/login', { email: '"><img src=x onerror=alert(1)>', password: 'p' });
    expect(html).not.toContain('<img');
    expect(html).toContain('value="&quot;>&lt;img src=x onerror=alert(1)>"');
  });

  it('refuses NUL as a page, and what is no form', async () => {
    const who = visitor();
    const { status, html } = await who.post('/login', { email: 'a\0b', password: 'p' });
    expect(status).toBe(400);
    expect(html).toContain('malformed_request');
    const answer = await fetch(`${app.url}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify({ email: { $ne: '' }, password: 'p' }),
    });
    expect(answer.status).toBe(415);
  });

  it('speaks the language that is asked for, then the one of the browser', async () => {
    expect((await visitor().open('/login?ui_locales=xx de-AT')).html).toContain('<html lang="de"');
    expect(
      (await new Visitor(app.url, { 'accept-language': 'fr;q=0.2, de;q=0.9' }).open('/login')).html,
    ).toContain('<html lang="de"');
    const who = visitor();
    await who.open('/login');
    await who.send('/preferences', { locale: 'de', scheme: 'dark' });
    expect(who.page.path).toBe('/login?continue=%2F');
    expect(who.page.html).toContain('<html lang="de" dir="ltr" data-scheme="dark"');
  });

  it('says no to everything but its own files', async () => {
    const { headers } = await visitor().open('/login');
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
        "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'; form-action 'self'",
    );
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('x-robots-tag')).toBe('noindex');
    expect(headers.get('cache-control')).toBe('no-store');
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { Visitor } from '../../support/visitor.js';

describe('WEB=off', () => {
  let app: TestApp;
  beforeAll(async () => (app = await startApp({ env: { WEB: 'off' } })));
  afterAll(() => app.close());

  it.each([
    '/',
    '/login',
    '/signup',
    '/account',
    '/console',
    '/setup',
    '/brand/theme.css',
    '/assets/',
    '/.well-known/change-password',
  ])('has no %s', async (path) => {
    const { status, headers } = await new Visitor(app.url).open(path);
    expect(status).toBe(404);
    expect(headers.get('content-type')).toContain('application/problem+json');
  });

  it('serves the API as before', async () => {
    const person = await app.as.member();
    expect((await person.get('/v1/me')).status).toBe(200);
  });
});

describe('pages next to the API', () => {
  let app: TestApp;
  beforeAll(async () => (app = await startApp()));
  afterAll(() => app.close());

  it.each(['/v1/me', '/v1/nothing', '/.well-known/nothing', '/openapi.json/x'])(
    'answer a browser at %s with the document, as programs are',
    async (path) => {
      const { headers } = await new Visitor(app.url).open(path);
      expect(headers.get('content-type')).toContain('application/problem+json');
    },
  );

  it('answer a browser with a page, and others with the document, where there is nothing', async () => {
    const visited = await new Visitor(app.url).open('/nowhere');
    expect(visited.status).toBe(404);
    expect(visited.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const { status, body } = await app.as.anonymous().get('/nowhere');
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'not_found' });
  });

  it('answer what cannot be read with a page as well', async () => {
    const who = new Visitor(app.url);
    const huge = await who.post('/login', { email: 'x'.repeat(70_000) });
    expect(huge.status).toBe(413);
    expect(huge.html).toContain('Send less.');
    expect((await who.open('/login/%E0%A4')).status).toBe(400);
    expect(who.page.html).toContain('<h1>');
  });

  it('lead password managers to where passwords and passkeys are changed', async () => {
    const change = await app.as.anonymous().get('/.well-known/change-password');
    expect(change.status).toBe(302);
    expect(change.headers.get('location')).toBe('/account/security');
    expect((await app.as.anonymous().get('/.well-known/passkey-endpoints')).body).toEqual({
      enroll: `${app.settings.PUBLIC_URL}/account/passkeys/new`,
      manage: `${app.settings.PUBLIC_URL}/account/security`,
    });
  });
});

describe('on https', () => {
  let app: TestApp;
  beforeAll(async () => (app = await startApp({ env: { PUBLIC_URL: 'https://auth.example.com' } })));
  afterAll(() => app.close());

  it('the single sign-on cookie is bound to the host, and HttpOnly, Lax and Secure', async () => {
    const { email, password } = await app.as.member();
    const answer = await fetch(`${app.url}/login`, {
      method: 'POST',
      redirect: 'manual',
      headers: { accept: 'text/html', origin: 'https://auth.example.com' },
      body: new URLSearchParams({ email, password }),
    });
    const cookie = answer.headers.getSetCookie().find((each) => each.includes('sso'))!;
    expect(cookie).toMatch(
      /^__Host-gatehouse_sso=[\w-]{64}; Max-Age=7776000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    const names = answer.headers.getSetCookie().map((each) => each.split('=')[0]);
    expect(new Set(names).size, 'none is set twice').toBe(names.length);
  });
});

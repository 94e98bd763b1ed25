import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { ask, Browser, firstParty, targetOf, type TestClient } from '../../support/oauth.js';
import { expectProblem } from '../../support/problem.js';

let app: TestApp;
let client: TestClient;
let browser: Browser;

beforeAll(async () => {
  app = await startApp();
  client = await firstParty(app, {
    redirectUris: [
      'https://app.example/callback',
      'https://app.example/callback?tenant=1',
      'http://127.0.0.1/callback',
      'http://localhost/callback',
      'http://[::1]/callback',
      'com.example.app:/callback',
    ],
  });
  browser = await Browser.of(app, await app.as.member());
});
afterAll(() => app.close());

describe('a redirect URI of a request', () => {
  it.each([
    'https://app.example/callback',
    'https://app.example/callback?tenant=1',
    'http://127.0.0.1/callback',
    'http://127.0.0.1:49152/callback',
    'http://localhost:8080/callback',
    'http://[::1]:61000/callback',
    'com.example.app:/callback',
  ])('is taken: %s', async (redirect_uri) => {
    const { answer } = await ask(browser, client, { redirect_uri });
    expect(targetOf(answer)!.startsWith(redirect_uri)).toBe(true);
    expect(targetOf(answer)).toContain('code=');
  });

  it.each([
    'https://APP.example/callback',
    'http://127.0.0.1:65536/callback',
    'HTTPS://app.example/callback',
    'https://app.example/Callback',
    'https://app.example:443/callback',
    'https://app.example:8443/callback',
    'https://app.example/callback/',
    'https://app.example/callback/..',
    'https://app.example/x/../callback',
    'https://app.example/%63allback',
    'https://app.example/callback%2e',
    'https://app.example/callback?',
    'https://app.example/callback?tenant=2',
    'https://app.example/callback?tenant=1&x=2',
    'https://app.example/callback#fragment',
    'https://user@app.example/callback',
    'https://app.example@evil.example/callback',
    'https://app.example\\@evil.example/callback',
    'https://app.example.evil.example/callback',
    'https://app.example./callback',
    'https://evil.example/callback',
    '//app.example/callback',
    '/callback',
    'http://app.example/callback',
    'http://127.0.0.1:49152/other',
    'http://127.0.0.1:/callback',
    'http://127.0.0.1:80@evil.example/callback',
    'http://127.0.0.1:999999/callback',
    'http://127.0.0.1.evil.example/callback',
    'http://127.0.0.2/callback',
    'http://2130706433/callback',
    'http://localhost.evil.example/callback',
    'https://localhost/callback',
    'com.example.app:/other',
    'com.example.app://callback',
    'javascript:alert(1)',
    'data:text/html,x',
  ])('is refused by a page: %s', async (redirect_uri) => {
    const { answer } = await ask(browser, client, { redirect_uri });
    expect(answer.status).toBe(400);
    expect(targetOf(answer)).toBeNull();
  });
});

describe('a redirect URI of a registration', () => {
  it.each([
    'http://app.example/callback',
    'https://app.example/callback#x',
    'https://app.example/callback#',
    'https://user:secret@app.example/callback',
    'https://user@app.example/callback',
    'https://app.example/a/../callback',
    'https://app.example/a/./callback',
    'https://app.example/%2e%2e/callback',
    'https://app.example/%2Fcallback',
    'https://app.example\\callback',
    'https://app.example/call back',
    'https://app.example/call\u202eback',
    'javascript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'myapp:/callback',
    'myapp://callback',
    'callback',
    '/callback',
    '',
    `https://app.example/${'x'.repeat(2_000)}`,
  ])('is refused: %s', async (uri) => {
    const admin = await app.as.admin();
    for (const field of ['redirectUris', 'postLogoutRedirectUris']) {
      const settings = { name: 'Shop', redirectUris: ['https://app.example/'], [field]: [uri] };
      const answer = await admin.post('/v1/oauth/clients', settings);
      expectProblem(answer, 400, 'validation_failed');
      expect(answer.body.errors[0].field).toMatch(new RegExp(`^${field}`));
    }
  });

  it('must be there for the code grant, and there may be fifty', async () => {
    const admin = await app.as.admin();
    expectProblem(await admin.post('/v1/oauth/clients', { name: 'Shop' }), 400, 'validation_failed');
    const redirectUris = Array.from({ length: 51 }, (_, n) => `https://app.example/${n}`);
    expectProblem(
      await admin.post('/v1/oauth/clients', { name: 'Shop', redirectUris }),
      400,
      'validation_failed',
    );
    const answer = await admin.post('/v1/oauth/clients', {
      name: 'Shop',
      redirectUris: redirectUris.slice(1),
    });
    expect(answer.status).toBe(201);
  });
});

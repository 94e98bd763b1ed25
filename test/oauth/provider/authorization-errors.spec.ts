import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { Client } from '../../support/client.js';
import {
  allowClient,
  ask,
  Browser,
  firstParty,
  makeClient,
  REDIRECT,
  signInTo,
  targetOf,
  type TestClient,
} from '../../support/oauth.js';

const ISSUER = 'http://localhost:3000';
let app: TestApp;
let client: TestClient;
let browser: Browser;
let visitor: Client;

beforeAll(async () => {
  app = await startApp();
  client = await firstParty(app);
  browser = await Browser.of(app, await app.as.member());
  visitor = new Client(app.url, { accept: 'text/html' });
});
afterAll(() => app.close());

const rows = async (table: string) =>
  Number((await app.database.query<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))[0]!.n);

describe('an authorization request that is refused', () => {
  it.each<[error: string, what: string, parameters: Record<string, string | undefined>]>([
    ['invalid_request', 'no response_type', { response_type: undefined }],
    ['unsupported_response_type', 'token', { response_type: 'token' }],
    ['unsupported_response_type', 'hybrid', { response_type: 'code id_token' }],
    ['invalid_request', 'an unknown response_mode', { response_mode: 'fragment' }],
    ['request_not_supported', 'a request object', { request: 'e30.e30.' }],
    ['registration_not_supported', 'a registration', { registration: '{}' }],
    ['invalid_scope', 'an unknown scope', { scope: 'openid nothing:ever' }],
    ['invalid_target', 'an unknown resource', { resource: 'https://unknown.example' }],
    ['invalid_target', 'a resource that is no URI', { resource: 'mcp' }],
    ['invalid_request', 'no challenge', { code_challenge: undefined }],
    ['invalid_request', 'no method', { code_challenge_method: undefined }],
    ['invalid_request', 'the method plain', { code_challenge_method: 'plain' }],
    ['invalid_request', 'the method s256', { code_challenge_method: 's256' }],
    ['invalid_request', 'a short challenge', { code_challenge: 'abc' }],
    ['invalid_request', 'a long challenge', { code_challenge: 'a'.repeat(44) }],
    ['invalid_request', 'a challenge of other letters', { code_challenge: '='.repeat(43) }],
    ['invalid_request', 'max_age in words', { max_age: 'an hour' }],
    ['invalid_request', 'a negative max_age', { max_age: '-1' }],
    ['invalid_request', 'an unknown prompt', { prompt: 'shout' }],
    ['invalid_request', 'prompt=none with another', { prompt: 'none login' }],
    ['invalid_request', 'a state of 3,000 letters', { state: 'x'.repeat(3_000) }],
    ['invalid_request', 'a nonce of 600 letters', { nonce: 'x'.repeat(600) }],
    ['invalid_request', 'a hint that is no token', { id_token_hint: 'e30' }],
    ['invalid_request', 'a dpop_jkt that is none', { dpop_jkt: 'x' }],
  ])('says %s: %s', async (error, _what, parameters) => {
    const { answer, back } = await ask(browser, client, parameters);
    expect(answer.status, answer.text).toBe(303);
    expect(targetOf(answer)).toMatch(/^https:\/\/app\.example\/callback\?/);
    expect(back.get('error')).toBe(error);
    // RFC 9207 §2: errors carry it too.
    expect(back.get('iss')).toBe(ISSUER);
    expect(back.get('state')).toBe(parameters['state'] ?? 'the-state');
    expect(back.get('error_description')).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
    expect(back.has('code')).toBe(false);
  });

  it('describes it in the letters that RFC 6749 allows, whatever was sent', async () => {
    const { back } = await ask(browser, client, { scope: 'ö"\\😀' });
    expect(back.get('error')).toBe('invalid_scope');
    expect(back.get('error_description')).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  });

  it('is told by a form where the client asked for one', async () => {
    const { answer } = await ask(browser, client, { response_mode: 'form_post', scope: 'nothing:ever' });
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(/<form[^>]* method="post" action="https:\/\/app\.example\/callback">/);
    expect(answer.text).toContain('name="error" value="invalid_scope"');
    expect(answer.text).toContain(`name="iss" value="${ISSUER}"`);
    expect(answer.headers.get('content-security-policy')).toContain(`frame-ancestors 'none'`);
  });

  it('leaves no row', async () => {
    const before = [await rows('oauth_codes'), await rows('oauth_requests')];
    await ask(browser, client, { code_challenge: undefined });
    await ask(visitor, client, { scope: 'nothing:ever' });
    expect([await rows('oauth_codes'), await rows('oauth_requests')]).toEqual(before);
  });

  it.each<[what: string, parameters: Record<string, string | undefined>]>([
    ['an unknown client', { client_id: 'nobody' }],
    ['no client', { client_id: undefined }],
    ['a client with a letter that no text holds', { client_id: 'a\0b' }],
    ['a client of 2,000 letters', { client_id: 'a'.repeat(2_000) }],
    ['an unknown address', { redirect_uri: 'https://evil.example/' }],
    ['no address', { redirect_uri: undefined }],
    ['a script', { redirect_uri: 'javascript:alert(1)' }],
  ])('is a page and never a redirect for %s', async (_what, parameters) => {
    const { answer } = await ask(browser, client, parameters);
    expect(answer.status).toBe(400);
    expect(targetOf(answer)).toBeNull();
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
    expect(answer.headers.get('content-security-policy')).toContain(`frame-ancestors 'none'`);
  });

  it('is a page for a parameter that is repeated, for one of the two might be another’s', async () => {
    const query = new URLSearchParams({ client_id: client.clientId, redirect_uri: REDIRECT });
    const answer = await browser.get(
      `/oauth/authorize?${query.toString()}&redirect_uri=https://evil.example/`,
    );
    expect(answer.status).toBe(400);
    expect(targetOf(answer)).toBeNull();
  });

  it('is a page for a client that is disabled', async () => {
    const other = await firstParty(app);
    await (await app.as.admin()).patch(`/v1/oauth/clients/${other.id}`, { status: 'disabled' });
    const { answer } = await ask(browser, other);
    expect([answer.status, targetOf(answer)]).toEqual([400, null]);
  });

  it('says unauthorized_client where the client has no such grant', async () => {
    const service = await makeClient(app, { grantTypes: ['client_credentials'], redirectUris: [REDIRECT] });
    expect((await ask(browser, service)).back.get('error')).toBe('unauthorized_client');
  });
});

describe('prompt and max_age', () => {
  it('none says login_required to a browser that nobody has signed in with', async () => {
    const { back } = await ask(visitor, client, { prompt: 'none' });
    expect(Object.fromEntries(back)).toMatchObject({
      error: 'login_required',
      state: 'the-state',
      iss: ISSUER,
    });
  });

  it('none says consent_required to an application that nothing was allowed', async () => {
    const other = await makeClient(app);
    expect((await ask(browser, other, { prompt: 'none' })).back.get('error')).toBe('consent_required');
    await allowClient(app, browser.person.id, other.id);
    expect((await ask(browser, other, { prompt: 'none' })).back.has('code')).toBe(true);
  });

  it('none with max_age=0 says login_required', async () => {
    expect((await ask(browser, client, { prompt: 'none', max_age: '0' })).back.get('error')).toBe(
      'login_required',
    );
  });

  it('none works with a sign-in that is young enough', async () => {
    expect((await ask(browser, client, { prompt: 'none', max_age: '600' })).back.has('code')).toBe(true);
  });

  it.each([
    ['login', '/login'],
    ['login consent', '/login'],
    ['select_account', '/select-account'],
    ['create', '/signup'],
  ])('%s leads where it should', async (prompt, page) => {
    const { answer } = await ask(browser, client, { prompt });
    expect(answer.status).toBe(303);
    expect(targetOf(answer)).toMatch(new RegExp(`^${page}\\?`));
  });

  it('consent asks nothing for the operator’s own application', async () => {
    expect((await ask(browser, client, { prompt: 'consent' })).back.has('code')).toBe(true);
  });

  it('login asks once, and the sign-in that follows is enough', async () => {
    const { answer } = await ask(browser, client, { prompt: 'login' });
    const next = new URL(targetOf(answer)!, app.url).searchParams.get('continue')!;
    const again = await Browser.of(app, browser.person);
    const { headers } = await again.get(next);
    expect(headers.get('refresh')).toContain('code=');
    // Not by the session that was there before.
    const { headers: others } = await browser.get(next);
    expect(others.get('location')).toMatch(/^\/login\?/);
  });

  it('acr_values=mfa is refused for who has no factor', async () => {
    const { back } = await ask(browser, client, { acr_values: 'mfa' });
    expect(back.get('error')).toBe('unmet_authentication_requirements');
    expect((await ask(browser, client, { acr_values: 'mfa sfa' })).back.has('code')).toBe(true);
  });

  it('login_hint is handed to the page', async () => {
    const { answer } = await ask(visitor, client, { login_hint: 'ann@example.com' });
    expect(new URL(targetOf(answer)!, app.url).searchParams.get('login_hint')).toBe('ann@example.com');
  });
});

describe('id_token_hint', () => {
  it('of the user who is signed in changes nothing', async () => {
    const { id_token } = await signInTo(app, client, browser);
    const { back } = await ask(browser, client, { prompt: 'none', id_token_hint: id_token });
    expect(back.has('code')).toBe(true);
  });

  it('of somebody else says login_required, or asks once and says it then', async () => {
    const other = await Browser.of(app, await app.as.member());
    const { id_token } = await signInTo(app, client, other);
    const { back } = await ask(browser, client, { prompt: 'none', id_token_hint: id_token });
    expect(back.get('error')).toBe('login_required');
    const { answer } = await ask(browser, client, { id_token_hint: id_token });
    const next = new URL(targetOf(answer)!, app.url).searchParams.get('continue')!;
    const wrong = await Browser.of(app, browser.person);
    expect((await wrong.get(next)).headers.get('refresh')).toContain('error=login_required');
    const right = await Browser.of(app, other.person);
    expect((await right.get(next)).headers.get('refresh')).toContain('code=');
  });

  it('of another client is refused', async () => {
    const { id_token } = await signInTo(app, await firstParty(app), browser);
    expect((await ask(browser, client, { id_token_hint: id_token })).back.get('error')).toBe(
      'invalid_request',
    );
  });
});

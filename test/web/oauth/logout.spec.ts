import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { exchange, firstParty, pkce, refresh, type TestClient } from '../../support/oauth.js';
import { oauthVisitor, type OAuthVisitor } from '../../support/oauth-visitor.js';

const AFTER = 'https://app.example/signed-out';

describe('the page that signs out at the wish of an application', () => {
  let app: TestApp;
  let client: TestClient;
  let person: SignedIn;

  beforeAll(async () => {
    app = await startApp();
    client = await firstParty(app, { postLogoutRedirectUris: [AFTER, 'com.example.app:/out'] });
    person = await app.as.member();
  });
  afterAll(() => app.close());

  const signedIn = async (): Promise<{ who: OAuthVisitor; tokens: any }> => {
    const who = await oauthVisitor(app, person);
    const { verifier, challenge } = pkce();
    await who.ask(client, { code_challenge: challenge });
    const { body } = await exchange(app, client, who.back.get('code')!, verifier);
    return { who, tokens: body };
  };
  const logout = (who: OAuthVisitor, fields: Record<string, string>) =>
    who.open(`/oauth/logout?${new URLSearchParams(fields).toString()}`);

  it('asks without a hint, ends the sign-in with its applications, and leads back with the state', async () => {
    const { who, tokens } = await signedIn();
    const asked = { client_id: client.clientId, post_logout_redirect_uri: AFTER, state: 'a b&c' };
    const { path, html } = await logout(who, asked);
    expect(path).toMatch(/^\/logout\?continue=/);
    expect(html).toContain('An application asks to sign you out');
    expect((await refresh(app, client, tokens.refresh_token)).status).toBe(200);
    const { status, headers } = await who.post('/logout', { continue: continueOf(html) });
    expect(status).toBe(200);
    expect(headers.get('refresh')).toMatch(/^0;url=\/oauth\/logout\?/);
    await who.goOn();
    expect(who.page.redirects).toEqual([`${AFTER}?state=a+b%26c`]);
    expect(who.cookie('gatehouse_sso')).toBeUndefined();
    expect((await refresh(app, client, tokens.refresh_token)).status).toBe(400);
  });

  it('does not ask with the ID token of this sign-in', async () => {
    const { who, tokens } = await signedIn();
    await logout(who, { id_token_hint: tokens.id_token, post_logout_redirect_uri: AFTER });
    expect(who.page.redirects).toEqual([AFTER]);
    expect(who.cookie('gatehouse_sso')).toBeUndefined();
  });

  it('says that the user is signed out where it leads nowhere, and twice as well', async () => {
    const { who, tokens } = await signedIn();
    expect((await logout(who, { id_token_hint: tokens.id_token })).html).toContain('<h1>Signed out</h1>');
    expect((await logout(who, { id_token_hint: tokens.id_token })).html).toContain('<h1>Signed out</h1>');
    expect((await logout(who, {})).html).toContain('<h1>Signed out</h1>');
  });

  it('leads to a scheme of the application’s own', async () => {
    const { who, tokens } = await signedIn();
    await logout(who, { id_token_hint: tokens.id_token, post_logout_redirect_uri: 'com.example.app:/out' });
    expect(who.page.redirects).toEqual(['com.example.app:/out']);
  });

  it.each([
    ['a foreign address', { post_logout_redirect_uri: 'https://evil.example/' }],
    ['another spelling', { post_logout_redirect_uri: `${AFTER}/` }],
    ['an unknown client', { client_id: 'nobody', post_logout_redirect_uri: AFTER }],
  ])('is a page that leads nowhere for %s, and nobody is signed out', async (_, fields) => {
    const { who } = await signedIn();
    const { status, headers, html } = await logout(who, { client_id: client.clientId, ...fields });
    expect(status).toBe(400);
    expect(headers.get('location')).toBeNull();
    expect(headers.get('refresh')).toBeNull();
    expect(html).toContain('unregistered_redirect_uri');
    expect((await who.open('/account')).status).toBe(200);
  });

  it.each([
    'https://evil.example/',
    '//evil.example',
    '/account',
    '/oauth/authorize?client_id=x',
    '/oauth/logoutx',
  ])('goes on to nothing but a sign-out: %s', async (next) => {
    const { who } = await signedIn();
    await who.open(`/logout?continue=${encodeURIComponent(next)}`);
    expect(who.page.html).not.toContain('An application asks');
    const { headers, html } = await who.post('/logout', { continue: next });
    expect(headers.get('refresh')).toBeNull();
    expect(html).toContain('<h1>Signed out</h1>');
  });

  function continueOf(html: string): string {
    return /name="continue" value="([^"]+)"/.exec(html)![1]!.replaceAll('&amp;', '&');
  }
});

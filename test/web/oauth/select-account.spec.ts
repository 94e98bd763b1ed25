import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { claimsOf, exchange, firstParty, pkce, type TestClient } from '../../support/oauth.js';
import { oauthVisitor } from '../../support/oauth-visitor.js';

describe('the account chooser', () => {
  let app: TestApp;
  let client: TestClient;
  let person: SignedIn;

  beforeAll(async () => {
    app = await startApp();
    client = await firstParty(app);
    person = await app.as.member();
  });
  afterAll(() => app.close());

  const choose = { prompt: 'select_account' };

  it('asks who is signed in, and goes on as they are', async () => {
    const who = await oauthVisitor(app, person);
    const { path, html } = await who.ask(client, choose);
    expect(path).toMatch(/^\/select-account\?request=/);
    expect(html).toContain(person.email);
    expect(html).toContain('<strong dir="auto">Shop</strong>');
    await who.send('/select-account');
    expect(who.back.has('code')).toBe(true);
    expect((await who.ask(client, choose)).path).toMatch(/^\/select-account/);
  });

  it('goes on as another user, who is not asked once more', async () => {
    const who = await oauthVisitor(app, person);
    const another = await app.as.member();
    const { verifier, challenge } = pkce();
    await who.ask(client, { ...choose, code_challenge: challenge });
    const [, link] = /<a class="button secondary" href="([^"]+)"/.exec(who.page.html)!;
    await who.open(link!.replaceAll('&amp;', '&'));
    await who.logIn(another.email);
    const { body } = await exchange(app, client, who.back.get('code')!, verifier);
    expect(claimsOf(body.id_token).sub).toBe(another.id);
  });

  it('is no question for who has just signed in', async () => {
    const who = await oauthVisitor(app);
    await who.ask(client, choose);
    await who.logIn(person.email);
    expect(who.back.has('code')).toBe(true);
  });

  it('takes no choice of an account that is signed in no more', async () => {
    const who = await oauthVisitor(app, person);
    const another = await app.as.member();
    const tab = await oauthVisitor(app, another);
    await who.ask(client, choose);
    const fields = { request: /request=([\w-]+)/.exec(who.page.path)![1]!, user: person.id };
    await tab.post('/select-account', fields);
    await tab.goOn();
    expect(tab.page.html).toContain(another.email);
    expect(tab.page.path).toMatch(/^\/select-account/);
  });

  it('is never shown with prompt=none', async () => {
    const who = await oauthVisitor(app, person);
    await who.ask(client, { prompt: 'none select_account' });
    expect(who.back.get('error')).toBe('invalid_request');
  });

  it.each(['', 'x', 'A'.repeat(43)])('knows no request %j', async (id) => {
    const who = await oauthVisitor(app, person);
    const { status, html } = await who.open(`/select-account?request=${id}`);
    expect(status).toBe(400);
    expect(html).toContain('This sign-in is over');
  });
});

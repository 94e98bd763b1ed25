import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { exchange, firstParty, makeClient, pkce, refresh, type TestClient } from '../../support/oauth.js';
import { oauthVisitor, type OAuthVisitor } from '../../support/oauth-visitor.js';

const PATH = '/account/applications';

describe('the applications of an account', () => {
  let app: TestApp;
  let client: TestClient;
  let person: SignedIn;

  beforeAll(async () => {
    app = await startApp();
    client = await makeClient(app, { name: 'Shop <1>' });
  });
  afterAll(() => app.close());

  const someone = async () => {
    person = await app.as.member();
    return oauthVisitor(app, person);
  };
  const signIn = async (who: OAuthVisitor, to = client) => {
    const { verifier, challenge } = pkce();
    await who.ask(to, { scope: 'openid account:read', code_challenge: challenge });
    if (who.page.path.startsWith('/consent')) await who.send('/consent', { decision: 'allow' });
    return (await exchange(app, to, who.back.get('code')!, verifier)).body;
  };

  it('says what each may do, and since when, and whether it is signed in', async () => {
    const who = await someone();
    expect((await who.open(PATH)).html).toContain('You have not allowed anything');
    await who.ask(client, { scope: 'openid account:read' });
    await who.send('/consent', { decision: 'allow' });
    const { html } = await who.open(PATH);
    expect(html).toContain('Shop &lt;1>');
    expect(html).toContain('Read your account');
    expect(html).toContain('Not signed in');
    await signIn(who);
    expect((await who.open(PATH)).html).toContain('Last used');
    expect((await who.open('/account')).html).toContain(`href="${PATH}"`);
  });

  it('are signed out when what they were allowed is taken back, and ask again', async () => {
    const who = await someone();
    const tokens = await signIn(who);
    const { html } = await who.open(PATH);
    const [, path] = /href="(\/account\/applications\/[^"]+\/revoke)"/.exec(html)!;
    expect((await who.open(path!)).html).toContain('has to ask you again');
    expect((await refresh(app, client, tokens.refresh_token)).status).toBe(200);
    await who.open(path!);
    expect((await who.send(path!)).redirects).toEqual([`${PATH}?done=app`]);
    expect((await refresh(app, client, tokens.refresh_token)).status).toBe(400);
    expect((await who.post(path!, {})).redirects).toEqual([`${PATH}?done=app`]);
    expect((await who.ask(client)).path).toMatch(/^\/consent/);
  });

  it('are one’s own: those of others are not there, and stay', async () => {
    const who = await someone();
    await signIn(who);
    const owner = person;
    const [{ id }] = (await owner.get('/v1/me/consents')).body.items;
    const other = await someone();
    expect((await other.open(`${PATH}/${id}/revoke`)).status).toBe(404);
    await other.post(`${PATH}/${id}/revoke`, {});
    expect((await owner.get('/v1/me/consents')).body.items).toHaveLength(1);
  });

  it('stand in the list of sessions by their names, the operator’s own too, and can be ended there', async () => {
    const who = await someone();
    const own = await firstParty(app, { name: 'Intranet' });
    await signIn(who);
    const tokens = await signIn(who, own);
    const { html } = await who.open('/account/sessions');
    expect(html).toContain('<strong dir="auto">Shop &lt;1></strong>');
    const [, action] = /action="([^"]+)"><button class="small danger" aria-label="Sign out: Intranet"/.exec(
      html,
    )!;
    await who.send(action!);
    expect(who.page.html).not.toContain('Intranet');
    expect((await refresh(app, own, tokens.refresh_token)).status).toBe(400);
    expect(who.page.html).toContain('Shop &lt;1>');
  });
});

describe('without the feature oauth', () => {
  it('none of its pages is there, and no link to one', async () => {
    const app = await startApp({ env: { FEATURES: 'api-keys' } });
    const who = await oauthVisitor(app, await app.as.member());
    for (const path of ['/consent', '/select-account', '/device', PATH])
      expect((await who.open(path)).status, path).toBe(404);
    expect((await who.open('/account')).html).not.toContain(PATH);
    expect((await who.open('/account/sessions')).status).toBe(200);
    await app.close();
  });
});

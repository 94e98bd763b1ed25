import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { clock, MINUTE } from '../../support/clock.js';
import { form, makeClient, type TestClient } from '../../support/oauth.js';
import { oauthVisitor, type OAuthVisitor } from '../../support/oauth-visitor.js';

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

describe('the page for the code of a device', () => {
  let app: TestApp;
  let television: TestClient;
  let person: SignedIn;

  beforeAll(async () => {
    app = await startApp();
    television = await makeClient(app, {
      name: 'Television',
      applicationType: 'native',
      redirectUris: [],
      grantTypes: [GRANT, 'refresh_token'],
    });
  });
  afterEach(() => clock.release());
  afterAll(() => app.close());

  const someone = async () => {
    person = await app.as.member();
    return oauthVisitor(app, person);
  };
  const begin = async (scope = 'openid account:read', client = television) => {
    const { body } = await form(app, '/oauth/device', { client_id: client.clientId, scope });
    return body as { device_code: string; user_code: string; verification_uri_complete: string };
  };
  const poll = async (device_code: string) => {
    clock.forward(6_000);
    const { body } = await form(app, '/oauth/token', {
      grant_type: GRANT,
      client_id: television.clientId,
      device_code,
    });
    return body;
  };
  const consents = async () => (await person.get('/v1/me/consents')).body.items;
  const type = (who: OAuthVisitor, code: string) =>
    who.open(`/device?${new URLSearchParams({ user_code: code }).toString()}`);

  it('shows the code, the application, what it asks for, and where from, and warns; approved, the device is in', async () => {
    clock.stop();
    const who = await someone();
    const { device_code, user_code } = await begin();
    expect((await poll(device_code)).error).toBe('authorization_pending');
    await who.open('/device');
    expect(who.page.html).toContain('<form method="get" action="/device">');
    const { status, html, headers } = await type(who, user_code);
    expect(status).toBe(200);
    expect(html).toContain(`<code dir="ltr">${user_code}</code>`);
    expect(html).toContain('<strong dir="auto">Television</strong>');
    expect(html).toContain('Read your account');
    expect(html).toContain('<bdi>127.0.0.1</bdi>');
    expect(html).toContain('only if you started this yourself');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(html.match(/<button[^>]*name="decision"/g)).toHaveLength(2);
    expect((await who.send('/device', { decision: 'approve' })).html).toContain('Device signed in');
    expect(await poll(device_code)).toMatchObject({ scope: 'openid account:read', token_type: 'Bearer' });
    expect(await consents()).toMatchObject([{ client: { name: 'Television' } }]);
  });

  it('takes a code however it is typed', async () => {
    const who = await someone();
    const { user_code } = await begin();
    const [left, right] = user_code.split('-') as [string, string];
    for (const typed of [` ${left.toLowerCase()} ${right} `, left + right, `${left}–${right}.`])
      expect((await type(who, typed)).html, typed).toContain(`>${user_code}<`);
  });

  it('denies, and the device is told so', async () => {
    clock.stop();
    const who = await someone();
    const { device_code, user_code } = await begin();
    await type(who, user_code);
    expect((await who.send('/device', { decision: 'deny' })).html).toContain('Device not signed in');
    expect((await poll(device_code)).error).toBe('access_denied');
    expect(await consents()).toEqual([]);
  });

  it('approves nothing by looking, by GET, from another site, or without a decision', async () => {
    const who = await someone();
    const { device_code, verification_uri_complete } = await begin();
    const { pathname, search } = new URL(verification_uri_complete);
    await who.open(`${pathname}${search}&decision=approve&user=${person.id}`);
    const fields = { user_code: search.slice(11), user: person.id };
    const evil = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    expect((await who.post('/device', { ...fields, decision: 'approve' }, evil)).status).toBe(403);
    expect((await who.post('/device', fields)).html).toContain('name="decision" value="approve"');
    const polled = await form(app, '/oauth/token', {
      grant_type: GRANT,
      client_id: television.clientId,
      device_code,
    });
    expect(polled.body.error).toBe('authorization_pending');
  });

  it('leads who is signed out to the sign-in and back to the code, from the link and from the form', async () => {
    const who = await someone();
    const { user_code } = await begin();
    who.cookies.clear();
    expect((await type(who, user_code)).path).toMatch(/^\/login/);
    expect((await who.logIn(person.email)).html).toContain(`>${user_code}<`);
    const { path } = who.page;
    const fields = { user_code, user: person.id, decision: 'approve' };
    who.cookies.clear();
    const headers = { origin: app.url, 'sec-fetch-site': 'same-origin', referer: app.url + path };
    expect((await who.post('/device', fields, headers)).path).toMatch(/^\/login/);
    expect((await who.logIn(person.email)).html).toContain(`>${user_code}<`);
  });

  it('asks the other user who has signed in meanwhile', async () => {
    const who = await someone();
    const { user_code } = await begin();
    const first = person;
    await type(who, user_code);
    const another = await app.as.member();
    const second = await oauthVisitor(app, another);
    const fields = { user_code, user: first.id, decision: 'approve' };
    const { html } = await second.post('/device', fields);
    expect(html).toContain(another.email);
    expect(html).toContain('name="decision"');
    expect((await another.get('/v1/me/consents')).body.items).toEqual([]);
  });

  it('is decided once: of two clicks, and of two users, one counts', async () => {
    const who = await someone();
    const { user_code } = await begin();
    const fields = { user_code, user: person.id, decision: 'approve' };
    const pages = await Promise.all([1, 2].map(() => who.post('/device', fields)));
    expect(pages.filter(({ html }) => html.includes('Device signed in'))).toHaveLength(1);
    expect(pages.map(({ status }) => status).toSorted()).toEqual([200, 404]);
    expect((await type(who, user_code)).status).toBe(404);
  });

  it.each([
    ['unknown', 'BCDF-GHJK'],
    ['short', 'BCD'],
    ['huge', 'B'.repeat(5000)],
    ['with NUL', 'BCDF\0GHJK'],
    ['hostile', '"><script>alert(1)</script>'],
  ])('asks again for a code that is %s', async (_, code) => {
    const who = await someone();
    const { status, html } = await type(who, code);
    expect([400, 404]).toContain(status);
    expect(html).not.toContain('<script>alert');
    expect(html).not.toContain('name="decision"');
  });

  it('knows no code that has expired, nor one of an application that was disabled', async () => {
    clock.stop();
    const who = await someone();
    const { user_code } = await begin();
    const gone = await makeClient(app, {
      applicationType: 'native',
      redirectUris: [],
      grantTypes: [GRANT],
    });
    const other = await begin('openid', gone);
    await (await app.as.admin()).patch(`/v1/oauth/clients/${gone.id}`, { status: 'disabled' });
    expect((await type(who, other.user_code)).status).toBe(404);
    clock.forward(11 * MINUTE);
    expect((await type(who, user_code)).html).toContain('There is no such code');
  });

  it('signs in for no more than the user may do at that time, whatever the user may do later', async () => {
    clock.stop();
    const who = await someone();
    const { device_code, user_code } = await begin('openid users:read');
    await type(who, user_code);
    expect(who.page.html).not.toContain('See all users');
    await who.send('/device', { decision: 'approve' });
    const admin = await app.as.admin();
    await admin.put(`/v1/users/${person.id}/roles`, { roles: ['user', 'admin'] });
    expect((await poll(device_code)).scope).toBe('openid');
  });
});

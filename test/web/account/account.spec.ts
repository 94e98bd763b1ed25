import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Authenticator } from '../../support/authenticator.js';
import type { SignedIn } from '../../support/client.js';
import { clock, MINUTE } from '../../support/clock.js';
import { codeOf, protect, wrongCodeOf } from '../../support/factors.js';
import { auditOf, rowsOfUser } from '../../support/sessions.js';
import { signedInVisitor } from '../../support/signed-in-visitor.js';
import { Visitor } from '../../support/visitor.js';

const PAGES = [
  '/account/security',
  '/account/sessions',
  '/account/keys',
  '/account/keys/new',
  '/account/data',
  '/account/delete',
  '/account/totp',
  '/account/passkeys/new',
  '/account/recovery-codes',
  '/account/export',
];

describe('the pages of the account', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterEach(() => clock.release());
  afterAll(() => app.close());

  const member = async () => {
    const person = await app.as.member();
    return { person, who: await signedInVisitor(app, person) };
  };
  const me = async (person: SignedIn) => (await person.get('/v1/me')).body;

  describe('for who is not signed in', () => {
    it.each(PAGES)('%s leads to the sign-in and back', async (path) => {
      const { email } = await app.as.member();
      const who = new Visitor(app.url);
      const { redirects } = await who.open(path);
      expect(redirects).toEqual([`/login?continue=${encodeURIComponent(path)}`]);
      const signedIn = await who.send('/login', { email, password: PASSWORD });
      expect(signedIn.redirects).toEqual([path]);
    });

    it('take no form, and lead back to the page that it stands on', async () => {
      const who = new Visitor(app.url);
      const headers = {
        origin: app.url,
        'sec-fetch-site': 'same-origin',
        referer: `${app.url}/account/security?done=x`,
      };
      const { redirects } = await who.post('/account/password', { current: PASSWORD }, headers);
      expect(redirects).toEqual(['/login?continue=%2Faccount%2Fsecurity']);
    });

    it('are not opened by a token, no matter what it may do', async () => {
      const admin = await app.as.admin();
      expect((await admin.get('/account/security')).body.code).toBe('unauthenticated');
      const cookie = `gatehouse_access=${admin.tokens.access_token}`;
      expect((await app.as.anonymous().get('/account/security', { cookie })).body.code).toBe(
        'unauthenticated',
      );
    });
  });

  it('end with the session, no matter who ends it', async () => {
    const { person, who } = await member();
    expect((await who.open('/account/security')).status).toBe(200);
    await person.delete('/v1/me/sessions');
    expect((await who.open('/account/security')).path).toMatch(/^\/login/);
  });

  it('end when the account is disabled, and stay so when it is enabled again', async () => {
    const { person, who } = await member();
    const admin = await app.as.admin();
    await admin.patch(`/v1/users/${person.id}`, { status: 'disabled' });
    expect((await who.open('/account/security')).path).toMatch(/^\/login/);
    await admin.patch(`/v1/users/${person.id}`, { status: 'active' });
    expect((await who.open('/account/security')).path).toMatch(/^\/login/);
  });

  it('are not opened by a cookie of another session, cut or made up', async () => {
    const { who } = await member();
    const token = who.cookie('gatehouse_sso')!;
    const other = token.startsWith('A') ? 'B' : 'A';
    const forged = [
      token.slice(0, -1),
      `${other}${token.slice(1)}`,
      `${token.slice(0, -2)}AA`,
      'A'.repeat(64),
      '',
    ];
    for (const value of forged) {
      const visitor = new Visitor(app.url, { cookie: `gatehouse_sso=${value}` });
      expect((await visitor.open('/account/security')).path, value).toMatch(/^\/login/);
    }
    const visitor = new Visitor(app.url, { cookie: `gatehouse_sso=${token}` });
    expect((await visitor.open('/account/security')).path).toBe('/account/security');
  });

  it('change the name, which never runs', async () => {
    const { person, who } = await member();
    await who.open('/account');
    const name = '<img src=x onerror=alert(1)> \u202Eevil';
    const saved = await who.send('/account/name', { name });
    expect(saved.path).toBe('/account?done=name');
    expect(saved.html).not.toContain('<img');
    expect((await me(person)).name).toBe(name);
    await who.send('/account/name', { name: '  ' });
    expect((await me(person)).name).toBeNull();
  });

  it('refuse a name that is too long, and keep what was typed', async () => {
    const { person, who } = await member();
    await who.open('/account');
    const { status, html } = await who.send('/account/name', { name: 'x'.repeat(101) });
    expect(status).toBe(400);
    expect(html).toContain('x'.repeat(101));
    expect((await me(person)).name).toBeNull();
  });

  it('change the password, which ends all other sessions and not this one', async () => {
    const { person, who } = await member();
    await who.open('/account/security');
    const fields = {
      current: PASSWORD,
      password: 'another long passphrase',
      again: 'another long passphrase',
    };
    expect((await who.send('/account/password', { ...fields, again: 'x' })).status).toBe(400);
    expect((await who.send('/account/password', { ...fields, current: 'wrong' })).status).toBe(400);
    expect(
      (await who.send('/account/password', { ...fields, password: 'password', again: 'password' })).status,
    ).toBe(400);
    expect((await person.get('/v1/me')).status).toBe(200);
    expect((await who.send('/account/password', fields)).path).toBe('/account/security?done=password');
    expect((await person.get('/v1/me')).status).toBe(401);
    expect((await who.open('/account')).path).toBe('/account');
    await app.as.logIn(person.email, fields.password);
  });

  it('set an authenticator app up with a picture drawn here, and ask for its code from then on', async () => {
    const { person, who } = await member();
    await who.open('/account/totp');
    const { html } = await who.send('/account/totp');
    expect(html).toMatch(/<svg class="qr"[^>]*role="img"/);
    const secret = /<code class="key"[^>]*>([A-Z2-7 ]+)</.exec(html)![1]!.replaceAll(' ', '');
    const wrong = await who.send('/account/totp/confirm', { code: wrongCodeOf(secret) });
    expect(wrong.status).toBe(400);
    expect(wrong.html).toContain(secret.slice(0, 4));
    const made = await who.send('/account/totp/confirm', { code: codeOf(secret, -1) });
    const codes = [...made.html.matchAll(/<li><code>([\w-]+)<\/code>/g)].map(([, code]) => code!);
    expect(codes).toHaveLength(10);
    const again = new Visitor(app.url);
    const asked = await again.post('/login', { email: person.email, password: PASSWORD });
    expect(asked.html).toContain('autocomplete="one-time-code"');
    expect(again.cookie('gatehouse_sso')).toBeUndefined();
    await again.send('/login/second-step', { show: 'recovery_code' });
    expect((await again.send('/login/second-step', { code: codes[0]! })).redirects).toEqual(['/account']);
  });

  it('remove it after a question, with the recovery codes', async () => {
    const { person } = await member();
    const { secret } = await protect(person);
    const who = new Visitor(app.url);
    await who.post('/login', { email: person.email, password: PASSWORD });
    await who.send('/login/second-step', { code: codeOf(secret) });
    await who.open('/account/totp/remove');
    expect((await person.get('/v1/me/factors')).body.totp).not.toBeNull();
    expect((await who.send('/account/totp/remove')).path).toBe('/account/security?done=removed');
    expect((await person.get('/v1/me/factors')).body).toEqual({
      totp: null,
      passkeys: 0,
      recoveryCodesLeft: 0,
    });
  });

  it('ask who it is once more before factors are changed, and lead back', async () => {
    clock.stop();
    const { who } = await member();
    clock.forward(6 * MINUTE);
    const { redirects, html } = await who.open('/account/totp');
    expect(redirects).toEqual(['/step-up?continue=%2Faccount%2Ftotp']);
    expect(html).toContain('autocomplete="current-password"');
    expect((await who.send('/step-up', { password: 'wrong' })).status).toBe(400);
    expect((await who.send('/step-up', { password: PASSWORD })).redirects).toEqual(['/account/totp']);
    expect(who.page.status).toBe(200);
  });

  it('keep the last passkey of an account without a password, which nobody could enter then', async () => {
    const { person, who } = await member();
    const { body: options } = await person.post('/v1/me/passkeys/options');
    const response = new Authenticator('http://localhost:3000').create(options);
    const { body: passkey } = await person.post('/v1/me/passkeys', { response, name: 'Phone' });
    const path = `/account/passkeys/${passkey.id}`;
    expect((await who.open(path)).html).toContain(`action="${path}/remove"`);
    const forget = 'UPDATE users SET password_hash = NULL WHERE id = :id';
    await app.database.run({ sql: forget, params: { id: person.id } });
    const refused = await who.post(`${path}/remove`, {});
    expect(refused.status).toBe(409);
    expect(refused.html).toContain('the only way into your account');
    expect(refused.html).not.toContain(`action="${path}/remove"`);
    expect((await person.get('/v1/me/passkeys')).body.items).toHaveLength(1);
  });

  it('list the sessions, and end one, or all others', async () => {
    const { person, who } = await member();
    const [other] = await rowsOfUser(app, person.id);
    await who.open('/account/sessions');
    expect(who.page.html.match(/<time/g)).toHaveLength(4);
    const foreign = await app.as.member();
    const [theirs] = await rowsOfUser(app, foreign.id);
    await who.post(`/account/sessions/${theirs!.id}/end`, {});
    expect((await foreign.get('/v1/me')).status).toBe(200);
    await who.post(`/account/sessions/${other!.id}/end`, {});
    expect((await person.get('/v1/me')).status).toBe(401);
    const third = await app.as.logIn(person.email);
    expect((await who.post('/account/sessions/end-others', {})).path).toBe('/account/sessions?done=sessions');
    expect((await third.get('/v1/me')).status).toBe(401);
    expect((await who.open('/account/sessions')).status).toBe(200);
    expect(await auditOf(app, person.id)).toContain('user.other_sessions_ended');
  });

  it('make an API key, shown this once, with no more than was ticked, and revoke it', async () => {
    const { who } = await member();
    await who.open('/account/keys/new');
    const nothing = await who.send('/account/keys/new', { name: 'Backup', expires: '30d' });
    expect(nothing.status).toBe(400);
    const fields = { name: 'Backup', expires: '30d', 'scope.account:read': 'on', 'scope.users:write': 'on' };
    const { html } = await who.send('/account/keys/new', fields);
    const key = /id="secret">([^<]+)</.exec(html)![1]!;
    const client = app.as.anonymous().with({ authorization: `Bearer ${key}` });
    expect((await client.get('/v1/auth/whoami')).body.scopes).toEqual(['account:read']);
    const list = await who.open('/account/keys');
    expect(list.html).not.toContain(key);
    const [, path] = /href="(\/account\/keys\/[\w-]+\/revoke)"/.exec(list.html)!;
    await who.open(path!);
    expect((await client.get('/v1/auth/whoami')).status).toBe(200);
    expect((await who.send(path!)).path).toBe('/account/keys?done=key');
    expect((await client.get('/v1/auth/whoami')).status).toBe(401);
  });

  it('hand out everything that is stored, as a file', async () => {
    const { person, who } = await member();
    const { headers, html } = await who.open('/account/export');
    expect(headers.get('content-disposition')).toBe('attachment; filename="account.json"');
    expect(JSON.parse(html).account.email).toBe(person.email);
  });

  it('delete the account by its password, and forget who it was', async () => {
    const { person, who } = await member();
    await who.open('/account/delete');
    expect((await who.send('/account/delete', { password: 'wrong' })).status).toBe(400);
    expect((await me(person)).id).toBe(person.id);
    const { html } = await who.send('/account/delete', { password: PASSWORD });
    expect(html).toContain('Account deleted');
    expect(who.cookie('gatehouse_sso')).toBeUndefined();
    expect((await person.get('/v1/me')).status).toBe(401);
  });

  it('sign out, twice if it is clicked twice', async () => {
    const { person, who } = await member();
    const cookies = new Map(who.cookies);
    await who.open('/account');
    expect((await who.send('/logout')).html).toContain('Signed out');
    expect(who.cookie('gatehouse_sso')).toBeUndefined();
    for (const [name, value] of cookies) who.cookies.set(name, value);
    expect((await who.post('/logout', {})).status).toBe(200);
    expect((await who.open('/account/security')).path).toMatch(/^\/login/);
    expect((await person.get('/v1/me')).status).toBe(200);
  });

  it('sign out who has signed in through the API, and the API signs out of the pages', async () => {
    const { person, who } = await member();
    const answer = await app.as
      .anonymous()
      .post('/v1/auth/login', { email: person.email, password: PASSWORD, session: 'cookie' });
    const cookie = answer.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ');
    const inApi = new Visitor(app.url, { cookie });
    expect((await inApi.post('/logout', {})).html).toContain('Signed out');
    expect((await app.as.anonymous().get('/v1/me', { cookie })).status).toBe(401);
    expect((await who.open('/account/security')).status).toBe(200);
    const pages = [...who.cookies].map(([name, { value }]) => `${name}=${value}`).join('; ');
    const out = await app.as
      .anonymous()
      .post('/v1/auth/logout', undefined, { cookie: pages, origin: app.url });
    expect(out.headers.getSetCookie().join()).toContain('gatehouse_sso=;');
    expect((await who.open('/account/security')).path).toMatch(/^\/login/);
  });

  it('say nothing that the address asks them to say', async () => {
    const { who } = await member();
    const { html } = await who.open('/account?done=toString');
    expect(html).not.toContain('role="status"');
  });
});

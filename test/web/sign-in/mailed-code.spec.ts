import { describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { makeKey } from '../../support/api-keys.js';
import { startApp, type TestApp } from '../../support/app.js';
import { protect, wrongCodeOf } from '../../support/factors.js';
import { useMailApp } from '../../support/mail-app.js';
import type { Mailbox } from '../../support/mailbox.js';
import { signedInVisitor } from '../../support/signed-in-visitor.js';
import { Visitor } from '../../support/visitor.js';

const NEXT = 'the passphrase after that';
const CHOSEN = { password: NEXT, again: NEXT };

describe('what links in mail lead to', () => {
  let app: TestApp;
  let mailbox: Mailbox;

  useMailApp((own) => ({ app, mailbox } = own));

  /** Asks for the mail on the page, and opens what it leads to. */
  const openReset = async (email: string) => {
    const who = new Visitor(app.url);
    await who.open('/reset');
    await who.send('/reset', { email });
    const { link, token } = await mailbox.last(app, email, 'reset');
    await who.open('/code');
    await who.send('/code', { mailed: link! });
    return { who, token: token! };
  };

  it('says the same whether there is an account or not', async () => {
    const { email } = await app.as.member();
    const who = new Visitor(app.url);
    await who.open('/reset');
    const known = await who.send('/reset', { email });
    const unknown = await who.post('/reset', { email: 'nobody@example.com' });
    expect(known.status).toBe(200);
    expect(unknown.html.replaceAll('nobody@example.com', email)).toBe(known.html);
    expect(await mailbox.of(app, 'nobody@example.com')).toEqual([]);
  });

  it('chooses a new password, which ends every session and signs no user in', async () => {
    const person = await app.as.member();
    const { who } = await openReset(person.email);
    expect(who.page.html).toContain(person.email);
    expect((await who.send('/code/reset', { ...CHOSEN, again: 'x' })).status).toBe(400);
    expect((await who.send('/code/reset', { password: 'password', again: 'password' })).status).toBe(400);
    expect((await person.get('/v1/me')).status).toBe(200);
    expect((await who.send('/code/reset', CHOSEN)).html).toContain('Password changed');
    expect(who.cookie('gatehouse_sso')).toBeUndefined();
    expect((await person.get('/v1/me')).status).toBe(401);
    await app.as.logIn(person.email, NEXT);
  });

  it('asks for the second factor of a proved account, no matter which', async () => {
    const person = await app.as.member();
    await app.database.run({
      sql: 'UPDATE users SET email_verified_at = 1 WHERE id = :id',
      params: { id: person.id },
    });
    const { secret, recoveryCodes } = await protect(person);
    const { who } = await openReset(person.email);
    expect(who.page.html).toContain('autocomplete="one-time-code"');
    expect((await who.send('/code/reset', CHOSEN)).status).toBe(401);
    expect((await who.send('/code/reset', { ...CHOSEN, code: wrongCodeOf(secret) })).status).toBe(400);
    await expect(app.as.logIn(person.email, PASSWORD)).rejects.toThrow('mfa_required');
    await who.send('/code/reset', { show: 'recovery_code' });
    const done = await who.send('/code/reset', { ...CHOSEN, code: recoveryCodes[0]! });
    expect(done.html).toContain('Password changed');
  });

  it('starts over with a link that was used, is of another purpose, or is none', async () => {
    const { email } = await app.as.member();
    const { who, token } = await openReset(email);
    await who.send('/code/reset', CHOSEN);
    for (const mailed of [`r.${token}`, `v.${token}`, 'r.short', '', 'x'.repeat(5000)]) {
      await who.open('/code');
      const { html } = await who.send('/code', { mailed });
      const isAsked = html.includes('action="/code/verify"');
      expect(isAsked ? (await who.send('/code/verify')).status : who.page.status, mailed).toBe(400);
    }
  });

  it('gives the account its new address, from the page of the account', async () => {
    const person = await app.as.member();
    const who = await signedInVisitor(app, person);
    await who.open('/account');
    const wrong = await who.send('/account/email', { email: 'moved@example.com', password: 'wrong' });
    expect(wrong.status).toBe(400);
    await who.open('/account');
    const asked = await who.send('/account/email', { email: 'moved@example.com', password: PASSWORD });
    expect(asked.html).toContain('moved@example.com');
    const { link } = await mailbox.last(app, 'moved@example.com', 'confirm');
    await who.open('/code');
    await who.send('/code', { mailed: link! });
    expect((await person.get('/v1/me')).body.email).toBe(person.email);
    expect((await who.send('/code/change')).html).toContain('Address changed');
    expect((await person.get('/v1/me')).body.email).toBe('moved@example.com');
  });

  it('asks for the password of an account that is not as its sign-up left it, and takes nothing from it', async () => {
    const person = await app.as.member();
    const key = await makeKey(app, person);
    const { link } = await mailbox.last(app, person.email, 'confirm your e-mail address');
    const who = new Visitor(app.url);
    await who.open('/code');
    await who.send('/code', { mailed: link! });
    for (const password of [undefined, 'a wrong passphrase']) {
      const asked = await who.send('/code/verify', password === undefined ? {} : { password });
      expect(asked.status).toBe(400);
      expect(asked.html).toContain('autocomplete="current-password"');
      expect(asked.html).toContain('href="/reset"');
    }
    expect((await person.get('/v1/me')).body.emailVerified).toBe(false);
    expect((await who.send('/code/verify', { password: PASSWORD })).html).toContain('Address confirmed');
    expect((await key.get('/v1/me')).body.emailVerified).toBe(true);
  });

  it('gives the account its new address in another browser for its password alone', async () => {
    const person = await app.as.member();
    await person.post('/v1/me/email', { email: 'elsewhere@example.com', currentPassword: PASSWORD });
    const { link } = await mailbox.last(app, 'elsewhere@example.com', 'confirm');
    const who = new Visitor(app.url);
    await who.open('/code');
    await who.send('/code', { mailed: link! });
    expect((await who.send('/code/change')).status).toBe(400);
    expect((await person.get('/v1/me')).body.email).toBe(person.email);
    expect((await who.send('/code/change', { password: PASSWORD })).html).toContain('Address changed');
    expect((await person.get('/v1/me')).body.email).toBe('elsewhere@example.com');
  });
});

describe('a server that sends no mail', () => {
  it('says so where mail is needed', async () => {
    const app = await startApp({
      env: {
        NODE_ENV: 'production',
        ADMIN_EMAIL: 'admin@example.com',
        ADMIN_PASSWORD: 'correct horse battery 9',
      },
    });
    try {
      const who = new Visitor(app.url);
      await who.open('/reset');
      const { status, html } = await who.send('/reset', { email: 'ada@example.com' });
      expect(status).toBe(404);
      expect(html).toContain('This server sends no mail.');
    } finally {
      await app.close();
    }
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ED25519, ES256 } from '../../web/tokens/vectors/jose.js';
import { ADMIN, PASSWORD } from '../support/actors.js';
import type { TestApp } from '../support/app.js';
import { codeOf, protect } from '../support/factors.js';
import { Firefox } from '../support/firefox.js';
import { Mailbox } from '../support/mailbox.js';
import { startSite } from '../support/tabs.js';

describe('the pages in Firefox', { timeout: 60_000 }, () => {
  let app: TestApp & { site: string };
  let firefox: Firefox;
  let mailbox: Mailbox;

  beforeAll(async () => {
    mailbox = await Mailbox.open();
    app = await startSite({ SMTP_URL: mailbox.url });
    firefox = await Firefox.start();
  }, 60_000);
  afterAll(async () => {
    await firefox.close();
    await app.close();
    await mailbox.close();
  });

  const path = () => firefox.run('location.pathname');
  const heading = () => firefox.run(`document.querySelector('h1')?.textContent`);
  const has = (selector: string) => firefox.run(`!!document.querySelector(${JSON.stringify(selector)})`);
  const logIn = async (email: string, password = PASSWORD) => {
    await firefox.fill('#username', email);
    await firefox.fill('#current-password', password);
    await firefox.press('#login button');
  };

  it('sign in, say what is wrong, and sign out', async () => {
    const { email } = await app.as.member();
    await firefox.goTo(`${app.site}/login`);
    await logIn(email, 'not the password');
    expect(await firefox.run(`document.querySelector('[role=alert]').textContent`)).toContain('wrong');
    await logIn(email);
    expect(await path()).toBe('/account');
    await firefox.press('.top button');
    expect(await heading()).toBe('Signed out');
  });

  it('ask for the second factor', async () => {
    const { person, secret } = await protect(await app.as.member());
    await firefox.goTo(`${app.site}/login`);
    await logIn(person.email);
    await firefox.fill('#code', codeOf(secret));
    await firefox.press('button.primary');
    expect(await path()).toBe('/account');
    await firefox.press('.top button');
  });

  it('sign up, and choose a new password with the link of a mail', async () => {
    await firefox.goTo(`${app.site}/signup`);
    await firefox.fill('#username', 'fox@example.com');
    await firefox.fill('#new-password', PASSWORD);
    await firefox.fill('#new-password-again', PASSWORD);
    await firefox.press('button.primary');
    expect(await path()).toBe('/account');
    await firefox.press('.top button');
    await firefox.goTo(`${app.site}/reset`);
    await firefox.fill('#username', 'fox@example.com');
    await firefox.press('button.primary');
    const { link } = await mailbox.last(app, 'fox@example.com', 'reset');
    await firefox.goTo(link!);
    await expect.poll(() => firefox.run(`!!document.querySelector('#new-password')`)).toBe(true);
    await firefox.fill('#new-password', 'the passphrase after that');
    await firefox.fill('#new-password-again', 'the passphrase after that');
    await firefox.press('button.primary');
    expect(await heading()).toBe('Password changed');
  });

  it('decode and verify tokens, by the keys that are pasted', async () => {
    const type = async (selector: string, text: string) => {
      await firefox.fill(selector, text);
      await firefox.run(`void document.querySelector('${selector}').dispatchEvent(new Event('input'))`);
    };
    await firefox.goTo(`${app.site}/tokens`);
    await expect.poll(() => has('#token')).toBe(true);
    for (const { token, key } of [ES256, ED25519]) {
      await type('#key', JSON.stringify(key));
      await type('#token', token);
      const status = () => firefox.run(`document.querySelector('.status').textContent`);
      await expect.poll(status).toContain('Signature verified');
    }
  });

  it('show the console, its dialogs and its lists', async () => {
    await firefox.goTo(`${app.site}/login?continue=/console/users`);
    await logIn(ADMIN.email, ADMIN.password);
    await expect.poll(() => has('.page tbody th a')).toBe(true);
    await firefox.run(`void document.querySelector('.page .actions button').click()`);
    await expect.poll(() => has('dialog[open]')).toBe(true);
    await firefox.run(`void document.querySelector('dialog[open] button.icon').click()`);
    await expect.poll(() => has('dialog[open]')).toBe(false);
    await firefox.run(`void document.querySelector('#navigation a[href$=roles]').click()`);
    await expect.poll(heading).toBe('Roles');
    await expect.poll(() => has('input[type=checkbox]')).toBe(true);
  });

  it('have nothing to complain about', () => {
    expect(firefox.complaints).toEqual([]);
  });
});

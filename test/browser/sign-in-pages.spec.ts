import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../support/actors.js';
import type { TestApp } from '../support/app.js';
import { codeOf, protect } from '../support/factors.js';
import { Mailbox } from '../support/mailbox.js';
import { startBrowser, startSite, Tab } from '../support/tabs.js';

describe('the sign-in pages in Chromium', () => {
  let app: TestApp & { site: string };
  let browser: Browser;
  let mailbox: Mailbox;
  const tabs: Tab[] = [];

  beforeAll(async () => {
    mailbox = await Mailbox.open();
    app = await startSite({ SMTP_URL: mailbox.url });
    browser = await startBrowser();
  });
  afterEach(async () => {
    const open = tabs.splice(0);
    for (const tab of open) await tab.finish();
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
    await mailbox.close();
  });

  const open = async (options: Parameters<typeof Tab.open>[2] = {}) => {
    const tab = await Tab.open(browser, app.site, options);
    tabs.push(tab);
    return tab;
  };
  const logIn = async ({ page }: Tab, email: string, password: string = PASSWORD) => {
    await page.fill('#username', email);
    await page.fill('#current-password', password);
    await page.click('#login button');
  };

  describe.each([
    ['without script', { javaScriptEnabled: false }],
    ['with script', { javaScriptEnabled: true }],
  ])('%s', (_, options) => {
    it('sign in, say what is wrong, and sign out', async () => {
      const { email } = await app.as.member();
      const tab = await open(options);
      tab.expectStatus(401);
      await tab.goTo('/account/security');
      await logIn(tab, email, 'not the password');
      expect(await tab.page.textContent('[role=alert]')).toContain('wrong');
      expect(await tab.page.inputValue('#username')).toBe(email);
      await logIn(tab, email);
      expect(new URL(tab.page.url()).pathname).toBe('/account/security');
      await tab.page.click('.top button');
      expect(await tab.page.textContent('h1')).toBe('Signed out');
    });

    it('ask for the second factor, and lead from each to the next', async () => {
      const { person, recoveryCodes, secret } = await protect(await app.as.member());
      const tab = await open(options);
      await tab.goTo('/login');
      await logIn(tab, person.email);
      await tab.page.click('button[value=recovery_code]');
      await tab.page.click('button[value=totp]');
      await tab.page.click('button[value=recovery_code]');
      await tab.page.fill('#code', recoveryCodes[0]!);
      await tab.page.click('button.primary');
      expect(new URL(tab.page.url()).pathname).toBe('/account');
      await tab.page.click('.top button');
      await tab.page.click('a.primary');
      await logIn(tab, person.email);
      await tab.page.fill('#code', codeOf(secret));
      await tab.page.click('button.primary');
      expect(new URL(tab.page.url()).pathname).toBe('/account');
    });

    it('choose a new password with the link of a mail', async () => {
      const { email } = await app.as.member();
      const tab = await open(options);
      await tab.goTo('/login');
      await tab.page.click('text=Forgotten your password?');
      await tab.page.fill('#username', email);
      await tab.page.click('button.primary');
      const { link } = await mailbox.last(app, email, 'reset');
      await tab.goTo(link!);
      if (!options.javaScriptEnabled) {
        await tab.page.fill('#mailed', link!);
        await tab.page.click('[data-mailed] button');
      }
      await tab.page.fill('#new-password', 'the passphrase after that');
      await tab.page.fill('#new-password-again', 'the passphrase after that');
      expect(tab.page.url()).not.toContain('#');
      await tab.page.click('button.primary');
      expect(await tab.page.textContent('h1')).toBe('Password changed');
      await tab.page.click('a.primary');
      await logIn(tab, email, 'the passphrase after that');
      expect(new URL(tab.page.url()).pathname).toBe('/account');
    });

    it('survive a double click, and Back', async () => {
      const { email } = await app.as.member();
      const tab = await open(options);
      await tab.goTo('/login');
      await tab.page.fill('#username', email);
      await tab.page.fill('#current-password', PASSWORD);
      await tab.page.dblclick('#login button', { noWaitAfter: true });
      await tab.page.waitForURL(`${app.site}/account`);
      await tab.page.goBack();
      await tab.page.goto('/login');
      expect(new URL(tab.page.url()).pathname).toBe('/account');
    });
  });

  it('sign in by the keyboard alone, with the error in focus first', async () => {
    const { email } = await app.as.member();
    const tab = await open();
    tab.expectStatus(401);
    await tab.goTo('/login');
    const { keyboard } = tab.page;
    await keyboard.type(email);
    await keyboard.press('Tab');
    await keyboard.type('wrong');
    await keyboard.press('Enter');
    await tab.page.waitForSelector('[role=alert]');
    expect(await tab.page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('alert');
    await keyboard.press('Tab');
    await keyboard.press('Tab');
    await keyboard.type(PASSWORD);
    await keyboard.press('Enter');
    await tab.page.waitForURL(`${app.site}/account`);
  });

  it('go on to another application from a page, for a redirect would be cancelled', async () => {
    const { email } = await app.as.member();
    const tab = await open();
    tab.expectStatus(404);
    await tab.goTo('/login?continue=/oauth/nothing-there');
    await logIn(tab, email);
    await tab.page.waitForURL(`${app.site}/oauth/nothing-there`);
    expect(await tab.page.textContent('body')).toContain('There is nothing here');
  });

  it('show an expired session the way back', async () => {
    const person = await app.as.member();
    const tab = await open();
    await tab.goTo('/login');
    await logIn(tab, person.email);
    await tab.page.fill('#name', 'Ada');
    await person.delete('/v1/me/sessions');
    await tab.page.click('form[action="/account/name"] button');
    expect(new URL(tab.page.url()).pathname).toBe('/login');
    await logIn(tab, person.email);
    expect(new URL(tab.page.url()).pathname).toBe('/account');
  });

  it('open the link of a mail in a tab that shows the page of one already', async () => {
    const { email } = await app.as.member();
    const [first] = await mailbox.of(app, email);
    await app.as.anonymous().post('/v1/auth/password/reset', { email });
    const second = await mailbox.last(app, email, 'reset');
    const { page } = await open();
    await page.goto(`${app.site}/account`);
    const headings: (string | null)[] = [];
    for (const { token, purpose } of [
      { token: first!.token, purpose: 'v' },
      { token: second.token, purpose: 'r' },
    ]) {
      await page.goto(`${app.site}/account`);
      // As a browser does with the address of a page that it shows: the fragment alone changes.
      const loaded = page.waitForURL('**/code');
      await page.evaluate((hash) => void (location.hash = hash), `${purpose}.${token}`);
      await loaded;
      headings.push(await page.textContent('h1'));
      expect(page.url(), 'no token in the address').not.toContain(token);
    }
    expect(headings[0]).not.toBe(headings[1]);
    expect(await page.isVisible('#new-password')).toBe(true);
  });
});

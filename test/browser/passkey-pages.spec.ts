import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../support/actors.js';
import type { TestApp } from '../support/app.js';
import { startBrowser, startSite, Tab, type VirtualAuthenticator } from '../support/tabs.js';

describe('passkeys on the pages', () => {
  let app: TestApp & { site: string };
  let browser: Browser;
  let tab: Tab;
  let authenticator: VirtualAuthenticator;
  let email: string;

  beforeAll(async () => {
    app = await startSite();
    browser = await startBrowser();
  });
  afterEach(async () => {
    await tab.finish();
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  const path = () => new URL(tab.page.url()).pathname;
  const logIn = async () => {
    await tab.goTo('/login');
    await tab.page.fill('#username', email);
    await tab.page.fill('#current-password', PASSWORD);
    await tab.page.click('#login button');
  };
  /** A new user, with a passkey in this tab, signed out. */
  const begin = async () => {
    ({ email } = await app.as.member());
    tab = await Tab.open(browser, app.site);
    authenticator = await tab.withAuthenticator();
    await logIn();
    await tab.goTo('/account/passkeys/new');
    await tab.page.fill('#name', 'This browser');
    await tab.page.click('button.primary');
    await tab.page.waitForSelector('.codes');
  };
  const signOut = async () => {
    await tab.goTo('/account');
    await tab.page.click('.top button');
  };

  it('are added with recovery codes, named, renamed and removed', async () => {
    await begin();
    expect(await tab.page.locator('.codes code').count()).toBe(10);
    expect(await authenticator.credentials()).toMatchObject([{ rpId: 'localhost' }]);
    await tab.page.click('a.primary');
    expect(await tab.page.textContent('.rows strong')).toBe('This browser');
    await tab.page.click('.rows a');
    await tab.page.fill('#name', '<b>Renamed</b>');
    await tab.page.click('button.primary');
    expect(await tab.page.textContent('.rows strong')).toBe('<b>Renamed</b>');
    await tab.page.click('.rows a');
    await tab.page.click('button.danger');
    expect(await tab.page.textContent('[role=status]')).toBe('It was removed.');
    expect(await tab.page.locator('.rows').count()).toBe(0);
  });

  it('sign in by themselves, without a click', async () => {
    await begin();
    await signOut();
    await tab.goTo('/login?continue=/account/keys');
    await tab.page.waitForURL(`${app.site}/account/keys`);
    expect(path()).toBe('/account/keys');
  });

  it('sign in by the button', async () => {
    await begin();
    await signOut();
    await authenticator.setVerified(false);
    await tab.goTo('/login');
    await tab.page.waitForSelector('.passkey[data-ready]');
    await authenticator.setVerified(true);
    await tab.page.click('.passkey button');
    await tab.page.waitForURL(`${app.site}/account`);
    expect(path()).toBe('/account');
  });

  it('say so when none was used, and begin nothing again by themselves', async () => {
    await begin();
    await signOut();
    await authenticator.setVerified(false);
    await tab.goTo('/login');
    await tab.page.waitForSelector('.passkey[data-ready]');
    const requests: string[] = [];
    tab.page.on('request', (request) => requests.push(request.url()));
    await tab.page.click('.passkey button');
    await tab.page.waitForSelector('.passkey [role=status]:not(:empty)', { timeout: 15_000 });
    expect(requests.filter((url) => url.endsWith('/options'))).toHaveLength(1);
    expect(path()).toBe('/login');
  });

  it('that the server does not know are refused once, and not offered again', async () => {
    await begin();
    await signOut();
    await app.database.run({ sql: 'DELETE FROM passkeys', params: {} });
    tab.expectStatus(401);
    await tab.goTo('/login');
    await tab.page.waitForSelector('[role=alert]');
    await tab.page.waitForSelector('.passkey[data-ready]');
    expect(await tab.page.locator('[data-conditional]').count()).toBe(0);
    await expect.poll(async () => (await authenticator.credentials()).length).toBe(0);
  });

  it('are a second factor next to the password', async () => {
    await begin();
    await signOut();
    await authenticator.setVerified(false);
    await logIn();
    expect(await tab.page.textContent('.lead')).toContain('passkey');
    await tab.page.waitForSelector('.passkey[data-ready]');
    await authenticator.setVerified(true);
    await tab.page.click('.passkey button');
    await tab.page.waitForURL(`${app.site}/account`);
    expect(path()).toBe('/account');
  });
});

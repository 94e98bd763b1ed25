import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../support/actors.js';
import type { TestApp } from '../support/app.js';
import type { SignedIn } from '../support/client.js';
import { form, makeClient, type TestClient } from '../support/oauth.js';
import { authorizePath } from '../support/oauth-visitor.js';
import { RelyingSite } from '../support/relying-site.js';
import { startBrowser, startSite, Tab } from '../support/tabs.js';

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const OWN_SCHEME = 'com.example.shop:/callback';
const SCOPE = 'openid profile email offline_access account:read account:write';
/** As wide as a name may be, without a place to break, and from right to left. */
const LONG_NAME = `${'W'.repeat(60)} ${'م'.repeat(29)}`;

describe('the pages of the OpenID provider in Chromium', () => {
  let app: TestApp & { site: string };
  let browser: Browser;
  let shop: RelyingSite;
  let client: TestClient;
  let stranger: TestClient;
  let person: SignedIn;
  const tabs: Tab[] = [];

  beforeAll(async () => {
    shop = await RelyingSite.open();
    app = await startSite();
    browser = await startBrowser();
    const settings = {
      applicationType: 'native',
      redirectUris: [`${shop.origin}/callback`, OWN_SCHEME],
      postLogoutRedirectUris: [`${shop.origin}/out`],
      grantTypes: ['authorization_code', 'refresh_token', DEVICE],
      policyUri: 'https://shop.example/privacy',
    };
    client = await makeClient(app, settings);
    stranger = await makeClient(app, { ...settings, name: LONG_NAME });
    await app.database.run({
      sql: `UPDATE oauth_clients SET kind = 'dynamic' WHERE id = :id`,
      params: { id: stranger.id },
    });
  });
  afterEach(async () => {
    const open = tabs.splice(0);
    for (const tab of open) await tab.finish();
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
    await shop.close();
  });

  const open = async (options: Parameters<typeof Tab.open>[2] = {}) => {
    const tab = await Tab.open(browser, app.site, options);
    tab.expectRequestsTo(shop.origin);
    tabs.push(tab);
    return tab;
  };
  const ask = (tab: Tab, parameters: Record<string, string> = {}, of = client) =>
    tab.goTo(authorizePath(of, { redirect_uri: `${shop.origin}/callback`, scope: SCOPE, ...parameters }));
  const logIn = async ({ page }: Tab) => {
    await page.fill('#username', person.email);
    await page.fill('#current-password', PASSWORD);
    await page.click('#login button');
  };
  const shown = (tab: Tab, name: string) => tab.page.textContent(`#${name}`);
  const backAtTheShop = (tab: Tab) => tab.page.waitForURL((url) => url.origin === shop.origin);
  const beginDevice = async (of = client): Promise<string> =>
    (await form(app, '/oauth/device', { client_id: of.clientId, scope: SCOPE })).body.user_code;

  describe.each([
    ['without script', { javaScriptEnabled: false }],
    ['with script', { javaScriptEnabled: true }],
  ])('%s', { timeout: 60_000 }, (_, options) => {
    it('sign in for an application, ask for consent once, and sign out at its wish', async () => {
      person = await app.as.member();
      const tab = await open(options);
      await ask(tab);
      await logIn(tab);
      await tab.page.click('button[value=allow]');
      await backAtTheShop(tab);
      expect(await shown(tab, 'state')).toBe('the-state');
      expect(await shown(tab, 'code')).toBeTruthy();
      await ask(tab, { state: 'again' });
      await backAtTheShop(tab);
      expect(await shown(tab, 'state')).toBe('again');
      const out = {
        client_id: client.clientId,
        post_logout_redirect_uri: `${shop.origin}/out`,
        state: 'bye',
      };
      await tab.goTo(`/oauth/logout?${new URLSearchParams(out).toString()}`);
      await tab.page.click('main button');
      await backAtTheShop(tab);
      expect(await shown(tab, 'state')).toBe('bye');
    });

    it('deny as easily, and survive Back', async () => {
      person = await app.as.member();
      const tab = await open(options);
      await ask(tab);
      await logIn(tab);
      const [deny, allow] = await Promise.all(
        ['deny', 'allow'].map((value) => tab.page.locator(`button[value=${value}]`).boundingBox()),
      );
      expect({ width: deny!.width, height: deny!.height }).toEqual({
        width: allow!.width,
        height: allow!.height,
      });
      await tab.page.click('button[value=deny]');
      await backAtTheShop(tab);
      expect(await shown(tab, 'error')).toBe('access_denied');
      await ask(tab);
      await tab.page.click('button[value=allow]');
      await backAtTheShop(tab);
      expect(await shown(tab, 'code')).toBeTruthy();
    });

    it('post the answer to an application that takes a form', async () => {
      person = await app.as.member();
      const tab = await open(options);
      await ask(tab, { response_mode: 'form_post' });
      await logIn(tab);
      await tab.page.click('button[value=allow]');
      if (!options.javaScriptEnabled) await tab.page.click('#answer button');
      await backAtTheShop(tab);
      expect(await tab.page.textContent('p')).toBe('POST');
      expect(await shown(tab, 'code')).toBeTruthy();
    });

    it('show a link to an application with a scheme of its own, with nothing blocked', async () => {
      person = await app.as.member();
      const tab = await open(options);
      tab.expectRequestsTo('com.example.shop:');
      await ask(tab, { redirect_uri: OWN_SCHEME });
      await logIn(tab);
      await tab.page.click('button[value=allow]');
      const link = tab.page.locator('main a.primary');
      expect(await link.getAttribute('href')).toMatch(/^com\.example\.shop:\/callback\?code=/);
      expect(await link.isVisible()).toBe(true);
    });

    it('choose an account, and go on as another', async () => {
      person = await app.as.member();
      const tab = await open(options);
      await tab.goTo('/login');
      await logIn(tab);
      await ask(tab, { prompt: 'select_account' });
      await tab.page.click('main a.secondary');
      person = await app.as.member();
      await logIn(tab);
      expect(await tab.page.textContent('.other')).toContain(person.email);
      await tab.page.click('button[value=allow]');
      await backAtTheShop(tab);
    });

    it('approve a device, and take back what it may do', async () => {
      person = await app.as.member();
      const tab = await open(options);
      tab.expectStatus(404);
      await tab.goTo('/device');
      await logIn(tab);
      await tab.page.fill('#user_code', 'wrong');
      await tab.page.click('main button');
      expect(await tab.page.textContent('[role=alert]')).toContain('no such code');
      await tab.page.fill('#user_code', (await beginDevice()).toLowerCase());
      await tab.page.click('main button');
      await tab.page.click('button[value=approve]');
      expect(await tab.page.textContent('h1')).toBe('Device signed in');
      await tab.goTo('/account/applications');
      await tab.page.click('.rows a.danger');
      await tab.page.click('main button.danger');
      expect(await tab.page.textContent('.empty')).toContain('not allowed anything');
    });
  });

  it('can be answered by keyboard alone', async () => {
    person = await app.as.member();
    const tab = await open();
    await ask(tab);
    await logIn(tab);
    await tab.page.waitForSelector('button[value=allow]');
    const focused = () => tab.page.evaluate(() => document.activeElement?.getAttribute('value'));
    for (let presses = 0; presses < 20 && (await focused()) !== 'allow'; presses++)
      await tab.page.keyboard.press('Tab');
    await tab.page.keyboard.press('Enter');
    await backAtTheShop(tab);
    expect(await shown(tab, 'code')).toBeTruthy();
  });

  const VIEWS = [
    { colorScheme: 'light', width: 320, locale: 'ar-XB' },
    { colorScheme: 'light', width: 1280, locale: 'en' },
    { colorScheme: 'dark', width: 320, locale: 'en' },
    { colorScheme: 'dark', width: 1280, locale: 'ar-XB' },
  ] as const;

  it.each(VIEWS)(
    'have no barrier and no sideways scrolling in $colorScheme, $width wide, in $locale',
    { timeout: 120_000 },
    async ({ colorScheme, width, locale }) => {
      person = await app.as.member();
      await person.patch('/v1/me', { name: LONG_NAME });
      const tab = await open({ colorScheme, viewport: { width, height: 800 } });
      tab.expectStatus(400);
      const look = async (name: string) => {
        const seen = { name, barriers: await tab.barriers(), overflow: await tab.overflow() };
        expect(seen).toEqual({ name, barriers: [], overflow: 0 });
        await tab.picture(`oauth-${name}-${colorScheme}-${width}-${locale}`);
      };
      const ui_locales = locale;
      await ask(tab, { ui_locales }, stranger);
      await logIn(tab);
      await tab.page.waitForSelector('button[value=allow]');
      await look('consent');
      await ask(tab, { ui_locales, prompt: 'select_account' }, stranger);
      await look('select-account');
      await tab.goTo(`/device?ui_locales=${locale}`);
      await look('device-code');
      await tab.goTo(`/device?user_code=${await beginDevice(stranger)}&ui_locales=${locale}`);
      await look('device');
      await tab.page.click('button[value=approve]');
      await tab.goTo(`/account/applications?ui_locales=${locale}`);
      await look('applications');
      await tab.goTo(`/logout?continue=/oauth/logout&ui_locales=${locale}`);
      await look('logout');
      await ask(tab, { ui_locales, client_id: 'nobody' });
      await look('error');
    },
  );
});

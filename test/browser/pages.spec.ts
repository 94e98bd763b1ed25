import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../support/actors.js';
import type { TestApp } from '../support/app.js';
import { protect } from '../support/factors.js';
import { startBrowser, startSite, Tab } from '../support/tabs.js';

const PUBLIC = ['/login', '/signup', '/reset', '/code', '/account', '/setup', '/logout', '/nowhere'];
const SIGNED_IN = [
  '/account',
  '/account/security',
  '/account/sessions',
  '/account/keys',
  '/account/keys/new',
  '/account/data',
  '/account/delete',
  '/account/totp/remove',
  '/account/recovery-codes',
  '/account/passkeys/new',
  '/step-up?continue=/account',
];
/** As wide as a name may be, without a place to break, and from right to left. */
const LONG_NAME = `${'W'.repeat(60)} ${'م'.repeat(29)}`;

const VIEWS = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [320, 1280].map((width) => ({ colorScheme, width })),
);

describe('every page', () => {
  let app: TestApp & { site: string };
  let browser: Browser;
  let email: string;

  beforeAll(async () => {
    app = await startSite();
    browser = await startBrowser();
    const person = await app.as.member();
    await person.patch('/v1/me', { name: LONG_NAME });
    await person.post('/v1/api-keys', { name: LONG_NAME, scopes: ['account:read', 'account:write'] });
    await protect(person);
    ({ email } = person);
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  /** Signed in with the session of a passkey, or the pages would ask for a code first. */
  const signIn = async (tab: Tab) => {
    await app.database.run({ sql: 'DELETE FROM totp_factors', params: {} });
    await tab.goTo('/login');
    await tab.page.fill('#username', email);
    await tab.page.fill('#current-password', PASSWORD);
    await tab.page.click('#login button');
    await tab.page.waitForURL('**/account');
  };

  describe.each(['en', 'en-XA', 'ar-XB'])('in %s', { timeout: 180_000 }, (locale) => {
    const expectNothingAmiss = async (tab: Tab, name: string, paths: string[]) => {
      for (const path of paths) {
        await tab.goTo(`${path}${path.includes('?') ? '&' : '?'}ui_locales=${locale}`);
        expect(new URL(tab.page.url()).pathname, 'no redirect').toBe(path.split('?')[0]);
        for (const { colorScheme, width } of VIEWS) {
          // What is half-way from one scheme to the other would be too faint.
          await tab.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
          await tab.page.setViewportSize({ width, height: 800 });
          const barriers = locale === 'en-XA' ? [] : await tab.barriers();
          const seen = { path, colorScheme, width, barriers, overflow: await tab.overflow() };
          expect(seen).toEqual({ path, colorScheme, width, barriers: [], overflow: 0 });
          if (locale === 'en-XA') continue;
          await tab.picture(`${name}${path.replaceAll(/\W+/g, '-')}-${colorScheme}-${width}-${locale}`);
        }
      }
      await tab.finish();
    };

    it('has no barrier, no sideways scrolling and nothing to complain about', async () => {
      const tab = await Tab.open(browser, app.site);
      tab.expectStatus(404);
      await expectNothingAmiss(tab, 'out', PUBLIC);
    });

    it('has none when it is of an account', async () => {
      const tab = await Tab.open(browser, app.site);
      await signIn(tab);
      await expectNothingAmiss(tab, 'in', SIGNED_IN);
    });
  });

  it.each([
    ['forced colours', { forcedColors: 'active' as const }],
    ['reduced motion', { reducedMotion: 'reduce' as const }],
  ])('can be used with %s', async (_, options) => {
    const tab = await Tab.open(browser, app.site, options);
    await tab.goTo('/login');
    expect(await tab.barriers()).toEqual([]);
    await tab.picture(`login-${Object.keys(options)[0]}`);
    await tab.finish();
  });

  it('can be read at twice the size of text', async () => {
    const tab = await Tab.open(browser, app.site, { viewport: { width: 640, height: 800 } });
    await tab.page.addInitScript(() => {
      addEventListener('DOMContentLoaded', () => (document.documentElement.style.fontSize = '200%'));
    });
    await tab.goTo('/login');
    expect(await tab.overflow()).toBe(0);
    await tab.picture('login-large-text');
    await tab.finish();
  });

  it('keeps the scheme and the language that were chosen, without a flash of the other', async () => {
    const tab = await Tab.open(browser, app.site, { javaScriptEnabled: false, colorScheme: 'light' });
    await tab.goTo('/login');
    await tab.page.click('.preferences summary');
    await tab.page.selectOption('#scheme', 'dark');
    await tab.page.selectOption('#locale', 'de');
    await tab.page.click('.preferences button');
    expect(await tab.page.getAttribute('html', 'data-scheme')).toBe('dark');
    expect(await tab.page.textContent('h1')).toBe('Anmelden');
    await tab.finish();
  });
});

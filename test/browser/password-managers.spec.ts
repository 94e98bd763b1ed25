import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../support/actors.js';
import { startBrowser, startSite, Tab, type Site } from '../support/tabs.js';

/** A field as password managers see it: `id autocomplete`. */
type Seen = string[];

const USERNAME = 'username';

describe('password managers find', { timeout: 60_000 }, () => {
  let app: Site;
  let browser: Browser;

  beforeAll(async () => {
    app = await startSite();
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  /** The fields of the form around this one, each with its label and in no shadow. */
  const fieldsAround = (tab: Tab, selector: string): Promise<Seen> =>
    tab.page.evaluate((around) => {
      const { form } = document.querySelector<HTMLInputElement>(around)!;
      const fields = [...form!.querySelectorAll<HTMLInputElement>('input:not([type=hidden])')];
      const isLabelled = (field: HTMLInputElement) =>
        field.labels!.length > 0 || field.getAttribute('aria-hidden') === 'true';
      if (!fields.every(isLabelled)) throw new Error('a field has no label');
      if (!form!.querySelector('button:not([type=button])')) throw new Error('no button sends the form');
      return fields.map(({ id, autocomplete }) => `${id} ${autocomplete}`.trim());
    }, selector);
  const logIn = async (tab: Tab) => {
    const { email } = await app.as.member();
    await tab.goTo('/login');
    await tab.page.fill('#username', email);
    await tab.page.fill('#current-password', PASSWORD);
    await tab.page.click('#login button');
    await tab.page.waitForURL('**/account');
    return email;
  };

  it.each([
    ['/login', '#current-password', ['username username webauthn', 'current-password current-password']],
    [
      '/signup',
      '#new-password',
      ['name name', 'username username', 'new-password new-password', 'new-password-again new-password'],
    ],
    ['/reset', '#username', ['username username']],
  ] as const)('the fields of %s, in one form', async (path, field, seen) => {
    const tab = await Tab.open(browser, app.site);
    await tab.goTo(path);
    expect(await fieldsAround(tab, field)).toEqual(seen);
    await tab.finish();
  });

  it.each([
    ['/account/security', '#new-password', 'current-password', 2],
    ['/step-up?continue=/account', '#current-password', 'current-password', 0],
  ] as const)('the account that the password of %s belongs to', async (path, field, current, fresh) => {
    const tab = await Tab.open(browser, app.site);
    const email = await logIn(tab);
    await tab.goTo(path);
    const seen = await fieldsAround(tab, field);
    expect(seen[0]).toContain(USERNAME);
    expect(await tab.page.locator(`form:has(${field}) [autocomplete=username]`).inputValue()).toBe(email);
    expect(seen.filter((each) => each.endsWith(current))).toHaveLength(1);
    expect(seen.filter((each) => each.endsWith('new-password'))).toHaveLength(fresh);
    await tab.finish();
  });

  it('what a new password has to be like, and can paste one', async () => {
    const tab = await Tab.open(browser, app.site);
    await tab.goTo('/signup');
    const field = tab.page.locator('#new-password');
    const rules = await field.getAttribute('passwordrules');
    expect(rules).toBe(`minlength: ${await field.getAttribute('minlength')}; maxlength: 128;`);
    const isPasted = await field.evaluate((input) =>
      input.dispatchEvent(new ClipboardEvent('paste', { cancelable: true, bubbles: true })),
    );
    expect(isPasted, 'no script stops it').toBe(true);
    await tab.finish();
  });
});

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestApp } from '../support/app.js';
import { startBrowser, startSite, Tab } from '../support/tabs.js';

describe('a tab complains', () => {
  let app: TestApp & { site: string };
  let browser: Browser;

  beforeAll(async () => {
    app = await startSite();
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  const run = async (code: () => unknown) => {
    const tab = await Tab.open(browser, app.site);
    await tab.goTo('/login');
    await tab.page.evaluate(code);
    await tab.page.waitForTimeout(100);
    return tab.finish();
  };

  it.each([
    ['an inline style', () => document.body.setAttribute('style', 'color: red'), /policy: style-src/],
    [
      'an image of another site',
      () => void (new Image().src = 'https://evil.example/x.png'),
      /policy: img-src/,
    ],
    ['a request elsewhere', () => fetch('https://evil.example/').catch(() => {}), /policy: connect-src/],
    ['an answer that was not expected', () => fetch('/nowhere').then(() => {}), /404 for/],
    [
      'a token in the storage',
      () => localStorage.setItem('token', 'eyJhbGciOiJub25lIn0'),
      /a script can read/,
    ],
    ['an error', () => void setTimeout(() => JSON.parse('{')), /error: /],
  ])('of %s', async (_, code, complaint) => {
    await expect(run(code)).rejects.toThrow(complaint);
  });
});

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestApp } from '../support/app.js';
import type { SignedIn } from '../support/client.js';
import { ConsolePage } from '../support/console.js';
import { allowClient } from '../support/oauth.js';
import { startBrowser, startSite } from '../support/tabs.js';

/** As long as names may be, without a place to break, and from right to left. */
const LONG_NAME = `${'W'.repeat(60)} ${'م'.repeat(29)}`;

/** An API behind the gateway, with a version, a route and a revision. */
async function madeApi(admin: SignedIn): Promise<string> {
  const targets = [{ url: `http://127.0.0.1:9/${'x'.repeat(100)}` }];
  const upstream = (await admin.post('/v1/upstreams', { name: LONG_NAME, targets })).body;
  const scopes = [{ name: 'items:read', description: null }];
  const resource = { identifier: `https://items.example/${'x'.repeat(100)}`, name: LONG_NAME, scopes };
  const { id } = (await admin.post('/v1/resources', resource)).body;
  const selector = { kind: 'path', value: 'v1' };
  const path = `/v1/resources/${id}/versions`;
  const version = { label: 'v1', selector, upstreamId: upstream.id, basePath: `/${'x'.repeat(100)}` };
  const made = (await admin.post(path, version)).body;
  const route = { methods: ['GET'], path: '/things/:thing', scopes: ['items:read'] };
  await admin.post(`${path}/${made.id}/routes`, { ...route, limit: { requests: 100, per: 'minute' } });
  await admin.post(`${path}/${made.id}/publish`);
  await admin.post('/v1/gateway/revisions', { note: LONG_NAME });
  return id;
}

const VIEWS = [
  { colorScheme: 'light', width: 1280, locale: 'en' },
  { colorScheme: 'dark', width: 320, locale: 'en-XA' },
  { colorScheme: 'light', width: 320, locale: 'ar-XB' },
] as const;

describe('every page of the console', { timeout: 300_000 }, () => {
  let app: TestApp & { site: string };
  let browser: Browser;
  let cookies: Awaited<ReturnType<ConsolePage['cookies']>>;
  const paths: string[] = [];

  beforeAll(async () => {
    app = await startSite();
    browser = await startBrowser();
    const admin = await app.as.admin();
    const person = await app.as.member();
    await person.patch('/v1/me', { name: LONG_NAME });
    await person.post('/v1/api-keys', { name: LONG_NAME, scopes: ['account:read'] });
    const client = await admin.post('/v1/oauth/clients', {
      name: LONG_NAME,
      redirectUris: [`https://shop.example/${'x'.repeat(200)}`],
      backchannelLogoutUri: `https://shop.example/${'y'.repeat(200)}`,
    });
    await allowClient(app, person.id, client.body.id);
    const service = await admin.post('/v1/service-accounts', { name: LONG_NAME });
    const api = await madeApi(admin);
    const console = await ConsolePage.signIn(browser, app, '/console');
    cookies = await console.cookies();
    const entries = await console.page
      .locator('#navigation a')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href')!));
    await console.finish();
    paths.push(
      ...entries,
      `/console/users/${person.id}`,
      `/console/applications/${client.body.id}`,
      `/console/services/${service.body.id}`,
      '/console/applications?tab=resources&do=create',
      ...['upstreams&do=create', 'revisions', 'explain'].map((tab) => `/console/api/gateway?tab=${tab}`),
      `/console/api/${api}`,
      '/console/server?tab=mail',
    );
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  it.each(VIEWS)('has nothing amiss in $colorScheme, $width wide, in $locale', async (view) => {
    const { colorScheme, width, locale } = view;
    const options = { colorScheme, viewport: { width, height: 800 } };
    const console = await ConsolePage.open(browser, app, '/console', cookies, options);
    expect(paths.length).toBeGreaterThan(10);
    for (const path of paths) {
      await console.tab.goTo(`${path}${path.includes('?') ? '&' : '?'}ui_locales=${locale}`);
      await console.heading().waitFor();
      await console.page.locator('.waiting').first().waitFor({ state: 'detached' });
      const seen = { path, barriers: await console.tab.barriers(), overflow: await console.tab.overflow() };
      expect(seen).toEqual({ path, barriers: [], overflow: 0 });
      const name = path.replace(/[\da-f]{8}-[\da-f-]+/, 'one').replaceAll(/\W+/g, '-');
      await console.tab.picture(`${name}-${colorScheme}-${width}-${locale}`.replace(/^-/, ''));
    }
    await console.finish();
  });

  it('comes after the first without loading the document anew, and with few requests', async () => {
    const console = await ConsolePage.open(browser, app, '/console/users', cookies);
    const loads: string[] = [];
    console.page.on('request', (request) => loads.push(new URL(request.url()).pathname));
    await console.page.getByRole('link', { name: 'Signing keys' }).click();
    await console.heading().getByText('Signing keys').waitFor();
    await console.page.getByText('Signs every new token.').waitFor();
    expect(loads.filter((path) => path.startsWith('/console'))).toEqual([]);
    expect(loads.length).toBeLessThanOrEqual(3);
    await console.finish();
  });
});

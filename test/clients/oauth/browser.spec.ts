// oidc-client-ts in Chromium: a single-page application of another origin, in one tab and in many.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { ISSUER, makeClient, newPerson, type Person } from './support/gatehouse.js';
import { serve, type Served } from './support/serve.js';

const LIBRARY = createRequire(import.meta.url)
  .resolve('oidc-client-ts')
  .replace('umd/oidc-client-ts.js', 'browser/oidc-client-ts.min.js');
const TABS = 4;

let site: Served;
let clientId: string;
let browser: Browser;
let context: BrowserContext;
let ada: Person;

before(async () => {
  ada = await newPerson();
  const library = readFileSync(LIBRARY);
  site = await serve((request, response) => {
    if (request.url === '/oidc.js') return response.setHeader('content-type', 'text/javascript').end(library);
    return response.setHeader('content-type', 'text/html; charset=utf-8').end(pageOf(clientId));
  });
  ({ clientId } = await makeClient({
    applicationType: 'native',
    redirectUris: [`${site.url}/callback`, `${site.url}/silent`],
    postLogoutRedirectUris: [`${site.url}/`],
  }));
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  context = await browser.newContext();
});

after(async () => {
  await browser?.close();
  site?.close();
});

test('a page of another origin signs a person in, renews in many tabs at once, silently, and signs them out', async () => {
  const page = await openTab();
  await page.evaluate(() => void (window as any).users.signinRedirect());
  await page.waitForURL(`${ISSUER}/login**`);
  await page.fill('input[name=email]', ada.email);
  await page.fill('input[name=password]', ada.password);
  await page.click('main button.primary, form[action^="/login"] button');
  await page.waitForURL(`${site.url}/callback**`);
  await page.waitForFunction(() => document.title === 'signed in');
  assert.equal((await userOf(page)).profile.email, ada.email);

  const tabs = await Promise.all(Array.from({ length: TABS }, openTab));
  const renewed = await Promise.all(
    tabs.map((tab) => tab.evaluate(async () => (await (window as any).users.signinSilent()).refresh_token)),
  );
  assert.equal(new Set(renewed).size, 1);
  const after = await page.evaluate(async () => (await (window as any).users.signinSilent()).profile.sub);
  assert.equal(after, ada.id);

  // Without its refresh token it asks in a frame that nobody sees, by prompt=none.
  const inFrame = await page.evaluate(async () => {
    const { users } = window as any;
    await users.removeUser();
    return (await users.signinSilent()).profile.sub;
  });
  assert.equal(inFrame, ada.id);

  await page.evaluate(async () => (window as any).users.revokeTokens(['access_token']));
  await page.evaluate(() => void (window as any).users.signoutRedirect());
  await page.waitForURL(`${site.url}/`);
  const gone = await page.evaluate(() =>
    (window as any).users.signinSilent().then(String, (error: any) => error.error),
  );
  assert.equal(gone, 'login_required');
});

async function openTab(): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${site.url}/`);
  return page;
}

const userOf = (page: Page) => page.evaluate(() => (window as any).users.getUser());

/** The application. It keeps its tokens where all tabs see them. */
function pageOf(client: string): string {
  return `<!doctype html><meta charset="utf-8"><title>an application</title><script src="/oidc.js"></script><script>
    window.users = new oidc.UserManager({
      authority: ${JSON.stringify(ISSUER)},
      client_id: ${JSON.stringify(client)},
      redirect_uri: location.origin + '/callback',
      silent_redirect_uri: location.origin + '/silent',
      post_logout_redirect_uri: location.origin + '/',
      scope: 'openid email',
      loadUserInfo: true,
      userStore: new oidc.WebStorageStateStore({ store: localStorage }),
    });
    if (location.pathname === '/callback') users.signinCallback().then(() => (document.title = 'signed in'));
    if (location.pathname === '/silent') users.signinSilentCallback();
  </script>`;
}

import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../support/actors.js';
import type { TestApp } from '../support/app.js';
import type { SignedIn } from '../support/client.js';
import { startBrowser, startSite, Tab } from '../support/tabs.js';
import { expectStatus, expectText, ToolPage } from '../support/token-tool.js';
import { ES256, HS256, JWE } from '../../web/tokens/vectors/jose.js';
import { PRESENTED } from '../../web/tokens/vectors/rfc9901.js';

const MINUTE = 60_000;

describe('the token tool asks its server', { timeout: MINUTE }, () => {
  let app: TestApp & { site: string };
  let browser: Browser;
  let tool: ToolPage;

  beforeAll(async () => {
    app = await startSite();
    browser = await startBrowser();
  });
  afterEach(async () => {
    tool.requests.length = 0;
    await tool.finish();
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  /** Signed in on the page of this person. */
  const openAs = async ({ email }: SignedIn) => {
    const tab = await Tab.open(browser, app.site);
    await tab.goTo('/login?continue=%2Ftokens');
    await tab.page.fill('#username', email);
    await tab.page.fill('#current-password', PASSWORD);
    await tab.page.click('#login button');
    await tab.page.waitForURL('**/tokens');
    const storageState = await tab.page.context().storageState();
    await tab.finish();
    tool = await ToolPage.open(browser, app.site, { isOnline: true, storageState });
    return tool;
  };
  const ask = async (page: ToolPage) => {
    await page.button(/^Send the token to localhost:\d+ and ask$/).click();
    await page.page.locator('.findings, .notice.bad').first().waitFor();
    return (await page.page.locator('.findings, .notice.bad').first().textContent())!;
  };

  it('only when it is told to, and no other', async () => {
    const member = await app.as.member();
    const page = await openAs(member);
    await page.paste(member.tokens.access_token);
    await expectStatus(page, /^Signature verified/);
    expect(page.requests).toEqual([]);
    const said = await ask(page);
    expect(page.requests).toEqual([`${app.site}/v1/tokens/inspect`]);
    expect(said).toContain('It works now');
    expect(said).toMatch(/Signed by our key.*ES256, current/);
    expect(said).toContain('account:read');
  });

  it('why a route refuses it, which is what the route answers', async () => {
    const member = await app.as.member();
    const page = await openAs(member);
    await page.paste(member.tokens.access_token);
    await page.page.getByLabel('Path').fill('GET /v1/users');
    const said = await ask(page);
    expect(said).toContain('GET /v1/users answers 403 insufficient_scope');
    expect(said).toContain("@Scopes('users:read')");
    expect(said).toContain('Missing: users:read');
    expect((await member.get('/v1/users')).body.code).toBe('insufficient_scope');
    await page.page.getByLabel('Path').fill('/v1/me');
    await page.button(/^Send the token/).click();
    await expectText(page, 'GET /v1/me lets it in');
  });

  it('for the routes there are, when it is told to', async () => {
    const page = await openAs(await app.as.member());
    await page.paste(HS256.token);
    await page.button(/^Fetch the list of routes from localhost/).click();
    await page.page.waitForFunction(() => document.querySelectorAll('#routes option').length > 50);
    expect(page.requests).toEqual([`${app.site}/openapi.json`]);
  });

  it('what revoked it, and ends a session when that is confirmed', async () => {
    const member = await app.as.member();
    const other = await app.as.logIn(member.email, PASSWORD);
    const page = await openAs(member);
    await page.paste(other.tokens.access_token);
    await ask(page);
    await page.button('End it').click();
    expect((await other.get('/v1/auth/whoami')).status).toBe(200);
    await page.button(/^Really end it/).click();
    await expectText(page, 'It does not work');
    expect(await page.page.locator('.findings').textContent()).toMatch(/Revoked bysession.*ended/);
    expect((await other.get('/v1/auth/whoami')).status).toBe(401);
    expect((await member.get('/v1/auth/whoami')).status).toBe(200);
  });

  it('about refresh tokens and API keys, too', async () => {
    const member = await app.as.member();
    const page = await openAs(member);
    await page.paste(member.tokens.refresh_token);
    expect(await ask(page)).toContain('It works now');
    const { body } = await member.post('/v1/api-keys', { name: 'tool', scopes: ['account:read'] });
    await page.paste(body.key);
    expect(await ask(page)).toMatch(/It works now.*account:read/);
  });

  it('and not about other people’s tokens', async () => {
    const [member, other] = [await app.as.member(), await app.as.member()];
    const page = await openAs(member);
    page.tab.expectStatus(403);
    await page.paste(other.tokens.access_token);
    expect(await ask(page)).toContain('tokens:introspect');
  });

  it('but not without a sign-in', async () => {
    tool = await ToolPage.open(browser, app.site, { isOnline: true });
    await tool.paste(ES256.token);
    await tool.page.getByRole('link', { name: 'Sign in' }).waitFor();
    expect(await tool.button(/^Send the token/).count()).toBe(0);
  });
});

const VIEWS = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [320, 1280].flatMap((width) => ['en', 'ar-XB'].map((lang) => ({ colorScheme, width, lang }))),
);

describe('the token tool', { timeout: MINUTE }, () => {
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

  it.each(VIEWS)(
    'has no barrier in $colorScheme, $width wide, in $lang',
    async ({ colorScheme, width, lang }) => {
      const options = { colorScheme, viewport: { width, height: 800 }, path: `/tokens?ui_locales=${lang}` };
      const tool = await ToolPage.open(browser, app.site, options);
      const look = async (name: string) => {
        expect({ name, barriers: await tool.tab.barriers(), overflow: await tool.tab.overflow() }).toEqual({
          name,
          barriers: [],
          overflow: 0,
        });
        await tool.tab.picture(`tokens-${name}-${colorScheme}-${width}-${lang}`);
      };
      await look('empty');
      await tool.paste(`${HS256.token.slice(0, -9)}+== and ${ES256.token}`);
      await tool.giveKey(JSON.stringify(ES256.key));
      await tool.page.locator('.chip.bad').first().waitFor();
      await look('broken');
      await tool.page.locator('.switch input').nth(1).check();
      await tool.page.locator('table').first().waitFor();
      await look('explained');
      await tool.paste(PRESENTED);
      await tool.page.locator('table').first().waitFor();
      await look('disclosed');
      await tool.paste(JWE.token);
      await look('encrypted');
      await tool.finish();
    },
  );

  it('says without script that it needs one, and where the same is', async () => {
    const tab = await Tab.open(browser, app.site, { javaScriptEnabled: false });
    await tab.goTo('/tokens');
    expect(await tab.page.textContent('noscript')).toContain('token:decode');
    await tab.finish();
  });
});

import type { Browser, BrowserContextOptions, Locator, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { startBrowser, startSite, Tab, type Site } from './tabs.js';

/** The page `/tokens` in a tab, with what it asked for since it was there. */
export class ToolPage {
  readonly requests: string[] = [];

  private constructor(readonly tab: Tab) {}

  /** Opens it and, unless `isOnline`, takes the network away: the tool needs none. */
  static async open(
    browser: Browser,
    site: string,
    {
      path = '/tokens',
      isOnline = false,
      ...options
    }: BrowserContextOptions & { path?: string; isOnline?: boolean } = {},
  ): Promise<ToolPage> {
    const tool = new ToolPage(await Tab.open(browser, site, options));
    await tool.tab.page.goto(path, { waitUntil: 'load' });
    await tool.page.waitForSelector('#token');
    // Preloaded modules do not delay the load event.
    await tool.page.waitForFunction(() =>
      [...document.querySelectorAll<HTMLLinkElement>('link[rel=modulepreload]')].every(({ href }) =>
        performance
          .getEntriesByName(href)
          .some((entry) => (entry as PerformanceResourceTiming).responseEnd > 0),
      ),
    );
    tool.page.on('request', (request: Request) => {
      if (!request.url().startsWith('blob:')) tool.requests.push(request.url());
    });
    await tool.page.context().setOffline(!isOnline);
    return tool;
  }

  get page() {
    return this.tab.page;
  }

  async paste(text: string): Promise<void> {
    await this.page.fill('#token', text);
  }

  async giveKey(text: string): Promise<void> {
    await this.page.fill('#key', text);
  }

  /** The line at the top. */
  get status(): Locator {
    return this.page.locator('.status');
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' });
  }

  /** What is in a panel under this heading. */
  panel(text: string | RegExp): Locator {
    return this.page.locator('.pane', { hasText: text });
  }

  token(): Promise<string> {
    return this.page.inputValue('#token');
  }

  /** Closes the page. @throws when there are complaints, of which any request is one */
  async finish(): Promise<void> {
    this.tab.complaints.push(...this.requests.map((url) => `request to ${url}`));
    await this.page.context().setOffline(false);
    await this.tab.finish();
  }
}

/** The line at the top comes to say so. */
export async function expectStatus({ status }: ToolPage, text: string | RegExp): Promise<void> {
  await status.getByText(text).first().waitFor({ timeout: 5_000 });
}

/** The page comes to show this text. */
export async function expectText({ page }: ToolPage, text: string | RegExp): Promise<void> {
  await page.getByText(text).first().waitFor({ timeout: 5_000 });
}

/**
 * A server and a browser before all tests of a `describe`, and what opens the tool there. After each test: nothing was
 * asked for, nothing violated the policy, no error was thrown.
 */
export function useTokenTool(started?: (site: Site) => void): (path?: string) => Promise<ToolPage> {
  let app: Site;
  let browser: Browser;
  let tool: ToolPage | undefined;

  beforeAll(async () => {
    app = await startSite();
    browser = await startBrowser();
    started?.(app);
  });
  afterEach(async () => {
    const last = tool;
    tool = undefined;
    await last?.finish();
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  return async (path = '/tokens') => (tool = await ToolPage.open(browser, app.site, { path }));
}

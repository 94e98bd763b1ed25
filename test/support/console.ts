import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { ADMIN } from './actors.js';
import type { TestApp } from './app.js';
import { Tab } from './tabs.js';

type Cookies = Exclude<BrowserContextOptions['storageState'], string | undefined>;
type Site = TestApp & { site: string };

/** The console in a tab, used as people do. */
export class ConsolePage {
  private constructor(readonly tab: Tab) {}

  /** With the cookies of a session that {@link signIn} began. */
  static async open(
    browser: Browser,
    { site }: Site,
    path: string,
    storageState: Cookies,
    options: BrowserContextOptions = {},
  ): Promise<ConsolePage> {
    const viewport = { width: 1280, height: 800 };
    const tab = await Tab.open(browser, site, { viewport, storageState, ...options });
    const console = new ConsolePage(tab);
    await tab.goTo(path);
    await console.heading().waitFor();
    return console;
  }

  /** Signed in on the page, as the administrator when no user is named. */
  static async signIn(
    browser: Browser,
    { site }: Site,
    path: string,
    { email, password }: { email: string; password: string } = ADMIN,
  ): Promise<ConsolePage> {
    const tab = await Tab.open(browser, site, { viewport: { width: 1280, height: 800 } });
    const console = new ConsolePage(tab);
    await tab.goTo(`/login?continue=${encodeURIComponent(path)}`);
    await tab.page.fill('#username', email);
    await tab.page.fill('#current-password', password);
    await tab.page.click('#login button');
    await console.heading().waitFor();
    return console;
  }

  /** The cookies of this session, for other tabs. */
  cookies(): Promise<Cookies> {
    return this.page.context().storageState();
  }

  get page(): Page {
    return this.tab.page;
  }

  heading(): Locator {
    return this.page.locator('.page h1');
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' });
  }

  dialog(): Locator {
    return this.page.locator('dialog[open]').last();
  }

  /** A button of the dialog that is open. */
  inDialog(name: string): Locator {
    return this.dialog().getByRole('button', { name, exact: true });
  }

  row(text: string | RegExp): Locator {
    return this.page.locator('tbody tr', { hasText: text });
  }

  /** Waits until the page says so, in passing. */
  async expectSaid(text: string): Promise<void> {
    await this.page.locator('.toasts p', { hasText: text }).first().waitFor();
  }

  /** What the focus is on: the text of it, or its name. */
  focused(): Promise<string> {
    return this.page.evaluate(() => {
      const at = document.activeElement!;
      return at.getAttribute('aria-label') ?? (at.textContent.trim() || at.id);
    });
  }

  finish(): Promise<void> {
    return this.tab.finish();
  }
}

import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  chromium,
  type Browser,
  type BrowserContextOptions,
  type CDPSession,
  type Page,
} from 'playwright-core';
import { startApp, type TestApp } from './app.js';
import { freePort } from './process.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** WCAG 2.2 AA and what axe thinks is good besides. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Kept by `.ci/run`, and looked at by reviewers. */
const PICTURES = 'test-results/pages';

/** A server that browsers open, and its address. */
export type Site = TestApp & { site: string };

/** A server whose pages a browser can open, at the address that its passkeys are for. */
export async function startSite(env: Record<string, string> = {}): Promise<Site> {
  const port = await freePort();
  const site = `http://localhost:${port}`;
  return { ...(await startApp({ env: { PUBLIC_URL: site, ...env }, port })), site };
}

export function startBrowser(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  });
}

/** A tab that writes down all that must never happen: see {@link Tab.complaints}. */
export class Tab {
  /** Violations of the policy, errors, requests elsewhere, answers from 400 on, tokens that scripts could read. */
  readonly complaints: string[] = [];
  private readonly expected = new Set<number>();
  private readonly origins = new Set<string>();

  private constructor(
    readonly page: Page,
    readonly site: string,
  ) {}

  static async open(browser: Browser, site: string, options: BrowserContextOptions = {}): Promise<Tab> {
    const context = await browser.newContext({ baseURL: site, ...options });
    const tab = new Tab(await context.newPage(), site);
    await tab.listen();
    return tab;
  }

  /** Answers with this status are part of the story, such as 401 for a wrong password. */
  expectStatus(status: number): void {
    this.expected.add(status);
  }

  /** Requests to this origin are part of the story, such as those to the application that a sign-in leads back to. */
  expectRequestsTo(origin: string): void {
    this.origins.add(origin);
  }

  async goTo(path: string): Promise<void> {
    await this.page.goto(path);
  }

  /** What is wrong for people with assistive technology, by axe. */
  async barriers(): Promise<string[]> {
    if (!(await this.page.evaluate(() => 'axe' in globalThis))) await this.page.evaluate(AXE);
    const found = await this.page.evaluate(
      // What passes is not described, which takes longer than the rules.
      async (values) =>
        (globalThis as any).axe.run({ runOnly: { type: 'tag', values }, resultTypes: ['violations'] }),
      RULES,
    );
    return found.violations.map(
      ({ id, nodes }: any) => `${id}: ${nodes.map(({ html }: any) => html).join(' ')}`,
    );
  }

  /** How much wider the page is than the window. */
  overflow(): Promise<number> {
    return this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  }

  async picture(name: string): Promise<void> {
    mkdirSync(PICTURES, { recursive: true });
    await this.page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
  }

  /** An authenticator that has verified its owner, for the passkeys of this tab. */
  async withAuthenticator(): Promise<VirtualAuthenticator> {
    const cdp = await this.page.context().newCDPSession(this.page);
    await cdp.send('WebAuthn.enable');
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    return new VirtualAuthenticator(cdp, authenticatorId);
  }

  /** Closes the tab. Reads what scripts can read, so that a page must still be there. @throws when there are complaints */
  async finish(): Promise<void> {
    const readable = await this.page
      .evaluate(
        () => document.cookie + JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage }),
      )
      .catch(() => '');
    if (/eyJ|gatehouse_(access|refresh|sso|device)/.test(readable))
      this.complaints.push(`a script can read ${readable}`);
    await this.page.context().close();
    if (this.complaints.length > 0) throw new Error(`complaints:\n${this.complaints.join('\n')}`);
  }

  private async listen(): Promise<void> {
    const { page, complaints } = this;
    page.on('console', (message) => {
      // The answer itself is judged below, by its status.
      const isStatus = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isStatus) complaints.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('request', (request) => {
      const url = request.url();
      const isExpected = [this.site, ...this.origins].some((origin) => url.startsWith(`${origin}/`));
      if (!isExpected) complaints.push(`request to ${url}`);
    });
    page.on('response', (response) => {
      const status = response.status();
      if (status >= 400 && !this.expected.has(status)) complaints.push(`${status} for ${response.url()}`);
    });
    await page.exposeFunction('complain', (text: string) => complaints.push(text));
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
        (globalThis as any).complain(`policy: ${violatedDirective} ${blockedURI}`);
      });
    });
  }
}

/** The authenticator of a tab. */
export class VirtualAuthenticator {
  constructor(
    private readonly cdp: CDPSession,
    private readonly authenticatorId: string,
  ) {}

  /** Whether the owner is verified from now on; a ceremony is cancelled when not. */
  async setVerified(isUserVerified: boolean): Promise<void> {
    await this.cdp.send('WebAuthn.setUserVerified', {
      authenticatorId: this.authenticatorId,
      isUserVerified,
    });
  }

  async credentials() {
    const { authenticatorId } = this;
    return (await this.cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials;
  }
}

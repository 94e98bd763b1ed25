import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

type Click = Partial<Record<'button' | 'metaKey' | 'defaultPrevented', unknown>>;
type Link = Partial<Record<'target' | 'download', string>>;

const HERE = 'https://auth.example/console/users?email=ada';

/** A browser of so much as the router asks of one. */
class Browser {
  readonly entries: { href: string; state: unknown }[] = [];
  scrolled = 0;
  private readonly listeners = new Map<string, (event: unknown) => void>();

  constructor() {
    this.open(HERE);
    const { entries } = this;
    const stored = (state: unknown, _: string, url: URL) => ({ href: url.href, state });
    vi.stubGlobal('location', {
      get href() {
        return entries.at(-1)!.href;
      },
      get origin() {
        return new URL(entries.at(-1)!.href).origin;
      },
    });
    vi.stubGlobal('history', {
      get state() {
        return entries.at(-1)!.state;
      },
      pushState: (...args: Parameters<typeof stored>) => entries.push(stored(...args)),
      replaceState: (...args: Parameters<typeof stored>) => (entries[entries.length - 1] = stored(...args)),
    });
    const addEventListener = (name: string, listener: (event: unknown) => void) =>
      this.listeners.set(name, listener);
    vi.stubGlobal('addEventListener', addEventListener);
    vi.stubGlobal('document', { addEventListener });
    vi.stubGlobal('scrollTo', () => this.scrolled++);
  }

  open(href: string): void {
    this.scrolled = 0;
    this.entries.splice(0, Infinity, { href, state: null });
    this.listeners.get('popstate')?.(undefined);
  }

  back(): void {
    this.entries.pop();
    this.listeners.get('popstate')!(undefined);
  }

  /** Whether the browser would follow the link itself. */
  click(href: string, click: Click = {}, link: Link = {}): boolean {
    const { origin, pathname } = new URL(href, this.entries.at(-1)!.href);
    const anchor = { href: new URL(href, this.entries.at(-1)!.href).href, origin, pathname, ...link };
    let isFollowed = true;
    this.listeners.get('click')!({
      button: 0,
      target: { closest: () => anchor },
      preventDefault: () => (isFollowed = false),
      ...click,
    });
    return isFollowed;
  }
}

describe('the router of the console', () => {
  let browser: Browser;
  let router: typeof import('./router.js');

  beforeAll(async () => {
    browser = new Browser();
    // It looks for the browser as soon as it is loaded.
    router = await import('./router.js');
    router.followLinks();
  });
  beforeEach(() => browser.open(HERE));
  afterAll(() => void vi.unstubAllGlobals());

  const shown = () => router.path.value + (router.query.value.size > 0 ? `?${router.query.value}` : '');

  it('shows the address that the page was opened with', () => {
    expect(shown()).toBe('/console/users?email=ada');
    expect(router.trail.value).toEqual([]);
  });

  it('goes to another page, from its top, and comes back', () => {
    router.go('/console/roles/');
    expect(shown()).toBe('/console/roles');
    expect(browser.scrolled).toBe(1);
    browser.back();
    expect(shown()).toBe('/console/users?email=ada');
  });

  it('changes the query in the place of the address, and stays where it is', () => {
    router.setQuery({ email: '', do: 'add', name: 'a b' });
    expect(shown()).toBe('/console/users?do=add&name=a+b');
    expect(browser.entries).toHaveLength(1);
    expect(browser.scrolled).toBe(0);
    router.closeDialog();
    expect(shown()).toBe('/console/users?name=a+b');
  });

  it('keeps the pages of a list before this one, so that there is a way back', () => {
    router.setQuery({ cursor: 'c' }, { trail: ['/console/users'] });
    expect(router.trail.value).toEqual(['/console/users']);
    expect(browser.entries).toHaveLength(2);
    browser.back();
    expect(router.trail.value).toEqual([]);
  });

  it.each(['/console/roles', '/console', '?do=add'])(
    'follows a link to %s without loading the page',
    (href) => {
      expect(browser.click(href)).toBe(false);
      expect(browser.entries).toHaveLength(2);
    },
  );

  it.each<[string, string, Click, Link]>([
    ['to another page of the server', '/account', {}, {}],
    ['to a path that begins alike', '/consoles', {}, {}],
    ['to another server', 'https://other.example/console/users', {}, {}],
    ['into another tab', '/console/roles', { metaKey: true }, {}],
    ['with another button', '/console/roles', { button: 1 }, {}],
    ['that was dealt with', '/console/roles', { defaultPrevented: true }, {}],
    ['with a target', '/console/roles', {}, { target: '_blank' }],
    ['to a file', '/console/roles', {}, { download: 'roles.json' }],
  ])('leaves a link to the browser %s', (_, href, click, link) => {
    expect(browser.click(href, click, link)).toBe(true);
    expect(shown()).toBe('/console/users?email=ada');
  });
});

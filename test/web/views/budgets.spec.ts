import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Visitor } from '../../support/visitor.js';

/** What a page may weigh, in bytes as gzip sends them, and the requests that it takes. */
interface Budget {
  html: number;
  css: number;
  js: number;
  requests: number;
}

const SIGN_IN: Budget = { html: 6_000, css: 8_000, js: 3_000, requests: 4 };
const ACCOUNT: Budget = { html: 12_000, css: 8_000, js: 5_000, requests: 4 };
const sizeOf = (text: string) => gzipSync(text).length;

describe('the pages weigh little', () => {
  let app: TestApp;
  let who: Visitor;

  beforeAll(async () => {
    app = await startApp();
    who = new Visitor(app.url);
    await who.post('/login', { email: (await app.as.member()).email, password: PASSWORD });
  });
  afterAll(() => app.close());

  const weigh = async ({ html }: { html: string }) => {
    const urls = [...html.matchAll(/<(?:link rel="stylesheet" href|script type="module" src)="([^"]+)"/g)];
    const files = await Promise.all(
      urls.map(async ([, url]) => ({ url: url!, text: await (await fetch(app.url + url)).text() })),
    );
    const sum = (kind: string) =>
      files.filter(({ url }) => url.endsWith(kind)).reduce((total, { text }) => total + sizeOf(text), 0);
    return { html: sizeOf(html), css: sum('.css'), js: sum('.js'), requests: 1 + files.length };
  };
  const overrun = (weight: Budget, budget: Budget) =>
    Object.entries(budget).filter(([part, most]) => weight[part as keyof Budget] > most);

  it.each(['/login', '/signup', '/reset', '/code', '/account', '/nowhere'])('%s', async (path) => {
    const weight = await weigh(await new Visitor(app.url).open(path));
    expect(weight.css, 'the styles were found').toBeGreaterThan(500);
    expect(overrun(weight, SIGN_IN)).toEqual([]);
  });

  it.each(['/account', '/account/security', '/account/sessions', '/account/keys/new', '/account/data'])(
    '%s, signed in',
    async (path) => {
      expect(overrun(await weigh(await who.open(path)), ACCOUNT)).toEqual([]);
    },
  );

  it('and the picture of the authenticator app', async () => {
    await who.open('/account/totp');
    expect(overrun(await weigh(await who.send('/account/totp')), ACCOUNT)).toEqual([]);
  });

  it('their files are kept for ever and come compressed', async () => {
    const { html } = await who.open('/account');
    for (const [, url] of html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)) {
      const answer = await fetch(app.url + url!, { headers: { 'accept-encoding': 'br' } });
      expect(answer.headers.get('content-encoding')).toBe('br');
      expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    }
    for (const path of [
      '/assets/',
      '/assets/../package.json',
      '/assets/%2e%2e/main.js',
      '/assets/nothing.js',
    ])
      expect((await fetch(app.url + path)).status, path).toBe(404);
  });

  it('and cost the server less than a millisecond of its processor', async () => {
    const rounds = 50;
    // Without a socket and a client, which would cost more than the page.
    const server = app.nest.getHttpAdapter().getInstance();
    const open = () => server.inject({ url: '/login', headers: { accept: 'text/html' } });
    const plain = () => server.inject('/health/live');
    expect((await open()).payload).toContain('<form');
    const cost = async (work: () => Promise<unknown>) => {
      const before = process.cpuUsage();
      for (let round = 0; round < rounds; round++) await work();
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000 / rounds;
    };
    await cost(open);
    // A bare route costs what any request needs.
    const best = async (work: () => Promise<unknown>) => {
      const costs: number[] = [];
      while (costs.length < 12) costs.push(await cost(work));
      return Math.min(...costs);
    };
    expect((await best(open)) - (await best(plain))).toBeLessThan(1);
  });
});

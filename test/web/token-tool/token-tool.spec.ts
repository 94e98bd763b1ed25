import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Visitor } from '../../support/visitor.js';

const KB = 1024;

/** What the page tells its script. */
function settingsIn(html: string): Record<string, any> {
  const [, encoded = ''] = /data-settings="([^"]*)"/.exec(html) ?? [];
  return JSON.parse(encoded.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&amp;', '&'));
}

describe('the page of the token tool', () => {
  let app: TestApp;

  beforeAll(async () => (app = await startApp()));
  afterAll(() => app.close());

  const open = async (visitor = new Visitor(app.url), headers = {}) => visitor.open('/tokens', headers);

  it('is public, under the policy of pages, and is not cached', async () => {
    const { status, headers, html } = await open();
    expect(status).toBe(200);
    expect(headers.get('content-security-policy')).toContain("connect-src 'self'");
    expect(headers.get('content-security-policy')).toContain("require-trusted-types-for 'script'");
    expect(headers.get('cache-control')).toBe('no-store');
    expect(html).toContain('<noscript>');
    expect(html).not.toMatch(/ style=|<script(?![^>]* src=)/);
  });

  it('has the public halves of the keys, and nothing else of them', async () => {
    const { issuer, jwks, isSignedIn } = settingsIn((await open()).html);
    const { body } = await app.as.anonymous().get('/.well-known/jwks.json');
    expect({ issuer, jwks, isSignedIn }).toEqual({
      issuer: 'http://localhost:3000',
      jwks: body,
      isSignedIn: false,
    });
    for (const key of jwks.keys) expect(key).not.toHaveProperty('d');
  });

  it('knows whether its visitor is signed in, and has no token of theirs', async () => {
    const { email } = await app.as.member();
    const visitor = new Visitor(app.url);
    await visitor.open('/login?continue=%2Ftokens');
    const { path, html } = await visitor.send('/login', { email, password: PASSWORD });
    expect(path).toBe('/tokens');
    expect(settingsIn(html)['isSignedIn']).toBe(true);
    for (const { value } of visitor.cookies.values()) expect(html).not.toContain(value);
  });

  it('speaks the language of its visitor', async () => {
    const texts = settingsIn((await open(undefined, { 'accept-language': 'en-XA' })).html)['texts'];
    expect(texts['tool.edit']).toMatch(/^\[Édít~+\]$/);
    expect(Object.keys(texts).every((key) => key.startsWith('tool.'))).toBe(true);
    const german = settingsIn((await open(undefined, { 'accept-language': 'de' })).html);
    expect(german['says']['no-key']).toBe('nicht geprüft: kein Schlüssel angegeben');
    expect(german['means']['iss']).toBe('wer es ausgestellt hat');
    // The scripts have the English words.
    expect(settingsIn((await open()).html)).toMatchObject({ says: {}, means: {} });
  });

  it('comes with all of its scripts, which no request is needed for later', async () => {
    const { html } = await open();
    const entry = /src="(\/assets\/main\.[^"]+)"/.exec(html)![1]!;
    const preloaded = [...html.matchAll(/rel="modulepreload" href="([^"]+)"/g)].map(([, url]) => url!);
    const seen = new Set([entry]);
    for (const url of seen) {
      const answer = await fetch(app.url + url);
      expect([url, answer.status]).toEqual([url, 200]);
      for (const [, name] of (await answer.text()).matchAll(/["`]\.\/([\w.-]+\.js)["`]/g))
        seen.add(`/assets/${name}`);
    }
    expect(seen.size).toBeGreaterThan(10);
    expect([...seen].filter((url) => url !== entry && !preloaded.includes(url))).toEqual([]);
  });

  it('stays within its budget', async () => {
    const { html } = await open();
    const sizeOf = async (url: string) =>
      gzipSync(await (await fetch(app.url + url)).text(), { level: 9 }).length;
    const scripts = [...html.matchAll(/<script type="module" src="([^"]+)"/g)].map(([, url]) => url!);
    const styles = [...html.matchAll(/rel="stylesheet" href="(\/assets[^"]+)"/g)].map(([, url]) => url!);
    const sum = async (urls: string[]) =>
      (await Promise.all(urls.map(sizeOf))).reduce((all, each) => all + each, 0);
    // What the entry imports at once is loaded with it.
    const atOnce = new Set(scripts);
    for (const url of atOnce)
      for (const [, name] of (await (await fetch(app.url + url)).text()).matchAll(
        /from\s*["`]\.\/([\w.-]+\.js)["`]/g,
      ))
        atOnce.add(`/assets/${name}`);
    expect(await sum([...atOnce])).toBeLessThanOrEqual(30 * KB);
    expect(await sum(styles)).toBeLessThanOrEqual(14 * KB);
    expect(gzipSync(html).length).toBeLessThanOrEqual(6 * KB);
    const later = async (name: string) =>
      sum(
        [...html.matchAll(/modulepreload" href="([^"]+)"/g)]
          .map(([, url]) => url!)
          .filter((url) => url.includes(name)),
      );
    expect(await later('engine-secp256k1')).toBeLessThanOrEqual(15 * KB);
    expect(await later('engine-ed448')).toBeLessThanOrEqual(12 * KB);
    expect(await later('engine-ml-dsa')).toBeLessThanOrEqual(8 * KB);
  });
});

describe('WEB_TOKENS=off', () => {
  let app: TestApp;

  beforeAll(async () => (app = await startApp({ env: { WEB_TOKENS: 'off' } })));
  afterAll(() => app.close());

  it('hides the page, and nothing else', async () => {
    expect((await new Visitor(app.url).open('/tokens')).status).toBe(404);
    expect((await new Visitor(app.url).open('/login')).status).toBe(200);
    const member = await app.as.member();
    const token = member.tokens.access_token;
    expect((await member.post('/v1/tokens/inspect', { token })).status).toBe(200);
  });
});

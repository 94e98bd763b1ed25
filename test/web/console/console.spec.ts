import { Controller, Module } from '@nestjs/common';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiExcludeController } from '../../../src/platform/http/api-decorators.js';
import { ConsoleEntry } from '../../../src/web/console/console.decorators.js';
import type { ConsoleSettings } from '../../../src/web/console/console.types.js';
import { ADMIN } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { signedInVisitor } from '../../support/signed-in-visitor.js';
import { Visitor } from '../../support/visitor.js';

const KB = 1024;
const HOSTILE = `"><img src=x onerror=alert(1)> \u202Eevil`;

@ApiExcludeController()
@Controller()
@ConsoleEntry({ name: 'stock', title: { en: 'Stock', de: 'Lager' }, scope: 'users:read' })
class StockController {}

@Module({ controllers: [StockController] })
class StockModule {}

/** What the document tells its script. */
function settingsIn(html: string): ConsoleSettings {
  const [, encoded = ''] = /data-settings="([^"]*)"/.exec(html) ?? [];
  return JSON.parse(encoded.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&amp;', '&'));
}

describe('the document of the console', () => {
  let app: TestApp;
  let admin: Visitor;

  beforeAll(async () => {
    app = await startApp({ modules: [StockModule] });
    admin = await signedInVisitor(app, ADMIN);
  });
  afterAll(() => app.close());

  it.each(['/console', '/console/users', '/console/users/some-id'])(
    'leads who is signed out from %s to the sign-in, and back',
    async (path) => {
      const { redirects } = await new Visitor(app.url).open(path);
      expect(redirects).toEqual([`/login?continue=${encodeURIComponent(path)}`]);
    },
  );

  it('is a page that says so for a user whom it has nothing for', async () => {
    const visitor = await signedInVisitor(app, await app.as.member());
    const { status, html, headers } = await visitor.open('/console');
    expect(status).toBe(403);
    expect(headers.get('content-type')).toContain('text/html');
    expect(html).not.toContain('data-settings');
  });

  it('is under the policy of pages, and is not kept', async () => {
    const { status, headers, html } = await admin.open('/console/users');
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(headers.get('content-security-policy')).toContain("require-trusted-types-for 'script'");
    expect(html).not.toMatch(/ style=|<script(?![^>]* src=)/);
    expect(html).toContain('<noscript>');
  });

  it('names who is signed in, and has no token of theirs', async () => {
    const { html } = await admin.open('/console');
    const { user, scopes } = settingsIn(html);
    expect(user.email).toBe(ADMIN.email);
    expect(scopes).toContain('users:write');
    for (const { value } of admin.cookies.values()) expect(html).not.toContain(value);
  });

  it('takes a name for a text, whatever is in it', async () => {
    const person = await app.as.holderOf('users:read', 'account:write');
    await person.patch('/v1/me', { name: HOSTILE });
    const { html } = await (await signedInVisitor(app, person)).open('/console');
    expect(settingsIn(html).user.name).toBe(HOSTILE);
    expect(html).not.toContain('<img');
  });

  it('offers the pages that the scopes of the user are about, and no others', async () => {
    const entriesOf = async (...scopes: string[]) => {
      const visitor = await signedInVisitor(app, await app.as.holderOf(...scopes));
      return settingsIn((await visitor.open('/console')).html).entries;
    };
    expect(await entriesOf('users:read')).toEqual(['users', 'api']);
    expect(await entriesOf('keys:read', 'roles:read')).toEqual(['roles', 'keys', 'api']);
    const all = settingsIn((await admin.open('/console')).html).entries;
    expect(all.length).toBeLessThanOrEqual(9);
  });

  it('is where the address of the server and the account lead who may see it, and no one else', async () => {
    expect((await admin.open('/')).redirects).toEqual(['/console']);
    expect((await admin.open('/account')).html).toContain('<a href="/console">Console</a>');
    const member = await signedInVisitor(app, await app.as.member());
    expect((await member.open('/')).redirects).toEqual(['/account']);
    expect((await member.open('/account')).html).not.toContain('/console');
    const fresh = new Visitor(app.url);
    await fresh.open('/');
    expect((await fresh.send('/login', ADMIN)).redirects).toEqual(['/', '/console']);
  });

  it('has the page of a module, for who has its scope, in the language of the user', async () => {
    expect(settingsIn((await admin.open('/console')).html).extensions).toEqual([
      { name: 'stock', title: 'Stock' },
    ]);
    const german = await admin.open('/console?ui_locales=de');
    expect(settingsIn(german.html).extensions).toEqual([{ name: 'stock', title: 'Lager' }]);
    const other = await signedInVisitor(app, await app.as.holderOf('keys:read'));
    expect(settingsIn((await other.open('/console')).html).extensions).toEqual([]);
  });

  it('refuses a name for a page that is none', () => {
    expect(() => ConsoleEntry({ name: '../x', title: 'X', scope: 'x:read' })).toThrow(/a name such as notes/);
  });

  it('brings its texts in the language of the user, to be kept for ever', async () => {
    const { texts } = settingsIn((await admin.open('/console?ui_locales=en-XA')).html);
    const answer = await fetch(app.url + texts);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(((await answer.json()) as Record<string, string>)['entry.users']).toMatch(/^\[Usérs~+\]$/);
    const plain = await fetch(app.url + texts, { headers: { 'accept-encoding': 'identity' } });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect((await fetch(`${app.url}/console/texts/en.older.json`)).status).toBe(404);
  });

  it('stays within its budget', async () => {
    const { html } = await admin.open('/console/users');
    const files = [...html.matchAll(/(?:src|href)="(\/(?:assets|brand|console\/texts)\/[^"]+)"/g)];
    const urls = [...new Set(files.map(([, url]) => url!))].filter((url) => !url.includes('icon'));
    for (const url of urls.filter((each) => each.endsWith('.js'))) {
      const text = await (await fetch(app.url + url)).text();
      for (const [, name] of text.matchAll(/(?:from|import)\s*["`]\.\/([\w.-]+\.js)["`]/g))
        urls.push(`/assets/${name}`);
    }
    const sizeOf = async (url: string) => gzipSync(await (await fetch(app.url + url)).text()).length;
    const sum = async (end: string) => {
      const sizes = await Promise.all([...new Set(urls)].filter((url) => url.endsWith(end)).map(sizeOf));
      return sizes.reduce((all, each) => all + each, 0);
    };
    expect(gzipSync(html).length).toBeLessThanOrEqual(2 * KB);
    expect(await sum('.css')).toBeGreaterThan(KB);
    expect(await sum('.css')).toBeLessThanOrEqual(14 * KB);
    expect(await sum('.js')).toBeGreaterThan(10 * KB);
    expect(await sum('.js')).toBeLessThanOrEqual(45 * KB);
    // With the document and the list itself.
    expect(new Set(urls).size + 2).toBeLessThanOrEqual(7);
  });

  it('has no page that takes more than a phone loads at once', () => {
    const manifest = JSON.parse(readFileSync('dist/web/.vite/console.json', 'utf8')) as Record<
      string,
      { file: string; isDynamicEntry?: boolean }
    >;
    const pages = Object.values(manifest).filter(({ isDynamicEntry }) => isDynamicEntry);
    const sizes = pages.map(({ file }) => [file, readFileSync(`dist/web/${file}.gz`).length] as const);
    expect(sizes.length).toBeGreaterThan(3);
    expect(sizes.filter(([, size]) => size > 12 * KB)).toEqual([]);
  });
});

describe('with features off', () => {
  let app: TestApp;

  beforeAll(async () => (app = await startApp({ env: { FEATURES: 'none' } })));
  afterAll(() => app.close());

  it('has no page for what is not there', async () => {
    const { html } = await (await signedInVisitor(app, ADMIN)).open('/console');
    const { entries, lists } = settingsIn(html);
    expect(entries).toContain('users');
    expect(entries).not.toContain('applications');
    expect(entries).not.toContain('services');
    expect(lists).not.toContain('/v1/users/:id/api-keys');
  });
});

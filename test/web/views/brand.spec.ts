import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { colourOf, contrast } from '../../../src/web/views/colours.js';
import { themeOf } from '../../../src/web/views/theme.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Visitor } from '../../support/visitor.js';

const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';

describe('the brand of an operator', () => {
  let folder: string;
  let app: TestApp;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-brand-'));
    writeFileSync(join(folder, 'logo.svg'), SVG);
    writeFileSync(join(folder, 'dark.png'), 'png');
    writeFileSync(join(folder, 'acme.css'), ':root { --radius: 0 }');
    app = await startApp({
      env: {
        BRAND_NAME: 'Acme <b>',
        BRAND_COLOR: '#ffd400',
        BRAND_LOGO: join(folder, 'logo.svg'),
        BRAND_LOGO_DARK: join(folder, 'dark.png'),
        BRAND_CSS: join(folder, 'acme.css'),
        BRAND_LINKS: 'terms=https://acme.example/terms?a=b,privacy=https://acme.example/privacy',
      },
    });
  });
  afterAll(async () => {
    await app.close();
    rmSync(folder, { recursive: true });
  });

  const page = async () => (await new Visitor(app.url).open('/login')).html;
  const linked = async (name: string) => {
    const [, url] = new RegExp(`"(/brand/${name}\\.[^"]+)"`).exec(await page()) ?? [];
    const answer = await fetch(app.url + url!);
    return { answer, text: await answer.text() };
  };

  it('is in the title, the head and the foot of each page, and never runs', async () => {
    const html = await page();
    expect(html).toContain('<title>Sign in · Acme &lt;b></title>');
    expect(html).toContain('alt="Acme &lt;b>"');
    expect(html).toContain('<a href="https://acme.example/terms?a=b">Terms</a>');
  });

  it('has its style sheet linked last, so that it wins', async () => {
    const sheets = [...(await page()).matchAll(/rel="stylesheet" href="([^"]+)"/g)].map(([, url]) => url!);
    expect(sheets.map((url) => url.split('/').at(-1)!.split('.')[0])).toEqual(['pages', 'theme', 'custom']);
    expect((await linked('custom')).text).toBe(':root { --radius: 0 }');
  });

  it('has a logo that is kept for ever, and whose scripts do not run', async () => {
    const { answer, text } = await linked('logo');
    expect(text).toBe(SVG);
    expect(answer.headers.get('content-type')).toBe('image/svg+xml');
    expect(answer.headers.get('content-security-policy')).toBe('sandbox');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  });

  it('serves nothing but its own files', async () => {
    for (const name of ['acme.css', '..%2f..%2fpackage.json', 'logo.svg', 'theme.css'])
      expect((await fetch(`${app.url}/brand/${name}`)).status, name).toBe(404);
  });

  it('is warned of at start where its colour can hardly be read on white', () => {
    expect(app.log.join('')).toMatch(/BRAND_COLOR has a contrast of 1\.4 on white/);
  });
});

describe('a brand that cannot be', () => {
  it.each([
    [
      'a logo that is not there',
      { BRAND_LOGO: '/nowhere/logo.svg' },
      /BRAND_LOGO: .* cannot be read: ENOENT/,
    ],
    [
      'a logo that is no image',
      { BRAND_LOGO: 'package.json' },
      /BRAND_LOGO: package\.json must end with \.svg/,
    ],
    ['a style sheet that is none', { BRAND_CSS: 'README.md' }, /BRAND_CSS: README\.md must end with \.css/],
    ['a colour that is none', { BRAND_COLOR: 'red' }, /BRAND_COLOR/],
    ['a link that runs', { BRAND_LINKS: 'terms=javascript:alert(1)' }, /BRAND_LINKS/],
    ['a link to nothing known', { BRAND_LINKS: 'shop=https://acme.example' }, /BRAND_LINKS/],
  ])('stops the start: %s', async (_, env, line) => {
    await expect(startApp({ env: env as Record<string, string> })).rejects.toThrow(line);
  });
});

describe('the colours of a brand', () => {
  const pairs = (hex: string) =>
    Object.fromEntries(
      [...themeOf(hex).matchAll(/--([\w-]+): light-dark\((#\w+), (#\w+)\)/g)].map(([, name, light, dark]) => [
        name!,
        [colourOf(light!), colourOf(dark!)] as const,
      ]),
    );

  it.each(['#000000', '#ffffff', '#0b6e4f', '#ffd400', '#ff0000', '#0000ff', '#808080', '#7f00ff'])(
    'can be read wherever %s stands',
    (hex) => {
      const found = pairs(hex);
      [colourOf('#ffffff'), colourOf('#171a21')].forEach((surface, scheme) => {
        const read = (name: string) => found[name]![scheme]!;
        expect(contrast(read('on-brand'), read('brand'))).toBeGreaterThanOrEqual(4.5);
        expect(contrast(read('on-brand'), read('brand-hover'))).toBeGreaterThanOrEqual(4.5);
        expect(contrast(read('brand-text'), surface)).toBeGreaterThanOrEqual(4.5);
        expect(contrast(read('brand-text'), read('brand-soft'))).toBeGreaterThanOrEqual(4.5);
      });
    },
  );
});

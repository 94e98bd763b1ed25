import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentedErrors } from '../../../tools/docs/errors.js';
import { documentedSettings } from '../../../tools/docs/settings.js';
import { readPages, type Page } from '../../support/pages.js';
import { readSources } from '../../support/source-rules.js';

const pages = readPages();

describe('the pages', () => {
  it('link only to what is there, headings too', () => {
    const broken = pages.flatMap((page) =>
      linksIn(page)
        .filter(({ path, heading }) => !leadsSomewhere(path, heading))
        .map(
          ({ path, heading }) =>
            `${page.path} links to ${path}${heading && `#${heading}`}, which is not there`,
        ),
    );
    expect(broken).toEqual([]);
  });

  it('are all found from the index', () => {
    const listed = linksIn(pages.find(({ path }) => path === 'docs/README.md')!).map(({ path }) => path);
    const missing = pages
      .map(({ path }) => path)
      .filter(
        (path) => /^docs\/[^/]+\.md$/.test(path) && path !== 'docs/README.md' && !listed.includes(path),
      );
    expect(missing, 'add them to docs/README.md').toEqual([]);
  });

  it('name only routes that exist', () => {
    const matrix = readFileSync('test/platform/access/access-matrix.txt', 'utf8').trim().split('\n');
    const routes = [
      ...matrix.map((line) => line.split(/ +/) as [string, string]),
      ...['/docs', '/openapi.json'].map((path) => ['GET', path] as const),
    ].map(([method, path]) => `${method} ${path.replaceAll(/:\w+/g, ':')}`);
    const named = pages.flatMap(({ path: page, text }) =>
      [...text.matchAll(/`(GET|POST|PUT|PATCH|DELETE) (\/[\w./:-]+)/g)].map(([, method, path]) => ({
        page,
        route: `${method} ${path!.replaceAll(/:\w+/g, ':')}`,
      })),
    );
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter(({ route }) => !routes.includes(route))).toEqual([]);
  });

  it('name only scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object };
    const named = pages.flatMap(({ path: page, text }) =>
      [...text.matchAll(/\bnpm run (?:-s\s+)?([\w:][\w:-]*)/g)].map(([, script]) => ({
        page,
        script: script!,
      })),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter(({ script }) => !Object.hasOwn(scripts, script))).toEqual([]);
  });

  it('are there when the source names them', () => {
    const named = readSources('src').flatMap(({ text }) => text.match(/\bdocs\/[\w./-]+\.md\b/g) ?? []);
    const said = [
      ...documentedErrors().map(({ when }) => when),
      ...documentedSettings().map(({ purpose }) => purpose),
    ];
    expect(named.length).toBeGreaterThanOrEqual(said.join(' ').match(/\bdocs\//g)!.length);
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  });
});

/** Links to other files and headings of the repository, as paths from its root. */
function linksIn({ path: from, text }: Page): { path: string; heading: string }[] {
  const prose = text.replaceAll(/^( *)```[^]*?^\1```/gm, '').replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^\w+:/.test(target))
    .map((target) => {
      const [file, heading = ''] = target.split('#') as [string, string?];
      return { path: file ? posix.join(posix.dirname(from), file) : from, heading };
    });
}

function leadsSomewhere(path: string, heading: string): boolean {
  const page = pages.find((each) => each.path === path);
  if (!heading || !page) return existsSync(path) && !heading;
  return [...page.text.matchAll(/^#+ (.*)$/gm)].some(([, title]) => anchorOf(title!) === heading);
}

/** As GitHub makes it of a heading. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { documentedSettings } from '../../../tools/docs/settings.js';

const readme = readFileSync('README.md', 'utf8');
/** The part of the page that is written by hand. */
const [settings = ''] = readFileSync('docs/settings.md', 'utf8').split('<!-- made by npm run docs -->');
const dependenciesPage = readFileSync('docs/dependencies.md', 'utf8');

// Its commands and code are run by snippets.spec.ts and protecting-routes.spec.ts.
describe('the README and the pages it leads to', () => {
  it('can be skimmed: the README has 140 lines at most', () => {
    expect(readme.split('\n').length - 1).toBeLessThanOrEqual(140);
  });

  it('say of the first settings what they are by default', () => {
    const documented = new Map(documentedSettings().map((each) => [each.name, each]));
    const rows = [...settings.matchAll(/^\| `([A-Z_]+)` \|\s*(.*?)\s*\|/gm)];
    expect(rows.length).toBeGreaterThan(5);
    for (const [, name, unset] of rows) {
      const { value, workedOut } = documented.get(name!)!;
      expect(unset, name).toBe(workedOut || (value && `\`${value}\``));
    }
  });

  it('say what every dependency is for', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object };
    for (const name of Object.keys(dependencies)) {
      const family = name.startsWith('@nestjs/') ? '@nestjs/*' : name;
      expect(dependenciesPage, `docs/dependencies.md lacks ${name}`).toMatch(
        new RegExp(`\`(${family.replace('*', '\\*')}|${name})\``),
      );
    }
  });
});

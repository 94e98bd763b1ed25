import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { documentedSettings } from '../../tools/docs/settings.js';

const readme = readFileSync('README.md', 'utf8');

// Its commands and code are run by snippets.spec.ts and protecting-routes.spec.ts.
describe('the README', () => {
  it('says of the settings that it names what they are when nobody sets them', () => {
    const settings = new Map(documentedSettings().map((each) => [each.name, each]));
    const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \|\s*(.*?)\s*\|/gm)];
    expect(rows.length).toBeGreaterThan(5);
    for (const [, name, unset] of rows) {
      const { value, workedOut } = settings.get(name!)!;
      expect(unset, name).toBe(workedOut || (value && `\`${value}\``));
    }
  });

  it('says what every dependency is for', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object };
    for (const name of Object.keys(dependencies)) {
      const family = name.startsWith('@nestjs/') ? '@nestjs/*' : name;
      expect(readme, `README.md lacks ${name}`).toMatch(
        new RegExp(`\`(${family.replace('*', '\\*')}|${name})\``),
      );
    }
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readSources } from '../../support/source-rules.js';

const english = JSON.parse(readFileSync('src/web/console/texts/en.json', 'utf8')) as object;

describe('the texts of the console', () => {
  it('are all used', () => {
    const source = readSources('web/console')
      .map(({ text }) => text)
      .join('\n');
    // A part of the key may be filled in: `users.${what}Title`.
    const patterns = [...source.matchAll(/`([\w-]+\.[^`\s]*?\$\{[^`]*)`/g)].map(
      ([, key]) => new RegExp(`^${key!.replaceAll(/\$\{[^}]*\}/g, '[\\w-]+').replaceAll('.', '\\.')}$`),
    );
    const isUsed = (key: string) => source.includes(`'${key}'`) || patterns.some((each) => each.test(key));
    expect(Object.keys(english).filter((key) => !isUsed(key))).toEqual([]);
  });
});

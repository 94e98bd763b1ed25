import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPage } from '../../support/pages.js';

const pages = readdirSync('docs')
  .filter((name) => name.endsWith('.md') && name !== 'README.md')
  .map((name) => `docs/${name}`);

/** The first line after the title that is not empty. */
const firstLine = (text: string) => text.split('\n').slice(1).find(Boolean) ?? '';

describe('a page of the documentation', () => {
  it.each(pages)('begins with a picture or a table: %s', (path) => {
    expect(firstLine(readPage(path).text)).toMatch(/^(\||```mermaid$)/);
  });
});

describe('the glossary', () => {
  it('explains 20 words, each once', () => {
    const [, glossary = ''] = readPage('docs/README.md').text.split('## Glossary\n');
    const words = [...glossary.matchAll(/^\| ([^|]+) \| ([^|]+) \|$/gm)]
      .map(([, word]) => word!)
      .filter((word) => word !== 'word' && word !== '---');
    expect(words).toHaveLength(20);
    expect(new Set(words).size).toBe(20);
  });
});

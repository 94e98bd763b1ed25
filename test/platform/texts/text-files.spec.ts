import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flawsOf } from '../../../src/platform/texts/catalogue.js';
import { LOCALES } from '../../../src/platform/texts/locales.js';
import type { Catalogue } from '../../../src/platform/texts/texts.types.js';

const FOLDERS = {
  pages: 'src/web/views/texts',
  console: 'src/web/console/texts',
  letters: 'src/platform/mail/texts',
};
const TAGS = LOCALES.map(({ tag }) => tag);
/** What is for developers, and falls back to English where it is not translated. */
const STILL_ENGLISH = /^tool\./;

describe.each(Object.entries(FOLDERS))('the texts of the %s', (_, folder) => {
  const read = (tag: string) => JSON.parse(readFileSync(join(folder, `${tag}.json`), 'utf8')) as Catalogue;
  const english = read('en');

  it('are a file for each language', () => {
    expect(readdirSync(folder).toSorted()).toEqual(TAGS.map((tag) => `${tag}.json`).toSorted());
  });

  it.each(TAGS)('are complete in %s, with the same places', (tag) => {
    const texts = read(tag);
    const missing = Object.keys(english).filter((key) => !(key in texts));
    expect(missing.filter((key) => !STILL_ENGLISH.test(key))).toEqual([]);
    expect(flawsOf(texts, english)).toEqual([]);
  });

  it.each(TAGS)('have every plural form that %s needs', (tag) => {
    const { pluralCategories } = new Intl.PluralRules(tag).resolvedOptions();
    const lacking = Object.entries(read(tag)).filter(
      ([, forms]) => typeof forms === 'object' && pluralCategories.some((category) => !(category in forms)),
    );
    expect(lacking).toEqual([]);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flawsOf } from '../../../src/platform/texts/catalogue.js';
import { LOCALES } from '../../../src/platform/texts/locales.js';
import { MEANINGS } from '../../../web/tokens/meanings.js';
import { MESSAGES } from '../../../web/tokens/messages.js';
import type { Catalogue } from '../../../src/platform/texts/texts.types.js';

const FOLDERS = {
  pages: 'src/web/views/texts',
  console: 'src/web/console/texts',
  letters: 'src/platform/mail/texts',
};
const TAGS = LOCALES.map(({ tag }) => tag);

describe.each(Object.entries(FOLDERS))('the texts of the %s', (_, folder) => {
  const read = (tag: string) => JSON.parse(readFileSync(join(folder, `${tag}.json`), 'utf8')) as Catalogue;
  const english = read('en');

  it('are a file for each language', () => {
    expect(readdirSync(folder).toSorted()).toEqual(TAGS.map((tag) => `${tag}.json`).toSorted());
  });

  it.each(TAGS)('are complete in %s, with the same places', (tag) => {
    const texts = read(tag);
    expect(Object.keys(english).filter((key) => !(key in texts))).toEqual([]);
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

describe('what the token tool says', () => {
  const FOLDER = 'src/web/token-tool/texts';
  const english = { says: { ...MESSAGES }, means: Object.fromEntries(MEANINGS) };

  it('is English in its scripts, and a file for each other language', () => {
    expect(readdirSync(FOLDER).toSorted()).toEqual(
      TAGS.filter((tag) => tag !== 'en')
        .map((tag) => `${tag}.json`)
        .toSorted(),
    );
  });

  it.each(TAGS.filter((tag) => tag !== 'en'))('is complete in %s, with the same places', (tag) => {
    const words = JSON.parse(readFileSync(join(FOLDER, `${tag}.json`), 'utf8')) as typeof english;
    for (const part of ['says', 'means'] as const) {
      expect(Object.keys(words[part])).toEqual(Object.keys(english[part]));
      expect(flawsOf(words[part], english[part])).toEqual([]);
    }
  });
});

// CLDR: millions take "de" in these languages, and a single thing never does.
it.each(['es', 'fr', 'pt-BR'])('the plural forms of %s are not mixed up', (tag) => {
  const files = Object.values(FOLDERS).map((folder) =>
    JSON.parse(readFileSync(join(folder, `${tag}.json`), 'utf8')),
  );
  const mixedUp = files
    .flatMap((texts: Catalogue) => Object.entries(texts))
    .filter(([, forms]) => typeof forms === 'object' && /\{count\} d(e |’)/.test(forms.one ?? ''));
  expect(mixedUp).toEqual([]);
});

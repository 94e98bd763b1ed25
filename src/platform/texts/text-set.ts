import { readFileSync } from 'node:fs';
import type { Settings } from '../config/settings.js';
import { mirrored, stretched, translator } from './catalogue.js';
import { overridesOf } from './overrides.js';
import type { Catalogue, Speak, TextForms } from './texts.types.js';

/** What the pseudo-locales of tests are made of. */
const PSEUDO: Record<string, { language: string; change: (forms: TextForms) => TextForms }> = {
  'en-XA': { language: 'en', change: stretched },
  'ar-XB': { language: 'ar', change: mirrored },
};

/**
 * Texts in every language: a file each, read when its language is first asked for, with those of `WEB_TEXTS` in the place of
 * ours. English stands in for a text that a language lacks.
 */
export class TextSet<Key extends string> {
  private readonly overrides: ReadonlyMap<string, Partial<Catalogue<Key>>>;
  private readonly read = new Map<string, Catalogue<Key>>();
  private readonly speakers = new Map<string, Speak<Key>>();

  /**
   * @param prefix what the keys begin with in the files of `WEB_TEXTS`
   * @throws StartupError for files that cannot be read, with a line for each thing that is wrong
   */
  constructor(
    private readonly folder: URL,
    prefix: '' | 'console.' | 'letter.',
    { WEB_TEXTS }: Pick<Settings, 'WEB_TEXTS'>,
  ) {
    this.overrides = WEB_TEXTS ? overridesOf(WEB_TEXTS, prefix, this.own('en')) : new Map();
  }

  /** Every text of a language, by its key. @param tag one of `LOCALES`, or of the pseudo-locales */
  catalogue(tag: string): Catalogue<Key> {
    const found = this.read.get(tag) ?? this.make(tag);
    this.read.set(tag, found);
    return found;
  }

  in(tag: string): Speak<Key> {
    const found = this.speakers.get(tag) ?? translator(PSEUDO[tag]?.language ?? tag, this.catalogue(tag));
    this.speakers.set(tag, found);
    return found;
  }

  private make(tag: string): Catalogue<Key> {
    const english = this.own('en');
    const pseudo = PSEUDO[tag];
    if (!pseudo) return { ...english, ...this.own(tag), ...this.overrides.get(tag) };
    const changed = Object.entries<TextForms>(english).map(([key, forms]) => [key, pseudo.change(forms)]);
    return Object.fromEntries(changed) as Catalogue<Key>;
  }

  private own(tag: string): Catalogue<Key> {
    return JSON.parse(readFileSync(new URL(`${tag}.json`, this.folder), 'utf8')) as Catalogue<Key>;
  }
}

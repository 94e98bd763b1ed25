/** A language that pages speak. */
export interface Locale {
  tag: string;
  /** As its speakers call it. */
  name: string;
  direction: 'ltr' | 'rtl';
}

export const LOCALES: readonly Locale[] = [
  { tag: 'en', name: 'English', direction: 'ltr' },
  { tag: 'de', name: 'Deutsch', direction: 'ltr' },
  { tag: 'fr', name: 'Français', direction: 'ltr' },
  { tag: 'es', name: 'Español', direction: 'ltr' },
  { tag: 'pt-BR', name: 'Português (Brasil)', direction: 'ltr' },
  { tag: 'ja', name: '日本語', direction: 'ltr' },
  { tag: 'zh-CN', name: '简体中文', direction: 'ltr' },
  { tag: 'ar', name: 'العربية', direction: 'rtl' },
];

export const LOCALE_TAGS: readonly string[] = LOCALES.map(({ tag }) => tag);

/** Made from English, for tests: longer texts, and texts from right to left. */
export const PSEUDO_LOCALES: readonly Locale[] = [
  { tag: 'en-XA', name: 'Pseudo', direction: 'ltr' },
  { tag: 'ar-XB', name: 'Pseudo RTL', direction: 'rtl' },
];

/** Of a request. */
export const MOST_ASKED = 20;

/**
 * The first of these tags that there is a language for: the same tag, then one of the same language (RFC 4647 §3.4).
 * @param offered in the order of preference when several are of one language
 */
export function bestLocale(asked: readonly string[], offered: readonly Locale[]): Locale | undefined {
  for (const tag of asked) {
    const wanted = tag.toLowerCase();
    const [language] = wanted.split('-', 1);
    const exact = offered.find((each) => each.tag.toLowerCase() === wanted);
    const found = exact ?? offered.find((each) => each.tag.toLowerCase().split('-', 1)[0] === language);
    if (found) return found;
  }
  return undefined;
}

/** The tags of an `Accept-Language` header, the preferred first (RFC 9110 §12.5.4). */
export function acceptedTags(header: string | undefined): string[] {
  return (header ?? '')
    .split(',', MOST_ASKED)
    .map((range) => {
      const [tag = '', quality = 'q=1'] = range.trim().split(/\s*;\s*/, 2);
      return { tag, weight: Number(quality.replace(/^q=/, '')) };
    })
    .filter(({ tag, weight }) => /^[a-z]{1,8}(-[a-z\d]{1,8})*$/i.test(tag) && weight > 0)
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag);
}

import type { Catalogue, Speak, TextForms } from './texts.types.js';

const PLACE = /\{(\w+)\}/g;

/** Speaks one language out of its catalogue. Numbers are written as its speakers write them. */
export function translator<Key extends string>(tag: string, catalogue: Catalogue<Key>): Speak<Key> {
  const plurals = new Intl.PluralRules(tag);
  const numbers = new Intl.NumberFormat(tag);
  return (key, values = {}) => {
    const forms: TextForms = catalogue[key];
    const text =
      typeof forms === 'string' ? forms : (forms[plurals.select(Number(values['count']))] ?? forms.other!);
    return text.replaceAll(PLACE, (_, name: string) => {
      const value = values[name];
      return typeof value === 'number' ? numbers.format(value) : (value ?? '');
    });
  };
}

/** A text of a catalogue that cannot stand there. */
export interface Flaw {
  key: string;
  text: string;
}

/** What is wrong with texts held against the English ones: those that are unknown, no text, or have other places. */
export function flawsOf(given: Catalogue, english: Catalogue): Flaw[] {
  return Object.entries(given).flatMap(([key, forms]) =>
    flawsOfText(forms, Object.hasOwn(english, key) ? english[key] : undefined).map((text) => ({ key, text })),
  );
}

function flawsOfText(forms: unknown, english: TextForms | undefined): string[] {
  if (english === undefined) return ['is no text of ours'];
  if (!isForms(forms)) return ['must be a text, or texts by plural category with "other" among them'];
  const [places, allowed] = [placesOf(forms), placesOf(english)];
  const unknown = [...places].filter((place) => !allowed.has(place));
  const missing = [...allowed].filter((place) => place !== 'count' && !places.has(place));
  return [
    ...unknown.map((place) => `has a place {${place}} that nothing is put in`),
    ...missing.map((place) => `lacks the place {${place}}`),
  ];
}

/** The places of a text, in any of its forms. */
export function placesOf(forms: TextForms): Set<string> {
  const texts = typeof forms === 'string' ? [forms] : Object.values(forms);
  return new Set(texts.flatMap((text) => [...text.matchAll(PLACE)].map(([, name]) => name!)));
}

function isForms(forms: unknown): forms is TextForms {
  if (typeof forms === 'string') return true;
  if (typeof forms !== 'object' || forms === null || !('other' in forms)) return false;
  return Object.entries(forms).every(
    ([category, text]) =>
      ['zero', 'one', 'two', 'few', 'many', 'other'].includes(category) && typeof text === 'string',
  );
}

const ACCENTED: Record<string, string> = { a: 'á', e: 'é', i: 'í', o: 'ó', u: 'ú', A: 'Á', E: 'É', O: 'Ó' };

/** English with accents and 40 % longer, so that what is cut off or not translated is seen at once. */
export function stretched(forms: TextForms): TextForms {
  return mapped(forms, (text) => {
    const accented = outsidePlaces(text, (part) => part.replaceAll(/[aeiouAEO]/g, (each) => ACCENTED[each]!));
    return `[${accented}${'~'.repeat(Math.ceil(text.length * 0.4))}]`;
  });
}

/** English as if it were written from right to left: each word between an override and its end. */
export function mirrored(forms: TextForms): TextForms {
  return mapped(forms, (text) =>
    outsidePlaces(text, (part) => part.replaceAll(/\S+/g, (word) => `\u202E${word}\u202C`)),
  );
}

function mapped(forms: TextForms, change: (text: string) => string): TextForms {
  if (typeof forms === 'string') return change(forms);
  return Object.fromEntries(Object.entries(forms).map(([category, text]) => [category, change(text)]));
}

function outsidePlaces(text: string, change: (part: string) => string): string {
  return text
    .split(/(\{\w+\})/)
    .map((part, position) => (position % 2 === 1 ? part : change(part)))
    .join('');
}

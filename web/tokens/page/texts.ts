import type { TextForms } from '../../../src/platform/texts/texts.types.js';
import { say, type Note } from '../messages.js';
import { locale, settings } from './settings.js';

const plurals = new Intl.PluralRules(locale);
const numbers = new Intl.NumberFormat(locale);
const dates = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });

/** The text of a key that begins with `tool.`, in the language of the page. */
export function t(name: string, values: Record<string, string | number> = {}): string {
  const forms: TextForms = settings.texts[`tool.${name}`] ?? name;
  const text =
    typeof forms === 'string' ? forms : (forms[plurals.select(Number(values['count']))] ?? forms.other!);
  return text.replaceAll(/\{(\w+)\}/g, (_, place: string) => {
    const value = values[place];
    return typeof value === 'number' ? numbers.format(value) : (value ?? '');
  });
}

/** What there is to say, in the language of the page. */
export function said(note: Note): string {
  return say(note, settings.says);
}

/** A point in time as people read it, in their time zone. */
export function dateInWords(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : dates.format(date);
}

import type en from '../../src/web/console/texts/en.json';
import type { TextForms } from '../../src/platform/texts/texts.types.js';
import { settings } from './settings.js';

export type TextKey = keyof typeof en;
export type TextValues = Record<string, string | number>;

export const { locale } = settings;
/** The pseudo-locales of tests are written as English is. */
const language = locale.replace(/-X[AB]$/, '');
const plurals = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language);
const dates = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
const exact = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'long' });
const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

let texts: Record<string, TextForms> = {};

/** Fetches the texts in the language of the page. @throws TypeError when the server cannot be reached */
export async function loadTexts(): Promise<void> {
  texts = (await (await fetch(settings.texts)).json()) as typeof texts;
}

/** The text of a key, in the language of the page. `t('users.found', { count: 3 })` */
export function t(key: TextKey, values: TextValues = {}): string {
  const forms = texts[key] ?? key;
  const text =
    typeof forms === 'string' ? forms : (forms[plurals.select(Number(values['count']))] ?? forms.other!);
  return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    return typeof value === 'number' ? numbers.format(value) : (value ?? '');
  });
}

export const inNumbers = (value: number) => numbers.format(value);
export const inDates = (time: string | number) => dates.format(new Date(time));
export const inFull = (time: string | number) => exact.format(new Date(time));

/** How long ago, or how long from now, in the largest unit that fits. */
export function fromNow(time: string | number, now = Date.now()): string {
  const seconds = (new Date(time).getTime() - now) / 1000;
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? ['second', 1];
  return relative.format(Math.round(seconds / size), unit);
}

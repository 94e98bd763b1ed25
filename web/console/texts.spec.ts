import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as texts from './texts.js';

const TEXTS = {
  greeting: 'Hallo {name}',
  found: { one: '{count} Konto', other: '{count} Konten' },
  twice: '{name} und {name}',
};

vi.mock('./settings.js', () => ({ settings: { locale: 'de', texts: '/texts/de.json' } }));
const t = (key: string, values?: Record<string, string | number>) => texts.t(key as never, values);

describe('the texts of the console', () => {
  beforeAll(async () => {
    vi.stubGlobal(
      'fetch',
      vi.fn<typeof fetch>(async (url) => Response.json(url === '/texts/de.json' ? TEXTS : {})),
    );
    await texts.loadTexts();
  });
  afterAll(() => void vi.unstubAllGlobals());

  it('have values in the place of their names, each time', () => {
    expect(t('greeting', { name: 'Ada' })).toBe('Hallo Ada');
    expect(t('twice', { name: 'Ada' })).toBe('Ada und Ada');
    expect(t('greeting')).toBe('Hallo ');
  });

  it('are in the form that the number asks for, which is written as the language does', () => {
    expect(t('found', { count: 1 })).toBe('1 Konto');
    expect(t('found', { count: 0 })).toBe('0 Konten');
    expect(t('found', { count: 12_345 })).toBe('12.345 Konten');
  });

  it('do not read a value as a text with names of its own', () => {
    expect(t('greeting', { name: '{count}', count: 5 })).toBe('Hallo {count}');
    expect(t('greeting', { name: '$&' })).toBe('Hallo $&');
  });

  it('are the key where there is none', () => {
    expect(t('gone')).toBe('gone');
  });

  it.each([
    [0, 'jetzt'],
    [-59_000, 'vor 59 Sekunden'],
    [-60_000, 'vor 1 Minute'],
    [3_600_000, 'in 1 Stunde'],
    [-86_400_000, 'gestern'],
    [40 * 86_400_000, 'nächsten Monat'],
    [-800 * 86_400_000, 'vor 2 Jahren'],
  ])('say how far away %d ms are: %s', (away, words) => {
    const now = Date.UTC(2026, 10, 30);
    expect(texts.fromNow(now + away, now)).toBe(words);
    expect(texts.fromNow(new Date(now + away).toISOString(), now)).toBe(words);
  });
});

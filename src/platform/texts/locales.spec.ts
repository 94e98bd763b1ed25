import { describe, expect, it } from 'vitest';
import { askedLocales, withoutAskedLocales } from './asked-locales.js';
import { acceptedTags, bestLocale, LOCALES } from './locales.js';

const best = (...asked: string[]) => bestLocale(asked, LOCALES)?.tag;

describe('the language of a reader', () => {
  it('is the first that is asked for and spoken', () => {
    expect(best('nl', 'fr', 'de')).toBe('fr');
    expect(best('nl', 'sv')).toBeUndefined();
    expect(best()).toBeUndefined();
  });

  it('is found in any case', () => {
    expect(best('PT-br')).toBe('pt-BR');
  });

  it('is another of the same language, where its own is not spoken', () => {
    expect(best('de-AT')).toBe('de');
    expect(best('pt')).toBe('pt-BR');
    expect(best('zh-Hant-TW')).toBe('zh-CN');
  });

  it('is the same tag before one of the same language', () => {
    const offered = [
      { tag: 'en-GB', name: '', direction: 'ltr' as const },
      { tag: 'en', name: '', direction: 'ltr' as const },
    ];
    expect(bestLocale(['en'], offered)?.tag).toBe('en');
    expect(bestLocale(['en-US'], offered)?.tag).toBe('en-GB');
  });

  it('is no language whose tag begins alike', () => {
    expect(best('eng', 'd')).toBeUndefined();
  });
});

describe('Accept-Language', () => {
  it.each([
    ['nothing', undefined, []],
    ['one tag', 'de', ['de']],
    ['weights', 'en;q=0.5, de;q=0.9, fr', ['fr', 'de', 'en']],
    ['equal weights, in their order', 'es;q=0.8,ja;q=0.8', ['es', 'ja']],
    ['a weight of zero, which refuses', 'de;q=0, fr', ['fr']],
    ['a weight that is no number', 'de;q=high, fr', ['fr']],
    ['white space', ' de ; q=0.5 ,\tfr ', ['fr', 'de']],
    ['any language', '*, de', ['de']],
    ['what is no tag', '../../etc, <b>, de', ['de']],
    ['commas alone', ',,,', []],
  ])('is read with %s', (_, header, tags) => {
    expect(acceptedTags(header)).toEqual(tags);
  });

  it('is read for its first twenty tags', () => {
    const many = Array.from({ length: 30 }, (_, n) => `x${String.fromCharCode(97 + (n % 26))}`);
    expect(acceptedTags(many.join(','))).toHaveLength(20);
  });
});

describe('ui_locales', () => {
  it('stands in the address or form, or in the address that it goes on to', () => {
    expect(askedLocales({ ui_locales: 'de fr' })).toBe('de fr');
    expect(askedLocales({ continue: '/oauth/authorize?a=b&ui_locales=de%20fr' })).toBe('de fr');
    expect(askedLocales({ ui_locales: 'ja', continue: '/x?ui_locales=de' })).toBe('ja');
  });

  it.each([
    [undefined],
    [null],
    [{}],
    [{ ui_locales: ['de', 'fr'] }],
    [{ continue: '/x?locale=de' }],
    [{ continue: '/ui_locales' }],
    [{ continue: ['/x?ui_locales=de'] }],
  ])('is not in %j', (fields) => {
    expect(askedLocales(fields)).toBeUndefined();
  });

  it('is taken out of an address and of the one that it goes on to, once another is chosen', () => {
    expect(withoutAskedLocales('/login?ui_locales=de')).toBe('/login');
    expect(withoutAskedLocales('/login?a=1&ui_locales=de&b=2')).toBe('/login?a=1&b=2');
    const next = encodeURIComponent('/oauth/authorize?client_id=c&ui_locales=de');
    expect(withoutAskedLocales(`/login?continue=${next}`)).toBe(
      `/login?continue=${encodeURIComponent('/oauth/authorize?client_id=c')}`,
    );
  });

  it('leaves an address as it is that asks for none', () => {
    expect(withoutAskedLocales('/login?a=%20b+c')).toBe('/login?a=%20b+c');
  });
});

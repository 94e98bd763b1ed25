import { describe, expect, it } from 'vitest';
import { lifetimeOf, timeInWords, timeNotes, timeOf } from './times.js';

/** 2026-11-30T12:00:00Z */
const NOW = 1_796_040_000_000;
const S = NOW / 1000;

describe('the time of a claim', () => {
  it.each<[string, unknown, number | undefined]>([
    ['seconds', S, NOW],
    ['milliseconds', NOW, NOW],
    ['the largest number that is seconds', 1e11, 1e14],
    ['the smallest that is milliseconds', 1e11 + 1, 1e11 + 1],
    ['a time before 1970', -86_400, -86_400_000],
    ['a fraction', 1.5, 1500],
    ['a text', String(S), undefined],
    ['infinity', Infinity, undefined],
    ['no number', Number.NaN, undefined],
    ['nothing', undefined, undefined],
  ])('is read from %s', (_, value, expected) => {
    expect(timeOf(value)).toBe(expected);
  });
});

describe('the life of a token', () => {
  const life = (claims: Record<string, unknown>, skew = 0) => {
    const { state, note, changesAt } = lifetimeOf(claims, NOW, skew);
    return [state, note.code, changesAt];
  };

  it('ends at exp, to the millisecond', () => {
    expect(life({ exp: S + 1 })).toEqual(['live', 'live', NOW + 1000]);
    expect(life({ exp: S })).toEqual(['expired', 'expired', undefined]);
  });

  it('begins at nbf, to the millisecond', () => {
    expect(life({ nbf: S + 1, exp: S + 9 })).toEqual(['not-yet', 'not-yet', NOW + 1000]);
    expect(life({ nbf: S, exp: S + 9 })).toEqual(['live', 'live', NOW + 9000]);
  });

  it('is longer by the skew, at both ends', () => {
    expect(life({ exp: S - 29 }, 30)).toEqual(['live', 'expired-within', NOW + 1000]);
    expect(life({ exp: S - 30 }, 30)).toEqual(['expired', 'expired', undefined]);
    expect(life({ nbf: S + 30, exp: S + 90 }, 30)[0]).toBe('live');
    expect(life({ nbf: S + 31, exp: S + 90 }, 30)).toEqual(['not-yet', 'not-yet', NOW + 1000]);
  });

  it('never ends without exp, or with one that is no number', () => {
    expect(life({})).toEqual(['eternal', 'eternal', undefined]);
    expect(life({ exp: 'tomorrow' })).toEqual(['eternal', 'eternal', undefined]);
  });

  it('is over rather than to come, where it ends before it begins', () => {
    expect(life({ nbf: S + 60, exp: S - 60 })[0]).toBe('expired');
  });
});

describe('odd times', () => {
  const codes = (claims: Record<string, unknown>, skew = 0) =>
    timeNotes(claims, NOW, skew).map(({ severity, note }) => [severity, note.code, note.values?.['name']]);

  it('are none in a usual token', () => {
    expect(codes({ iat: S, nbf: S, exp: S + 900, auth_time: S - 60, updated_at: S - 86_400 })).toEqual([]);
  });

  it('are milliseconds and what is no number, each named', () => {
    expect(codes({ exp: NOW + 1000, auth_time: '2026' })).toEqual([
      ['error', 'time-type', 'auth_time'],
      ['error', 'milliseconds', 'exp'],
    ]);
    expect(codes({ iat: null })).toEqual([['error', 'time-type', 'iat']]);
  });

  it('are a token of the future, beyond the skew', () => {
    expect(codes({ iat: S + 30 }, 30)).toEqual([]);
    expect(codes({ iat: S + 31 }, 30)).toEqual([['warning', 'iat-future', undefined]]);
  });

  it('are a life of no length', () => {
    expect(codes({ nbf: S, exp: S })).toEqual([['error', 'nbf-after-exp', undefined]]);
    expect(codes({ nbf: S, exp: S + 1 })).toEqual([]);
  });
});

describe('a time in words', () => {
  it.each([
    [0, 'in 0 seconds'],
    [59_999, 'in 59 seconds'],
    [-60_000, '1 minute ago'],
    [3_600_000, 'in 1 hour'],
    [-3 * 86_400_000, '3 days ago'],
    [400 * 86_400_000, 'in 1 year'],
  ])('%d ms away is %s', (away, words) => {
    expect(timeInWords(NOW + away, NOW)).toBe(words);
  });

  it('is in the language that is asked for', () => {
    expect(timeInWords(NOW + 120_000, NOW, 'de')).toBe('in 2 Minuten');
  });
});

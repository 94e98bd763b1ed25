import { describe, expect, it } from 'vitest';
import { lettersOf, newUserCode, shownUserCode } from './user-code.js';

describe('a user code', () => {
  it('has eight letters of twenty, each of which turns up', () => {
    const codes = Array.from({ length: 500 }, newUserCode);
    expect(codes.every((code) => /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/.test(code))).toBe(true);
    expect(new Set(codes.join(''))).toHaveProperty('size', 20);
    expect(new Set(codes)).toHaveProperty('size', 500);
  });

  it.each([
    'WDJB-MJHT',
    'wdjb-mjht',
    ' WDJB MJHT ',
    'wdjbmjht',
    'WDJB—MJHT',
    'ＷＤＪＢ－ＭＪＨＴ',
    'W.D.J.B.M.J.H.T',
  ])('is read from %s', (typed) => {
    expect(lettersOf(typed)).toBe('WDJBMJHT');
  });

  it.each(['', 'WDJB', 'WDJB-MJH', 'WDJB-MJHTX', '12345678', 'WDJB-MJH7'])('is not read from %j', (typed) => {
    expect(lettersOf(typed)).toBeUndefined();
  });

  it('is shown in two halves, which are read again', () => {
    expect(shownUserCode('WDJBMJHT')).toBe('WDJB-MJHT');
    expect(lettersOf(shownUserCode('WDJBMJHT'))).toBe('WDJBMJHT');
  });
});

import { describe, expect, it } from 'vitest';
import { expectSoon } from '../../../test/support/soon.js';
import { isMadeOf } from './context-words.js';

const ADA = ['ada.lovelace.1815@example.com', 'Ada King, Gräfin Łovelace', 'Gatehouse'];

describe('a password', () => {
  it.each([
    'ada.lovelace.1815@example.com',
    'ADA.LOVELACE.1815',
    'lovelace',
    'Lovelace1815!',
    'AdaLovelace',
    'lovelace lovelace',
    'xLovelacex',
    'ｌｏｖｅｌａｃｅ2',
    'gräfin-ada',
    'Łovelace!!',
    'gatehouse',
    'GateHouse2026!',
    '1!gatehouse!1',
    'lovelace31121999',
    'Lovelace 31.12.1999',
    'ada-lovelace-1815',
  ])('%j is made of what is known of Ada', (password) => {
    expect(isMadeOf(password, ADA)).toBe(true);
  });

  it.each([
    'adaptive learning machine',
    'correct horse battery',
    'lovelace wrote notes',
    'gate and house',
    '🦊🐙🦉🐢🦔🐝🦀🐳',
    '79 81 82 83 84',
    '98118150764501923847',
    '!@#$%^&*()_+com12345-98',
    '4711-0815-lovelace-2468-9753',
    'ada 71202413 55891 40417',
  ])('%j is not', (password) => {
    expect(isMadeOf(password, ADA)).toBe(false);
  });

  it.each([
    ['li@163.com', '98120163764501923847'],
    ['li@126.com', '126 4711 0815'],
    ['2024.li@example.edu', '71202413 55891'],
    ['x@example.com', 'com!#%+?com'],
  ])('of %s may have the numbers and the ending of the address: %j', (email, password) => {
    expect(isMadeOf(password, [email])).toBe(false);
  });

  it('is made of a number that is the name of an address', () => {
    expect(isMadeOf('98120163', ['98120163@qq.com'])).toBe(true);
    expect(isMadeOf('98120163!qq', ['98120163@qq.com'])).toBe(true);
  });

  it('may have short words and no words at all', () => {
    expect(isMadeOf('li li li li', ['Li', 'Jo'])).toBe(false);
    expect(isMadeOf('plimsollvarnished', ['', ' ', '---'])).toBe(false);
  });

  it('is read in no time, however odd', async () => {
    const words = [Array.from({ length: 25 }, (_, n) => `a${n}`).join(' '), '.*+?^${}()|[]\\'];
    const read = () => isMadeOf('a'.repeat(128), [...words, 'a'.repeat(64)]);
    expect(read()).toBe(true);
    await expectSoon('a name of 25 words', read, 50);
  });
});

import { describe, expect, it } from 'vitest';
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
  ])('%j is not', (password) => {
    expect(isMadeOf(password, ADA)).toBe(false);
  });

  it('may have short words and no words at all', () => {
    expect(isMadeOf('li li li li', ['Li', 'Jo'])).toBe(false);
    expect(isMadeOf('plimsollvarnished', ['', ' ', '---'])).toBe(false);
  });

  it('is read in no time, however odd', () => {
    const words = [Array.from({ length: 25 }, (_, n) => `a${n}`).join(' '), '.*+?^${}()|[]\\'];
    const startedAt = performance.now();
    expect(isMadeOf('a'.repeat(128), [...words, 'a'.repeat(64)])).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(50);
  });
});

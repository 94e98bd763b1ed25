import { describe, expect, it } from 'vitest';
import { toBase64Url } from './bytes.js';
import { report } from './report.js';
import { weightsOf } from './sizes.js';

const NOW = Date.UTC(2026, 10, 30, 12);
const made = (claims: object, header: object = { alg: 'ES256' }) =>
  `${toBase64Url(JSON.stringify(header))}.${toBase64Url(JSON.stringify(claims))}.c2ln`;

describe('the size of a token', () => {
  it.each([
    [4_000, []],
    [4_097, ['too-big-cookie']],
    [8_193, ['too-big-cookie', 'too-big-header']],
  ])('%d bytes', (size, expected) => {
    const token = `${made({ sub: 'a' })}`;
    const padded = token.padEnd(size, 'A');
    expect(report(padded, { now: NOW }).remarks.map(({ note }) => note.code)).toEqual(expected);
  });

  it('lists the largest claims', () => {
    expect(weightsOf({ a: 1, groups: ['x'.repeat(100)], b: 'é' }, 2)).toEqual([
      { name: 'groups', bytes: 113 },
      { name: 'b', bytes: 8 },
    ]);
  });
});

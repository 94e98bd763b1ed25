import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GENERAL_LIMITS, LIMITS, type Limit, type Quota } from '../../../src/platform/access/limits.js';

const page = readFileSync('docs/rate-limits.md', 'utf8').replaceAll('\n', ' ');
const inWords = ({ quota, seconds }: Quota) =>
  `${quota} in ${seconds >= 3_600 ? `${seconds / 3_600} h` : `${seconds / 60} min`}`;

describe('docs/rate-limits.md', () => {
  it.each(Object.entries<Limit>(LIMITS))('says what %s is', (name, { source, account }) => {
    const [, on, bySource, byAccount] = new RegExp(
      `\\| \`${name}\` \\| ([^|]*) \\| ([^|]*) \\| ([^|]*)\\|`,
    ).exec(page)!;
    expect(on).not.toBe('');
    expect(bySource!.replace('failures ', '')).toBe(inWords(source));
    expect(byAccount!.trim().replace('see below', '')).toBe(account ? inWords(account) : '');
  });

  it('says what the general limits are', () => {
    for (const quota of Object.values(GENERAL_LIMITS)) expect(page).toContain(inWords(quota));
  });
});

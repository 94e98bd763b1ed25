import { describe, expect, it } from 'vitest';
import { ALGORITHMS } from './algorithms.js';
import { MESSAGES, say } from './messages.js';

describe('messages', () => {
  it('say something in every case, with every value named', () => {
    for (const [code, text] of Object.entries(MESSAGES))
      expect(text, code).toMatch(/^[^A-Z].{3,}|^JSON|^[A-Z]{2,}/);
    expect(say({ code: 'claim-missing', values: { profile: 'a', name: 'b', source: 'c' } })).toBe(
      'a needs b (c)',
    );
    expect(say({ code: 'padding' }, { padding: 'andere Worte' })).toBe('andere Worte');
  });

  it('cover every algorithm', () => {
    expect(new Set(ALGORITHMS.map(({ name }) => name)).size).toBe(ALGORITHMS.length);
  });
});

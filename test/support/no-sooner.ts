import { expect } from 'vitest';

/** What `work` gives, which must not be there before so many ms. */
export async function noSooner<T>(ms: number, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await work();
  expect(performance.now() - startedAt, 'the work is hidden').toBeGreaterThan(ms);
  return result;
}

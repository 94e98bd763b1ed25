import { describe, expect, it } from 'vitest';
import { BOUNDS_MS } from '../../platform/http/request-durations.js';
import { latencyOf } from './latency.js';

/** Counts by bucket: so many in the bucket with this bound; one more bucket than there are bounds. */
const counts = (...filled: [bucket: number, count: number][]) => {
  const all = Array<number>(BOUNDS_MS.length + 1).fill(0);
  for (const [bucket, count] of filled) all[bucket] = count;
  return all;
};

describe('how long requests took', () => {
  it('is nothing without requests', () => {
    expect(latencyOf(counts())).toBeNull();
  });

  it('is the bound of the one bucket that they are in', () => {
    expect(latencyOf(counts([2, 5]))).toEqual({ p50: BOUNDS_MS[2], p95: BOUNDS_MS[2], p99: BOUNDS_MS[2] });
  });

  it('is told by the request at each share, and not by the next', () => {
    expect(latencyOf(counts([0, 50], [1, 45], [2, 4], [3, 1]))).toEqual({
      p50: BOUNDS_MS[0],
      p95: BOUNDS_MS[1],
      p99: BOUNDS_MS[2],
    });
    expect(latencyOf(counts([0, 49], [1, 45], [2, 4], [3, 2]))).toEqual({
      p50: BOUNDS_MS[1],
      p95: BOUNDS_MS[2],
      p99: BOUNDS_MS[3],
    });
  });

  it('is the last bound for what took longer', () => {
    const last = BOUNDS_MS.at(-1);
    expect(latencyOf(counts([BOUNDS_MS.length, 3]))).toEqual({ p50: last, p95: last, p99: last });
  });
});

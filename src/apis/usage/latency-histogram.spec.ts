import { describe, expect, it } from 'vitest';
import {
  addHistogram,
  addWritten,
  bucketOf,
  BUCKETS,
  newHistogram,
  percentilesOf,
  writeHistogram,
} from './latency-histogram.js';

/** A histogram of durations in ms. */
const histogramOf = (durations: number[]) => {
  const histogram = newHistogram();
  for (const ms of durations) histogram[bucketOf(ms)]!++;
  return histogram;
};

describe('a latency histogram', () => {
  it('is at most 2.5 % off, from half a millisecond to ten minutes', () => {
    for (let ms = 0.5; ms < 600_000; ms *= 1.013) {
      const { p50 } = percentilesOf(histogramOf([ms]));
      expect(Math.abs(p50! / ms - 1), `${ms} ms`).toBeLessThan(0.0251);
    }
  });

  it('takes what is faster or slower, and nonsense, for the nearest', () => {
    expect([0, -1, Number.NaN, 0.1].map(bucketOf)).toEqual([0, 0, 0, 0]);
    expect([Infinity, 1e12].map(bucketOf)).toEqual([BUCKETS - 1, BUCKETS - 1]);
  });

  it('says what a share of the requests took no longer than', () => {
    const { p50, p95, p99 } = percentilesOf(histogramOf(Array.from({ length: 1_000 }, (_, ms) => ms + 1)));
    for (const [found, wanted] of [
      [p50, 500],
      [p95, 950],
      [p99, 990],
    ])
      expect(Math.abs(found! / wanted! - 1)).toBeLessThan(0.0251);
    expect(percentilesOf(newHistogram())).toEqual({ p50: null, p95: null, p99: null });
  });

  it('is the same once it was written, and merges by addition', () => {
    const [one, other] = [histogramOf([1, 2, 3, 3]), histogramOf([3, 5_000])];
    const read = newHistogram();
    addWritten(read, writeHistogram(one));
    expect(read).toEqual(one);
    addWritten(read, writeHistogram(other));
    addHistogram(one, other);
    expect(read).toEqual(one);
    addWritten(read, writeHistogram(newHistogram()));
    expect(read).toEqual(one);
  });
});

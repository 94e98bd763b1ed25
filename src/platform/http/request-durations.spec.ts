import { beforeEach, describe, expect, it } from 'vitest';
import { BOUNDS_MS, RequestDurations } from './request-durations.js';

describe('the histogram of requests', () => {
  let durations: RequestDurations;

  beforeEach(() => (durations = new RequestDurations()));

  /** What Prometheus reads of one series: the buckets in their order, the sum and the count. */
  const samples = (route: string) => {
    const of = durations.get().values.filter(({ labels }) => labels.route === route);
    const buckets = of.filter(({ metricName }) => metricName.endsWith('_bucket'));
    const one = (end: string) => of.find(({ metricName }) => metricName.endsWith(end))?.value;
    return { buckets: buckets.map(({ value }) => value), sum: one('_sum'), count: one('_count') };
  };

  it('is empty before the first', () => {
    expect(durations.get().values).toEqual([]);
    expect(durations.totals()).toEqual({ counts: Array(BOUNDS_MS.length + 1).fill(0), errors: 0 });
  });

  it('counts a request in its bucket and in all larger ones', () => {
    durations.observe('GET', '/a', 200, 7);
    const { buckets, sum, count } = samples('/a');
    expect(buckets).toEqual([...BOUNDS_MS, Infinity].map((bound) => Number(bound >= 7)));
    expect({ sum, count }).toEqual({ sum: 0.007, count: 1 });
  });

  it('counts one that took as long as a bound within it', () => {
    durations.observe('GET', '/a', 200, BOUNDS_MS[3]!);
    expect(samples('/a').buckets.indexOf(1)).toBe(3);
  });

  it('counts what took longer than all bounds in the last bucket alone', () => {
    durations.observe('GET', '/a', 200, 60_000);
    const { buckets } = samples('/a');
    expect(buckets.at(-1)).toBe(1);
    expect(buckets.slice(0, -1).every((value) => value === 0)).toBe(true);
  });

  it('has a series for each method, route and status', () => {
    for (const [method, route, status] of [
      ['GET', '/a', 200],
      ['GET', '/a', 404],
      ['POST', '/a', 200],
      ['GET', '/b', 200],
      ['GET', '/a', 200],
    ] as const)
      durations.observe(method, route, status, 1);
    const counts = durations.get().values.filter(({ metricName }) => metricName.endsWith('_count'));
    expect(counts.map(({ labels, value }) => [labels.method, labels.route, labels.status, value])).toEqual([
      ['GET', '/a', '200', 2],
      ['GET', '/a', '404', 1],
      ['POST', '/a', '200', 1],
      ['GET', '/b', '200', 1],
    ]);
  });

  it('tells of all routes together, and what failed of them', () => {
    durations.observe('GET', '/a', 200, 1);
    durations.observe('GET', '/b', 500, 1);
    durations.observe('GET', '/b', 503, 60_000);
    durations.observe('GET', '/b', 499, 60_000);
    const { counts, errors } = durations.totals();
    expect([counts[0], counts.at(-1), errors]).toEqual([2, 2, 2]);
  });

  it('forgets what was counted', () => {
    durations.observe('GET', '/a', 500, 1);
    durations.reset();
    expect(durations.totals().errors).toBe(0);
    expect(durations.get().values).toEqual([]);
  });
});

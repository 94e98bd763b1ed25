import { BOUNDS_MS } from '../../platform/http/request-durations.js';

/** How long requests took, in milliseconds: so many of a hundred took no longer than this. */
export interface Latency {
  p50: number;
  p95: number;
  p99: number;
}

/**
 * What a histogram says: each figure is the bound of the bucket that it is in, so what is true is less. What took longer
 * than the last bound is given as that. `null` without requests.
 */
export function latencyOf(counts: number[]): Latency | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const at = (share: number) => {
    let left = Math.ceil(total * share);
    const bucket = counts.findIndex((count) => (left -= count) <= 0);
    return BOUNDS_MS[bucket] ?? BOUNDS_MS.at(-1)!;
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

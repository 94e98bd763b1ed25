/** How much wider each bucket is than the one before; what is read from one is at most 2.5 % off. */
const RATIO = 1.05;
/** Milliseconds; what is faster counts as that. */
const FASTEST_MS = 0.5;
const SLOWEST_MS = 600_000;
const LOG_RATIO = Math.log(RATIO);

/** How many buckets there are: from half a millisecond to ten minutes. */
export const BUCKETS = 2 + Math.floor(Math.log(SLOWEST_MS / FASTEST_MS) / LOG_RATIO);

/** How many requests took how long, by bucket. Histograms are merged by addition. */
export type Histogram = Uint32Array;

export function newHistogram(): Histogram {
  return new Uint32Array(BUCKETS);
}

/** The bucket of a duration in ms. */
export function bucketOf(ms: number): number {
  if (!(ms > FASTEST_MS)) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(ms / FASTEST_MS) / LOG_RATIO));
}

/** Adds one to the other; of what is added, at least the buckets from `lowest` to `highest`. */
export function addHistogram(to: Histogram, added: Histogram, lowest = 0, highest = BUCKETS - 1): void {
  for (let bucket = lowest; bucket <= highest; bucket++) to[bucket]! += added[bucket]!;
}

/** As a row keeps it: `bucket:count` of each that is not empty. */
export function writeHistogram(histogram: Histogram): string {
  const pairs: string[] = [];
  for (let bucket = 0; bucket < BUCKETS; bucket++)
    if (histogram[bucket]! > 0) pairs.push(`${bucket}:${histogram[bucket]}`);
  return pairs.join(' ');
}

/** Adds what a row keeps. */
export function addWritten(to: Histogram, written: string): void {
  if (written === '') return;
  for (const pair of written.split(' ')) {
    const colon = pair.indexOf(':');
    to[Number(pair.slice(0, colon))]! += Number(pair.slice(colon + 1));
  }
}

/** In milliseconds: so many of a hundred took no longer. */
export interface Percentiles {
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

/** `null` without requests. */
export function percentilesOf(histogram: Histogram): Percentiles {
  const total = histogram.reduce((sum, count) => sum + count, 0);
  const at = (share: number) => (total === 0 ? null : valueOf(bucketAt(histogram, Math.ceil(total * share))));
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** The bucket of the request at this rank, from 1 on. */
function bucketAt(histogram: Histogram, rank: number): number {
  let left = rank;
  return histogram.findIndex((count) => (left -= count) <= 0);
}

/** Milliseconds that nothing in a bucket took longer than, to a thousandth. */
export function endOf(bucket: number): number {
  return Math.round(FASTEST_MS * RATIO ** bucket * 1000) / 1000;
}

/** The middle of a bucket, by ratio; to a thousandth of a millisecond. */
function valueOf(bucket: number): number {
  if (bucket === 0) return FASTEST_MS;
  return Math.round(((FASTEST_MS * RATIO ** bucket * 2) / (1 + RATIO)) * 1000) / 1000;
}

/**
 * Whether two samples of times could have come from the same source: Mann and Whitney's rank test, with the normal
 * approximation, and a generous limit, so that it tells a leak from the noise of a busy machine.
 */
export function seemAlike(one: number[], other: number[], limit = 3.5): boolean {
  return Math.abs(rankScore(one, other)) < limit;
}

/** How many standard deviations the ranks of `one` are off what they would be by chance. */
export function rankScore(one: number[], other: number[]): number {
  const ranked = [
    ...one.map((time) => ({ time, isOne: true })),
    ...other.map((time) => ({ time, isOne: false })),
  ]
    .toSorted((a, b) => a.time - b.time)
    .map((each, index) => ({ ...each, rank: index + 1 }));
  const sum = ranked.reduce((total, { isOne, rank }) => total + (isOne ? rank : 0), 0);
  const [n, m] = [one.length, other.length];
  const mean = (n * (n + m + 1)) / 2;
  return (sum - mean) / Math.sqrt((n * m * (n + m + 1)) / 12);
}

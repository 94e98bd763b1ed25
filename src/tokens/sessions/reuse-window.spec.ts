import { describe, expect, it } from 'vitest';
import { isWithinWindow, withRotation, type Rotation } from './reuse-window.js';

const WINDOW = 30_000;
/** Longest by which a window errs short once marks are thinned. */
const GRAIN = WINDOW / 32;

/** Rotates generations 0, 1, 2, … at these times. */
function rotatedAt(times: number[], window = WINDOW): Rotation[] {
  return times.reduce<Rotation[]>((marks, at, generation) => withRotation(marks, generation, at, window), []);
}

/** Numbers from 0 up to 1, the same on every run (mulberry32). */
function randomFrom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('the reuse window', () => {
  it('is open until it is over, to the millisecond', () => {
    const marks = rotatedAt([1_000]);
    expect(isWithinWindow(marks, 0, 1_000, WINDOW)).toBe(true);
    expect(isWithinWindow(marks, 0, 1_000 + WINDOW - 1, WINDOW)).toBe(true);
    expect(isWithinWindow(marks, 0, 1_000 + WINDOW, WINDOW)).toBe(false);
  });

  it('is one for each generation', () => {
    const marks = rotatedAt([0, 10_000, 20_000]);
    const open = (now: number) =>
      [0, 1, 2].filter((generation) => isWithinWindow(marks, generation, now, WINDOW));
    expect(open(20_000)).toEqual([0, 1, 2]);
    expect(open(30_000)).toEqual([1, 2]);
    expect(open(40_000)).toEqual([2]);
    expect(open(50_000)).toEqual([]);
  });

  it('is shut for a generation that nothing is known of', () => {
    expect(isWithinWindow([], 0, 0, WINDOW)).toBe(false);
    expect(isWithinWindow([[5, 0]], 4, 0, WINDOW)).toBe(false);
  });

  it('is never open in strict mode', () => {
    expect(rotatedAt([0, 0, 0], 0)).toEqual([]);
    expect(isWithinWindow([[0, 0]], 0, 0, 0)).toBe(false);
  });

  it('does not open again when the clock is set back', () => {
    const hour = 3_600_000;
    const marks = rotatedAt([2 * hour]);
    expect(isWithinWindow(marks, 0, hour, WINDOW)).toBe(false);
    // Another node's clock may be a little behind.
    expect(isWithinWindow(marks, 0, 2 * hour - 500, WINDOW)).toBe(true);
    const later = withRotation(marks, 1, hour, WINDOW);
    expect(isWithinWindow(later, 0, hour, WINDOW)).toBe(false);
    expect(isWithinWindow(later, 1, hour, WINDOW)).toBe(true);
  });

  it('forgets the marks whose window is over, and keeps few', () => {
    expect(rotatedAt([0, 1_000, WINDOW])).toEqual([
      [1, 1_000],
      [2, WINDOW],
    ]);
    const everyMillisecond = Array.from({ length: 100_000 }, (_, at) => at);
    expect(rotatedAt(everyMillisecond).length).toBeLessThanOrEqual(64);
  });

  it('leaves the marks that it was given as they were', () => {
    const marks: Rotation[] = [[0, 0]];
    withRotation(marks, 1, 1, WINDOW);
    expect(marks).toEqual([[0, 0]]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'never accepts later than an exact list would, nor much earlier (%i)',
    (seed) => {
      const random = randomFrom(seed);
      const exact: number[] = [];
      let marks: Rotation[] = [];
      const wrong: object[] = [];
      let now = 0;
      for (let step = 0; step < 3_000; step++) {
        // Bursts within a millisecond, a steady stream, and pauses about as long as the window.
        const pace = random();
        now += pace < 0.5 ? 0 : Math.floor(random() * (pace < 0.95 ? 400 : 1.2 * WINDOW));
        if (random() < 0.6) {
          marks = withRotation(marks, exact.length, now, WINDOW);
          exact.push(now);
        }
        for (let probes = 0; probes < 4 && exact.length > 0; probes++) {
          const generation = Math.max(0, exact.length - 1 - Math.floor(random() ** 2 * 200));
          const age = now - exact[generation]!;
          const isOpen = isWithinWindow(marks, generation, now, WINDOW);
          if (isOpen ? age >= WINDOW : age < WINDOW - GRAIN) wrong.push({ step, generation, age, isOpen });
        }
      }
      expect(wrong).toEqual([]);
    },
  );

  it.each([11, 12, 13, 14])('is exact while there are few rotations (%i)', (seed) => {
    const random = randomFrom(seed);
    const exact: number[] = [];
    let marks: Rotation[] = [];
    let now = 0;
    for (let step = 0; step < 500; step++) {
      now += Math.floor(random() * 4_000) + 1_000;
      marks = withRotation(marks, exact.length, now, WINDOW);
      exact.push(now);
      const isWrong = (at: number, generation: number) =>
        isWithinWindow(marks, generation, now, WINDOW) !== now - at < WINDOW;
      expect(exact.filter(isWrong)).toEqual([]);
    }
  });
});

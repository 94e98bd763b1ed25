/** When a generation was rotated: `[generation, time in ms]`. It stands for those after it, up to the next mark. */
export type Rotation = [generation: number, at: number];

/** With more rotations than this in one window, marks are kept this many to a window, and the window errs short. */
const EXACT_MARKS = 32;

/** The marks to keep after `generation` was rotated at `now`; those that the window has passed are dropped. */
export function withRotation(marks: Rotation[], generation: number, now: number, window: number): Rotation[] {
  if (window === 0) return [];
  const live = marks.filter(([, at]) => Math.abs(now - at) < window);
  const last = live.at(-1);
  if (live.length >= EXACT_MARKS && last && now - last[1] < window / EXACT_MARKS) return live;
  return [...live, [generation, now]];
}

/**
 * Whether `generation`, which is not current any more, was rotated less than `window` ms before `now`. Less than that
 * after `now` will do too, for nodes' clocks differ; more than that means that the clock was set back.
 */
export function isWithinWindow(marks: Rotation[], generation: number, now: number, window: number): boolean {
  const mark = marks.findLast(([marked]) => marked <= generation);
  return mark !== undefined && Math.abs(now - mark[1]) < window;
}

import type { Step } from './activity-count.entity.js';

/** How long a step is. */
export const STEP_MS: Record<Step, number> = { hour: 3_600_000, day: 86_400_000 };

/** When the step began that a time is in; days are those of UTC. */
export function beginOf(step: Step, time: number): number {
  return time - (time % STEP_MS[step]);
}

export const USAGE_STEPS = ['minute', 'hour', 'day'] as const;
export type UsageStep = (typeof USAGE_STEPS)[number];

/** How long a step is. */
export const USAGE_STEP_MS: Record<UsageStep, number> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** When the step began that a time is in; days are those of UTC. */
export function beginOfStep(step: UsageStep, time: number): number {
  return Math.floor(time / USAGE_STEP_MS[step]) * USAGE_STEP_MS[step];
}

import { vi } from 'vitest';

/** The process's clock, stopped. Timers run on; only what `Date` says stands still. */
export const clock = {
  stop(at = new Date()): void {
    vi.useFakeTimers({ toFake: ['Date'], now: at });
  },

  forward(ms: number): void {
    vi.setSystemTime(Date.now() + ms);
  },

  release(): void {
    vi.useRealTimers();
  },
};

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

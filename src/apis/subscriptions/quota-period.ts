import type { QuotaPeriod } from '../plans/plan.entity.js';

const LENGTHS_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** A stretch of the calendar, in ms since 1970. */
export interface Period {
  startsAt: number;
  endsAt: number;
}

/** The one that a moment is in, in UTC. */
export function periodAt(per: QuotaPeriod, now: number): Period {
  if (per === 'month') {
    const at = new Date(now);
    const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
    return { startsAt: Date.UTC(year, month), endsAt: Date.UTC(year, month + 1) };
  }
  const length = LENGTHS_MS[per];
  const startsAt = Math.floor(now / length) * length;
  return { startsAt, endsAt: startsAt + length };
}

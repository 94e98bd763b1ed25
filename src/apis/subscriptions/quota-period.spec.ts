import { describe, expect, it } from 'vitest';
import type { QuotaPeriod } from '../plans/plan.entity.js';
import { periodAt } from './quota-period.js';

describe('periodAt', () => {
  it.each<[QuotaPeriod, string, string, string]>([
    ['minute', '2026-03-01T10:20:30.400Z', '2026-03-01T10:20', '2026-03-01T10:21'],
    ['hour', '2026-03-01T10:20:30.400Z', '2026-03-01T10:00', '2026-03-01T11:00'],
    ['day', '2026-03-01T23:59:59.999Z', '2026-03-01T00:00', '2026-03-02T00:00'],
    ['day', '2026-03-02T00:00:00.000Z', '2026-03-02T00:00', '2026-03-03T00:00'],
    ['month', '2028-02-29T12:00:00.000Z', '2028-02-01T00:00', '2028-03-01T00:00'],
    ['month', '2026-12-31T23:59:59.999Z', '2026-12-01T00:00', '2027-01-01T00:00'],
  ])('%s at %s', (per, now, from, to) => {
    const { startsAt, endsAt } = periodAt(per, Date.parse(now));
    expect([startsAt, endsAt]).toEqual([Date.parse(`${from}Z`), Date.parse(`${to}Z`)]);
  });
});

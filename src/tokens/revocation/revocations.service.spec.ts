import { describe, expect, it } from 'vitest';
import { Settings } from '../../platform/config/settings.js';
import { RevocationsService } from './revocations.service.js';
import { TokenClock } from './token-clock.service.js';

/** In seconds. */
function keptFor(settings: Partial<Settings>): number {
  const metrics = { gauge: () => {} };
  const none = {} as never;
  const all = Object.assign(new Settings(), settings);
  const service = new RevocationsService(all, none, none, none, new TokenClock(), metrics as never);
  const { createdAt, expiresAt } = service.ofKey('key').params as Record<'createdAt' | 'expiresAt', number>;
  return Math.round((expiresAt - createdAt) / 1000);
}

describe('a revocation is kept', () => {
  it.each([
    ['a minute longer than a token lives', 10_000, 900 + 60],
    ['longer where a node may mint from memory for longer than a minute', 3_600_000, 900 + 3_600],
  ])('%s', (_what, REVOCATION_STALENESS, seconds) => {
    expect(keptFor({ ACCESS_TOKEN_TTL: 900_000, REVOCATION_STALENESS })).toBe(seconds);
  });
});

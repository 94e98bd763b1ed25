import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Statement } from '../../../src/platform/database/database.service.js';
import { RevocationsService } from '../../../src/tokens/revocation/revocations.service.js';
import { TokenClock } from '../../../src/tokens/revocation/token-clock.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { DAY, HOUR, MINUTE, SECOND } from '../../support/clock.js';
import { works } from '../../support/sessions.js';

/** Time passes: for the clock and for the monotonic one. */
const pass = (ms: number) => vi.advanceTimersByTime(ms);
/** The operator sets the clock. */
const set = (ms: number) => vi.setSystemTime(Date.now() + ms);
/** Nothing can be forgotten sooner: the lifetime of a token, and a minute for late ones. */
const LIFETIME = 16 * MINUTE;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: Date.now() });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the clock of tokens', () => {
  it('is steady while time passes, however it is read', () => {
    const clock = new TokenClock();
    pass(HOUR);
    expect(clock.now()).toBe(Date.now());
    expect(clock.steadyFor).toBe(HOUR);
    // As when it is adjusted by and by.
    for (let minute = 0; minute < 60; minute++) {
      set(SECOND);
      pass(MINUTE);
      clock.now();
    }
    expect(clock.steadyFor).toBe(2 * HOUR);
  });

  it.each([HOUR, -HOUR, 11 * SECOND])('is steady again once it was set by %i ms', (ms) => {
    const clock = new TokenClock();
    pass(HOUR);
    set(ms);
    expect(clock.steadyFor).toBe(0);
    pass(MINUTE);
    expect(clock.steadyFor).toBe(MINUTE);
  });

  it('remembers how late it has been, up to a day ahead', () => {
    const clock = new TokenClock();
    const start = clock.now();
    set(HOUR);
    clock.now();
    set(-HOUR);
    expect(clock.latest).toBe(start + HOUR);
    pass(2 * HOUR);
    expect(clock.latest).toBe(start + 2 * HOUR);
    set(365 * DAY);
    clock.now();
    set(-365 * DAY);
    expect(clock.latest).toBe(start + 2 * HOUR + DAY);
  });
});

describe('what was revoked', () => {
  let app: TestApp;

  beforeAll(async () => {
    // On PostgreSQL the monotonic clock would show that the node has not looked for an hour.
    app = await startApp({ env: { REVOCATION_FAIL: 'open' } });
  });
  afterAll(() => app.close());

  /** What is done every minute. */
  const cleanUp = async () => {
    const service = app.nest.get(RevocationsService) as unknown as { expired: () => Statement | undefined };
    const statement = service.expired();
    if (statement) await app.database.run(statement);
  };

  async function rows(): Promise<number> {
    const [row] = await app.database.query<{ count: string | number }>(
      'SELECT COUNT(*) AS count FROM revocations',
    );
    return Number(row!.count);
  }

  it('is forgotten when no token can be alive that it would kill, and not because the clock says so', async () => {
    const member = await app.as.member();
    await member.post('/v1/auth/logout');
    expect(await rows()).toBe(1);
    set(HOUR);
    await cleanUp();
    expect(await rows()).toBe(1);
    set(-HOUR);
    await cleanUp();
    expect(await works(app, member.tokens.access_token)).toBe(false);

    pass(LIFETIME - SECOND);
    await cleanUp();
    expect(await rows()).toBe(1);
    pass(HOUR);
    await cleanUp();
    expect(await rows()).toBe(0);
    expect(await works(app, member.tokens.access_token)).toBe(false);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';

/** Takes half a minute and wants a calm machine, so it runs where this is set. */
const IS_WANTED = process.env['TEST_TIMING'] !== undefined;
const SAMPLES = 200;
/** Of two samples of the same the chance is 0.5 that one of the first is the larger, with a deviation of 0.029. */
const NOISE = 0.1;

/** How likely one of `a` is larger than one of `b` (the rank test of Mann and Whitney). */
function chanceOfLarger(a: number[], b: number[]): number {
  const larger = a.map((x) => b.reduce((sum, y) => sum + (x > y ? 1 : x === y ? 0.5 : 0), 0));
  return larger.reduce((sum, each) => sum + each, 0) / (a.length * b.length);
}

describe.runIf(IS_WANTED)('failed logins', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({ env: { RATE_LIMIT: 'on', TRUST_PROXY: '1', LOG_LEVEL: 'silent' } });
  });
  afterAll(() => app.close());

  /** An account for each sample, as sign-up would make it, so that none has to wait. */
  async function accounts(kind: string, change: string): Promise<void> {
    const { id } = await app.as.member(`${kind}@example.com`);
    for (let n = 0; n < SAMPLES; n++) {
      await app.database.query(
        `INSERT INTO users (id, email, name, password_hash, status, version, created_at, updated_at)
         SELECT :newId, :email, name, password_hash, status, version, created_at, updated_at FROM users WHERE id = :id`,
        { id, newId: `${kind}-${n}`, email: `${kind}-${n}@example.com` },
      );
    }
    await app.database.query(`UPDATE users SET ${change} WHERE email LIKE :like`, { like: `${kind}-%` });
  }

  it('take the same time no matter what was wrong', { timeout: 120_000 }, async () => {
    await accounts('wrong', 'name = NULL');
    await accounts('disabled', `status = 'disabled'`);
    await accounts('without', 'password_hash = NULL');
    const kinds: Record<string, (n: number) => object> = {
      wrong: (n) => ({ email: `wrong-${n}@example.com`, password: 'a wrong passphrase' }),
      unknown: (n) => ({ email: `unknown-${n}@example.com`, password: PASSWORD }),
      disabled: (n) => ({ email: `disabled-${n}@example.com`, password: PASSWORD }),
      without: (n) => ({ email: `without-${n}@example.com`, password: PASSWORD }),
      malformed: (n) => ({ email: `no address ${n}`, password: PASSWORD }),
    };
    const times: Record<string, number[]> = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
    for (let n = 0; n < SAMPLES; n++) {
      // In another order each time, for the one before may leave something behind.
      const order = Object.keys(kinds).toSorted(() => Math.random() - 0.5);
      for (const kind of order) {
        const headers = { 'x-forwarded-for': `203.0.${n}.${order.indexOf(kind)}` };
        const startedAt = performance.now();
        const { status } = await app.as.anonymous().post('/v1/auth/login', kinds[kind]!(n), headers);
        times[kind]!.push(performance.now() - startedAt);
        expect(status).toBe(401);
      }
    }
    for (const [kind, taken] of Object.entries(times)) {
      const chance = chanceOfLarger(taken, times['wrong']!);
      expect(Math.abs(chance - 0.5), `${kind} against wrong: ${chance}`).toBeLessThan(NOISE);
    }
  });

  it('of a known address are refused as fast as of an unknown one', async () => {
    await accounts('throttled', 'name = NULL');
    const times = { known: [] as number[], unknown: [] as number[] };
    for (let time = 0; time < SAMPLES + 5; time++) {
      for (const [kind, email] of [
        ['known', 'throttled-1@example.com'],
        ['unknown', 'nobody-1@example.com'],
      ] as const) {
        const headers = { 'x-forwarded-for': `198.51.${time}.1` };
        const startedAt = performance.now();
        const { status } = await app.as
          .anonymous()
          .post('/v1/auth/login', { email, password: PASSWORD + '!' }, headers);
        if (status === 429) times[kind].push(performance.now() - startedAt);
      }
    }
    expect(times.known.length).toBeGreaterThan(SAMPLES / 2);
    const chance = chanceOfLarger(times.known, times.unknown);
    expect(Math.abs(chance - 0.5), `known against unknown: ${chance}`).toBeLessThan(NOISE);
  });
});

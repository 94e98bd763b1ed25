import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LIMITS } from '../../../src/platform/access/limits.js';
import { CleanUps } from '../../../src/platform/database/clean-ups.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Client } from '../../support/client.js';
import { DAY, HOUR } from '../../support/clock.js';
import {
  ask,
  Browser,
  firstParty,
  form,
  pkce,
  REDIRECT,
  targetOf,
  type TestClient,
} from '../../support/oauth.js';

/** As many as can be started over. */
const KEPT = 20_000;

describe('requests of browsers that are not signed in', () => {
  let app: TestApp;
  let client: TestClient;
  let cleanUps: Parameters<CleanUps['every']>[];

  beforeAll(async () => {
    const every = vi.spyOn(CleanUps.prototype, 'every');
    app = await startApp({ env: { RATE_LIMIT: 'on' } });
    cleanUps = every.mock.calls.filter(([, name]) => name.includes('oauth_requests'));
    every.mockRestore();
    client = await firstParty(app);
  });
  afterAll(() => app.close());

  const count = async () =>
    Number((await app.database.query<{ n: number }>('SELECT count(*) AS n FROM oauth_requests'))[0]!.n);
  const insert = (from: number, rows: number, expiresAt: number) =>
    app.database.run({
      sql: `WITH RECURSIVE numbers (n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM numbers WHERE n < ${from + rows - 1})
        INSERT INTO oauth_requests (hash, kind, client_id, parameters, created_at, expires_at)
        SELECT 'request-' || n, 'sign-in', '${client.id}', '{}', 1, ${expiresAt} + n FROM numbers`,
      params: {},
    });

  it('are thinned out once so many have expired, the oldest first, and none that is live', async () => {
    const now = Date.now();
    await insert(0, 50, now - 2 * DAY);
    await insert(100, KEPT, now - DAY);
    await insert(100_000, 50, now + HOUR);
    for (const [, , expired] of cleanUps) await app.database.run(expired(now)!);
    expect(await count()).toBe(KEPT + 50);
    const [oldest] = await app.database.query<{ at: number }>(
      'SELECT min(expires_at) AS at FROM oauth_requests',
    );
    expect(Number(oldest!.at)).toBe(now - DAY + 100);
    await app.database.run({ sql: 'DELETE FROM oauth_requests', params: {} });
  });

  it('are refused beyond what one source may leave, and those of signed-in users are not', async () => {
    const browser = await Browser.of(app, await app.as.member());
    const stranger = new Client(app.url, { accept: 'text/html' });
    const { quota } = LIMITS.authorization.source;
    const { answer } = await ask(stranger, client);
    expect(targetOf(answer)).toMatch(/^\/login/);
    const expired = new URL(targetOf(answer)!, app.url).searchParams.get('continue')!;
    for (let left = quota - 1; left > 0; left -= 50)
      await Promise.all(Array.from({ length: Math.min(left, 50) }, () => ask(stranger, client)));
    expect(await count()).toBe(quota);

    const refused = (await ask(stranger, client)).answer;
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    // Nor by starting one over that has expired.
    await app.database.run({ sql: 'UPDATE oauth_requests SET expires_at = 1', params: {} });
    expect((await stranger.get(expired)).status).toBe(429);
    expect(await count()).toBe(quota);
    // One that was pushed is used up by then, and leads on.
    const { challenge } = pkce();
    const fields = {
      redirect_uri: REDIRECT,
      response_type: 'code',
      scope: 'openid',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    };
    const { request_uri } = (await form(app, '/oauth/par', fields, client.headers)).body;
    const by = new URLSearchParams({ client_id: client.clientId, request_uri });
    const page = await stranger.get(`/oauth/authorize?${by.toString()}`);
    expect(targetOf(page), page.text).toMatch(/^\/login/);
    expect((await ask(browser, client)).back.has('code')).toBe(true);
    expect((await ask(stranger, client, { prompt: 'none' })).back.get('error')).toBe('login_required');
  });
});

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CleanUps } from '../../../src/platform/database/clean-ups.service.js';
import { TokenClock } from '../../../src/tokens/revocation/token-clock.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { DAY } from '../../support/clock.js';
import {
  Browser,
  firstParty,
  form,
  pkce,
  REDIRECT,
  refresh,
  signInTo,
  type TestClient,
} from '../../support/oauth.js';

const SIGN_INS = 100;
const REFRESHES_EACH = 4;
const LIVE_AT_MOST = 5;
/** Longer than anything is kept. */
const MUCH_LATER = 3_650 * DAY;

describe('after many sign-ins and refreshes', () => {
  let app: TestApp;
  let client: TestClient;
  let cleanUps: Parameters<CleanUps['every']>[];

  beforeAll(async () => {
    const every = vi.spyOn(CleanUps.prototype, 'every');
    app = await startApp();
    cleanUps = [...every.mock.calls];
    every.mockRestore();
    // Revocations are kept while the clock may have been wrong.
    vi.spyOn(TokenClock.prototype, 'steadyFor', 'get').mockReturnValue(Infinity);
    client = await firstParty(app);
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await app.close();
  });

  const rowsOf = async (table: string) =>
    Number((await app.database.query<{ n: number }>(`SELECT count(*) AS n FROM "${table}"`))[0]!.n);

  /** By table. */
  async function rows(): Promise<Record<string, number>> {
    const sql = app.database.isSqlite
      ? `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
      : 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()';
    const tables = (await app.database.query<{ name: string }>(sql)).map(({ name }) => name).toSorted();
    const counts: Record<string, number> = {};
    // One for each job of the background that has run by then, whoever signs in.
    for (const table of tables.filter((each) => each !== 'leases')) counts[table] = await rowsOf(table);
    return counts;
  }

  /** Every clean-up of the server, as it would run then. */
  async function cleanUpAt(now: number): Promise<void> {
    for (const [, , expired] of cleanUps) {
      const statement = expired(now)!;
      const params = { ...statement.params, ...('now' in statement.params && { now }) };
      while ((await app.database.run({ ...statement, params })).affected > 0);
    }
  }

  async function use(browser: Browser): Promise<void> {
    let { refresh_token } = await signInTo(app, client, browser);
    for (let n = 0; n < REFRESHES_EACH; n++)
      refresh_token = (await refresh(app, client, refresh_token)).body.refresh_token;
    const request = {
      redirect_uri: REDIRECT,
      response_type: 'code',
      code_challenge: pkce().challenge,
      code_challenge_method: 'S256',
    };
    expect((await form(app, '/oauth/par', request, client.headers)).status).toBe(201);
  }

  it('no more sessions are live than a user may have, and the tables are back where they were', async () => {
    const person = await app.as.member();
    await cleanUpAt(Date.now() + MUCH_LATER);
    const before = await rows();

    const browser = await Browser.of(app, person);
    for (let n = 0; n < SIGN_INS; n++) await use(browser);
    const [live] = await app.database.query<{ n: number }>(
      'SELECT count(*) AS n FROM sessions WHERE client_id = :id AND revoked_at IS NULL',
      { id: client.id },
    );
    expect(Number(live!.n)).toBe(LIVE_AT_MOST);
    // One for each sign-in, and none for a refresh.
    expect((await rows())['sessions']).toBe(before['sessions']! + 1 + SIGN_INS);
    expect((await rows())['oauth_codes']).toBe(before['oauth_codes']! + SIGN_INS);

    await cleanUpAt(Date.now() + MUCH_LATER);
    expect(await rows()).toEqual(before);
    // And one of the node itself.
    expect(await rowsOf('leases')).toBeLessThanOrEqual(cleanUps.length + 1);
  });
});

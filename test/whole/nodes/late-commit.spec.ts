import { Client as Postgres } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { clock, SECOND } from '../../support/clock.js';
import { isPostgres } from '../../support/database.js';
import { works } from '../../support/sessions.js';
import { decoded } from '../../support/signing-keys.js';

/** Another node: writes into the same database, and this one learns of it only by looking. */
describe.runIf(isPostgres)('what another node revokes', () => {
  let app: TestApp;
  let late: Postgres;
  let prompt: Postgres;

  beforeAll(async () => {
    app = await startApp();
    const connectionString = app.settings.DATABASE_URL;
    late = new Postgres({ connectionString });
    prompt = new Postgres({ connectionString });
    await Promise.all([late.connect(), prompt.connect()]);
    clock.stop();
  });
  afterAll(async () => {
    clock.release();
    await Promise.all([late.end(), prompt.end()]);
    await app.close();
  });

  const revoke = (node: Postgres, { tokens }: SignedIn) =>
    node.query(
      `INSERT INTO revocations (kind, subject, created_at, expires_at) VALUES ('session', $1, $2, $3)`,
      [decoded(tokens.access_token).claims['sid'], Date.now(), Date.now() + 3_600_000],
    );
  /** Until this node refuses the token, by looking into the table every half second. */
  const refused = async (member: SignedIn) => {
    const isAlive = () => works(app, member.tokens.access_token);
    await expect.poll(isAlive, { interval: 20, timeout: 1_500 }).toBe(false);
  };

  it('is not missed because its transaction committed after later ones had been seen', async () => {
    const [first, second, third] = [await app.as.member(), await app.as.member(), await app.as.member()];
    await late.query('BEGIN');
    await revoke(late, first);

    clock.forward(SECOND);
    await revoke(prompt, second);
    await refused(second);
    clock.forward(11 * SECOND);
    await revoke(prompt, third);
    await refused(third);
    expect(await works(app, first.tokens.access_token), 'not committed yet').toBe(true);

    await late.query('COMMIT');
    await refused(first);
  });

  it('is not in force when its transaction was undone', async () => {
    const [first, second] = [await app.as.member(), await app.as.member()];
    await late.query('BEGIN');
    await revoke(late, first);
    await late.query('ROLLBACK');
    await revoke(prompt, second);
    await refused(second);
    expect(await works(app, first.tokens.access_token)).toBe(true);
  });
});

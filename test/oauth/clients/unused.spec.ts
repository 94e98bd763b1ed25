import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { DAY } from '../../support/clock.js';
import { ask, basic, Browser, form, makeClient, type TestClient } from '../../support/oauth.js';

describe('a client that registered itself and was not used for long', () => {
  let app: TestApp;
  let browser: Browser;

  beforeAll(async () => {
    app = await startApp();
    browser = await Browser.of(app, await app.as.member());
  });
  afterAll(() => app.close());

  /** One that the next clean-up removes, unless it is used before. */
  const unused = async (): Promise<TestClient> => {
    const client = await makeClient(app);
    const sql = `UPDATE oauth_clients SET kind = 'dynamic', last_used_at = :usedAt WHERE id = :id`;
    await app.database.run({ sql, params: { id: client.id, usedAt: Date.now() - 91 * DAY } });
    return client;
  };

  it('is used by who is sent here to sign in, and stays', async () => {
    const client = await unused();
    expect((await ask(browser, client)).answer.status).toBe(303);
    const sql = 'SELECT last_used_at FROM oauth_clients WHERE id = :id';
    const usedAt = async () =>
      Number((await app.database.query<any>(sql, { id: client.id }))[0].last_used_at);
    await expect.poll(usedAt).toBeGreaterThan(Date.now() - DAY);
  });

  it('is looked for again when it was remembered, since it may be gone', async () => {
    const client = await unused();
    // Of what proves nothing no use is noted, but the client is remembered.
    const fields = { grant_type: 'client_credentials' };
    const refused = await form(app, '/oauth/token', fields, basic(client.clientId, 'wrong'));
    expect(refused.body.error).toBe('invalid_client');
    await app.database.run({ sql: 'DELETE FROM oauth_clients WHERE id = :id', params: { id: client.id } });
    expect((await ask(browser, client)).answer.status).toBe(400);
  });
});

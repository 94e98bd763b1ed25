import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeKey } from '../../support/api-keys.js';
import { startApp, type TestApp } from '../../support/app.js';
import { clock, HOUR } from '../../support/clock.js';
import { makeDatabase, queryAt } from '../../support/database.js';

describe('being refused', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterEach(() => clock.release());
  afterAll(() => app.close());

  const denials = () =>
    app.database.query<{ actor_id: string; detail: string; request_id: string }>(
      "SELECT actor_id, detail, request_id FROM audit_events WHERE action = 'access.denied'",
    );

  it('is recorded with who, what and the request', async () => {
    const member = await app.as.member();
    const { headers } = await member.get('/v1/users?secret=of-the-query');
    await expect.poll(denials).toHaveLength(1);
    const [denial] = await denials();
    expect(denial).toMatchObject({ actor_id: member.id, request_id: headers.get('x-request-id') });
    expect(JSON.parse(denial!.detail)).toEqual({ method: 'GET', route: '/v1/users' });
  });

  it('is not recorded for strangers, nor when one is let in', async () => {
    const before = (await denials()).length;
    await app.as.anonymous().get('/v1/users');
    await (await app.as.member()).get('/v1/me');
    await (await app.as.admin()).get('/v1/users');
    expect(await denials()).toHaveLength(before);
  });

  it('is told together from the sixth time on: one account makes a handful of rows an hour, which say how many', async () => {
    clock.stop();
    const member = await app.as.member();
    const ofMember = async () => (await denials()).filter(({ actor_id }) => actor_id === member.id);
    for (let n = 0; n < 40; n++) await member.get(n % 2 ? '/v1/users' : '/v1/roles');
    await expect.poll(ofMember).toHaveLength(5);

    const other = await app.as.member();
    await other.get('/v1/users');
    await expect
      .poll(async () => (await denials()).filter(({ actor_id }) => actor_id === other.id))
      .toHaveLength(1);

    clock.forward(HOUR);
    await (await member.refreshed()).get('/v1/users');
    await expect.poll(ofMember).toHaveLength(7);
    const told = (await ofMember()).map(({ detail }) => JSON.parse(detail)).filter(({ times }) => times);
    expect(told).toEqual([
      { method: 'GET', route: '/v1/users', times: 35, since: expect.any(String), until: expect.any(String) },
    ]);
  });

  it('counts an API key for its owner, and refreshes that were sent again in the same way', async () => {
    const member = await app.as.member();
    const { key } = await makeKey(app, member);
    const byKey = app.as.anonymous().with({ authorization: `Bearer ${key}` });
    for (let n = 0; n < 6; n++) {
      await byKey.get('/v1/users');
      await member.get('/v1/users');
    }
    const { refresh_token } = member.tokens;
    for (let n = 0; n < 12; n++) await app.as.anonymous().post('/v1/auth/refresh', { refresh_token });
    const actions = async () =>
      (
        await app.database.query<{ action: string }>(
          `SELECT action FROM audit_events WHERE actor_id = :id AND action IN ('access.denied', 'session.refresh_retried')`,
          { id: member.id },
        )
      ).map(({ action }) => action);
    const five = (action: string) => Array.from({ length: 5 }, () => action);
    await expect
      .poll(async () => (await actions()).toSorted())
      .toEqual([...five('access.denied'), ...five('session.refresh_retried')]);
  });

  it('is in the trail with its count when the server stops', async () => {
    const database = await makeDatabase({ isShared: true });
    try {
      const stopped = await startApp({ env: { DATABASE_URL: database.url } });
      const member = await stopped.as.member();
      for (let n = 0; n < 9; n++) await member.get('/v1/users');
      await stopped.close();
      const rows = await queryAt(
        database.url,
        "SELECT detail FROM audit_events WHERE action = 'access.denied' ORDER BY id",
      );
      expect(rows.map(({ detail }) => JSON.parse(String(detail)).times)).toEqual([
        ...Array.from({ length: 5 }, () => undefined),
        4,
      ]);
    } finally {
      await database.drop();
    }
  });
});

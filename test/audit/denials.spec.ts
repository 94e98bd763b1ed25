import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';

describe('being refused', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
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
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { useWholeCosts } from '../../support/cheap-hashes.js';
import { auditOf, refresh, rowsOfUser } from '../../support/sessions.js';

describe('logging in with LOGIN_QUEUE=1', () => {
  let app: TestApp;
  useWholeCosts();

  beforeAll(async () => {
    app = await startApp({ env: { LOGIN_QUEUE: '1' } });
  });
  afterAll(() => app.close());

  it('tells a crowd to come back later, and serves them then', async () => {
    const { email, id } = await app.as.member();
    const logIn = () => app.as.anonymous().post('/v1/auth/login', { email, password: PASSWORD });
    const answers = await Promise.all(Array.from({ length: 20 }, logIn));
    const served = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status === 503);
    expect(served.length + refused.length).toBe(20);
    expect(served.length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(0);
    for (const { body, headers } of refused) {
      expect(body.code).toBe('overloaded');
      expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
      expect(headers.getSetCookie()).toEqual([]);
    }
    expect(await rowsOfUser(app, id)).toHaveLength(1 + served.length);
    expect(await auditOf(app, id)).toEqual(['user.signed_up']);
    expect((await logIn()).status).toBe(200);
  });

  it('refuses an unknown address in the same way', async () => {
    const strangers = Array.from({ length: 20 }, (_, n) => `nobody-${n}@example.com`);
    const answers = await Promise.all(
      strangers.map((email) => app.as.anonymous().post('/v1/auth/login', { email, password: PASSWORD })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401, 503]));
  });

  it('goes on guarding and refreshing in between', async () => {
    const member = await app.as.member();
    const logIn = () =>
      app.as.anonymous().post('/v1/auth/login', { email: member.email, password: PASSWORD });
    const [me, refreshed] = await Promise.all([
      member.get('/v1/me'),
      refresh(app, member.tokens.refresh_token),
      ...Array.from({ length: 10 }, logIn),
    ]);
    expect([me!.status, refreshed!.status]).toEqual([200, 200]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { jarOf } from '../../support/cookie-jar.js';
import { expectProblem } from '../../support/problem.js';

describe('cookies that no browser would keep', () => {
  let app: TestApp;
  beforeAll(async () => {
    const env = {
      PUBLIC_URL: 'https://auth.example.com',
      CORS_ORIGINS: 'https://app.example.com,https://app.example.net',
    };
    app = await startApp({ env });
  });
  afterAll(() => app.close());

  const sessions = async () => {
    const [row] = await app.database.query<{ live: number }>(
      'SELECT count(*) AS live FROM sessions WHERE revoked_at IS NULL',
    );
    return Number(row!.live);
  };
  const users = async () => {
    const [row] = await app.database.query<{ users: number }>('SELECT count(*) AS users FROM users');
    return Number(row!.users);
  };

  const OTHER_SITES: [string, Record<string, string>][] = [
    ['as fetch metadata say', { origin: 'https://app.example.net', 'sec-fetch-site': 'cross-site' }],
    ['by its Origin alone', { origin: 'https://app.example.net' }],
  ];
  it.each(OTHER_SITES)(
    'are refused to an allowed page of another site, %s, before anything is done',
    async (_, headers) => {
      const { email } = await app.as.member();
      const anonymous = app.as.anonymous();
      const before = [await users(), await sessions()];
      const body = { password: PASSWORD, session: 'cookie' };
      const bodies: [string, object][] = [
        ['signup', { ...body, email: `new-${Math.random()}@example.com` }],
        ['login', { ...body, email }],
        ['mfa/challenge', { challenge_token: 'x', code: '123456', session: 'cookie' }],
        ['passkeys', { passkey: {}, session: 'cookie' }],
      ];
      for (const [path, each] of bodies) {
        const answer = await anonymous.post(`/v1/auth/${path}`, each, headers);
        expectProblem(answer, 403, 'cookies_across_sites');
        expect(answer.headers.getSetCookie()).toEqual([]);
      }
      expect([await users(), await sessions()]).toEqual(before);
      expect((await anonymous.post('/v1/auth/login', { email, password: PASSWORD }, headers)).status).toBe(
        200,
      );
    },
  );

  it.each([
    [{ origin: 'https://app.example.com', 'sec-fetch-site': 'same-site' }],
    [{ origin: 'https://app.example.com' }],
    [{ origin: 'https://auth.example.com' }],
    [{}],
  ] as Record<string, string>[][])('are set for %j', async (headers) => {
    const { email } = await app.as.member();
    const body = { email, password: PASSWORD, session: 'cookie' };
    const answer = await app.as.anonymous().post('/v1/auth/login', body, headers);
    expect([answer.status, answer.headers.getSetCookie().length]).toEqual([200, 3]);
  });

  describe('for their size', () => {
    /** More names than a cookie holds; the scopes of a token are part of it, too. */
    const many = Array.from({ length: 49 }, (_, n) => `${'x'.repeat(61)}${n + 10}`);

    beforeAll(async () => {
      const admin = await app.as.admin();
      for (const name of many) await admin.post('/v1/roles', { name, scopes: ['account:read'] });
    });

    async function holderOfMuch() {
      const member = await app.as.member();
      const admin = await app.as.admin();
      const give = (roles: string[]) => admin.put(`/v1/users/${member.id}/roles`, { roles });
      return { member, give };
    }
    const logIn = (email: string, more: object = {}) =>
      app.as.anonymous().post('/v1/auth/login', { email, password: PASSWORD, session: 'cookie', ...more });

    it('are refused at the login, and no session is left behind', async () => {
      const { member, give } = await holderOfMuch();
      expect((await give(many)).status).toBe(200);
      const before = await sessions();
      const answer = await logIn(member.email);
      expectProblem(answer, 400, 'cookie_too_large');
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(await sessions()).toBe(before);
      expect((await logIn(member.email, { session: 'body' })).status).toBe(200);
    });

    it('are made as long as they fit', async () => {
      const { member, give } = await holderOfMuch();
      await give(many.slice(0, 20));
      const { status, headers } = await logIn(member.email);
      expect(status).toBe(200);
      const longest = Math.max(...headers.getSetCookie().map((cookie) => cookie.length));
      expect(longest).toBeGreaterThan(2_000);
      expect(longest).toBeLessThanOrEqual(4_096);
    });

    it('are refused at a refresh, which keeps the session', async () => {
      const { member, give } = await holderOfMuch();
      const { both } = jarOf(await logIn(member.email));
      await give(many);
      const refreshWith = (cookie: string) =>
        app.as
          .anonymous()
          .post('/v1/auth/refresh', undefined, { cookie, origin: 'https://auth.example.com' });
      const refused = await refreshWith(both);
      expectProblem(refused, 400, 'cookie_too_large');
      const [next, ...more] = refused.headers.getSetCookie();
      expect(next).toMatch(/^__Host-gatehouse_refresh=/);
      expect(more).toEqual([]);
      await give(['user']);
      expect((await refreshWith(next!.split(';', 1)[0]!)).status).toBe(200);
    });
  });
});

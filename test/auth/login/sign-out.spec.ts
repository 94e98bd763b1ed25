import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { makeKey } from '../../support/api-keys.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { Client, SignedIn } from '../../support/client.js';
import { clock, DAY, MINUTE } from '../../support/clock.js';
import { expectOnly } from '../../support/expect-only.js';
import { expectProblem } from '../../support/problem.js';
import { refresh } from '../../support/sessions.js';

const EVIL = { origin: 'https://evil.example' };

describe('signing out', () => {
  let app: TestApp;
  beforeAll(async () => (app = await startApp()));
  afterEach(() => clock.release());
  afterAll(() => app.close());

  const logOut = (client: Client, headers: Record<string, string> = {}) =>
    client.post('/v1/auth/logout', undefined, headers);
  const isOver = async ({ tokens }: SignedIn) => (await refresh(app, tokens.refresh_token)).status === 401;

  it('works with an access token that has expired', async () => {
    clock.stop();
    const member = await app.as.member();
    clock.forward(DAY);
    expect((await member.get('/v1/me')).status).toBe(401);
    expect((await expectOnly(app, ['session.ended'], () => logOut(member))).status).toBe(204);
    expect(await isOver(member)).toBe(true);
  });

  it('works twice, and is recorded once', async () => {
    const member = await app.as.member();
    expect((await expectOnly(app, ['session.ended'], () => logOut(member))).status).toBe(204);
    expect((await expectOnly(app, [], () => logOut(member))).status).toBe(204);
    expect(await isOver(member)).toBe(true);
  });

  it('works where the session was ended from elsewhere, or the account was disabled', async () => {
    const member = await app.as.member();
    await member.delete('/v1/me/sessions');
    expect((await expectOnly(app, [], () => logOut(member))).status).toBe(204);
    const other = await app.as.member();
    await (await app.as.admin()).patch(`/v1/users/${other.id}`, { status: 'disabled' });
    expect((await logOut(other)).status).toBe(204);
  });

  it('ends no session but the one of the token', async () => {
    const member = await app.as.member();
    const other = await app.as.logIn(member.email);
    await logOut(member);
    expect((await other.get('/v1/me')).status).toBe(200);
  });

  it.each(['Bearer', 'Bearer x', 'Bearer a.b.c', 'Basic eDp5', ''])(
    'is refused with %j in place of a token',
    async (authorization) => {
      const { status, headers } = await expectOnly(app, [], () =>
        logOut(app.as.anonymous(), { authorization }),
      );
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
    },
  );

  it('is refused without any token, with a forged one, and with one in the URL', async () => {
    const anonymous = app.as.anonymous();
    expectProblem(await logOut(anonymous), 401, 'unauthenticated');
    const member = await app.as.member();
    const [head, claims, signature] = member.tokens.access_token.split('.');
    const forged = [head, claims, signature!.split('').toReversed().join('')].join('.');
    const answer = await logOut(anonymous, { authorization: `Bearer ${forged}` });
    expectProblem(answer, 401, 'invalid_token');
    const inUrl = await anonymous.post(`/v1/auth/logout?access_token=${member.tokens.access_token}`);
    expectProblem(inUrl, 400, 'invalid_request');
    expect(await isOver(member)).toBe(false);
  });

  it('does nothing to an API key or to the session of who made it', async () => {
    const member = await app.as.member();
    const key = await makeKey(app, member);
    expect((await logOut(key)).status).toBe(204);
    expect((await key.get('/v1/me')).status).toBe(200);
    expect((await member.get('/v1/me')).status).toBe(200);
  });

  describe('in cookie mode', () => {
    /** The cookies of a new session, and its access cookie gone where it has had its time. */
    async function jar(keep: (cookie: string) => boolean = () => true): Promise<string> {
      const email = `jar-${Math.random()}@example.com`;
      const body = { email, password: PASSWORD, session: 'cookie' };
      const { headers } = await app.as.anonymous().post('/v1/auth/signup', body);
      const pairs = headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0]!);
      return pairs.filter(keep).join('; ');
    }
    const refreshOnly = () => jar((cookie) => cookie.includes('refresh'));
    const send = (cookie: string, path: string, headers: Record<string, string> = { origin: app.url }) =>
      app.as.anonymous().post(path, undefined, { cookie, ...headers });
    const CLEARED = [
      expect.stringMatching(/^gatehouse_access=; Max-Age=0; Path=\/;/),
      expect.stringMatching(/^gatehouse_refresh=; Max-Age=0; Path=\/v1\/auth;/),
    ];

    it('works with the refresh cookie alone, and takes it away', async () => {
      const cookie = await refreshOnly();
      const { status, headers } = await send(cookie, '/v1/auth/logout');
      expect(status).toBe(204);
      expect(headers.getSetCookie()).toEqual(CLEARED);
      expect((await send(cookie, '/v1/auth/refresh')).status).toBe(401);
    });

    it('works with an access cookie that has expired and was kept', async () => {
      clock.stop();
      const cookie = await jar((each) => each.includes('access') || each.includes('refresh'));
      clock.forward(20 * MINUTE);
      expect((await send(cookie, '/v1/auth/logout')).status).toBe(204);
      expect((await send(cookie, '/v1/auth/refresh')).status).toBe(401);
    });

    it.each(['the same again', 'gatehouse_access=rubbish', 'gatehouse_refresh=rubbish; gatehouse_access='])(
      'takes dead cookies away: %s',
      async (dead) => {
        const cookie = dead.includes('=') ? dead : await jar();
        if (cookie !== dead) await send(cookie, '/v1/auth/logout');
        const { status, headers } = await send(cookie, '/v1/auth/logout');
        expect(status).toBe(204);
        expect(headers.getSetCookie()).toEqual(CLEARED);
      },
    );

    it('is refused from another site, and ends nothing there', async () => {
      for (const cookie of [await refreshOnly(), await jar()]) {
        const answer = await send(cookie, '/v1/auth/logout', EVIL);
        expectProblem(answer, 403, 'cross_site_request');
        expect(answer.headers.getSetCookie()).toEqual([]);
        expect((await send(cookie, '/v1/auth/refresh')).status).toBe(200);
      }
    });

    it('goes by the header alone where there is one', async () => {
      const cookie = await jar();
      const member = await app.as.member();
      expect((await logOut(member, { cookie })).status).toBe(204);
      expect((await send(cookie, '/v1/auth/refresh')).status).toBe(200);
      expect(await isOver(member)).toBe(true);
    });

    it('says that it is time to refresh once the access cookie alone is gone', async () => {
      const cookie = await refreshOnly();
      expectProblem(await app.as.anonymous().get('/v1/me', { cookie }), 401, 'invalid_token');
      expectProblem(await app.as.anonymous().get('/v1/me'), 401, 'unauthenticated');
    });
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { Answer } from '../../support/client.js';
import { clock, MINUTE } from '../../support/clock.js';
import { jarOf, type Jar } from '../../support/cookie-jar.js';
import { expectProblem } from '../../support/problem.js';
import { rowOf, rowsOfUser } from '../../support/sessions.js';

const EVIL = 'https://evil.example';

describe('a session in cookies over https', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({ env: { PUBLIC_URL: 'https://auth.example.com' } });
  });
  // Lifetimes are whole seconds, which only a stopped clock makes exact.
  beforeEach(() => clock.stop());
  afterEach(() => clock.release());
  afterAll(() => app.close());

  const logIn = async () => {
    const { email } = await app.as.member();
    return app.as.anonymous().post('/v1/auth/login', { email, password: PASSWORD, session: 'cookie' });
  };

  it('has prefixes and Secure', async () => {
    const answer = await logIn();
    const jar = jarOf(answer);
    expect(answer.headers.getSetCookie()).toEqual([
      `__Host-gatehouse_access=${jar.access}; Max-Age=900; Path=/; HttpOnly; Secure; SameSite=Lax`,
      `__Host-gatehouse_refresh=${jar.refresh}; Max-Age=2592000; Path=/; HttpOnly; Secure; SameSite=Strict`,
      `__Host-gatehouse_device=${jar.device}; Max-Age=31536000; Path=/; HttpOnly; Secure; SameSite=Strict`,
    ]);
  });

  it('keeps them when it ends', async () => {
    const { both } = jarOf(await logIn());
    const { status, headers } = await app.as
      .anonymous()
      .post('/v1/auth/logout', undefined, { cookie: both, origin: 'https://auth.example.com' });
    expect(status).toBe(204);
    const [access, refreshCookie] = headers.getSetCookie();
    expect(access).toMatch(/^__Host-gatehouse_access=;.* HttpOnly; Secure; SameSite=Lax$/);
    expect(refreshCookie).toMatch(
      /^__Host-gatehouse_refresh=;.* Path=\/;.* HttpOnly; Secure; SameSite=Strict$/,
    );
  });

  it('is not read from cookies without prefix, which plain http could have set', async () => {
    const { access, refresh: refreshToken } = jarOf(await logIn());
    const anonymous = app.as.anonymous();
    expect((await anonymous.get('/v1/me', { cookie: `gatehouse_access=${access}` })).status).toBe(401);
    const cookie = `gatehouse_refresh=${refreshToken}`;
    const { status } = await anonymous.post('/v1/auth/refresh', undefined, {
      cookie,
      origin: 'https://auth.example.com',
    });
    expect(status).toBe(401);
    expect((await anonymous.get('/v1/me', { cookie: `__Host-gatehouse_access=${access}` })).status).toBe(200);
  });

  describe('that a sibling host has a hand in', () => {
    const ORIGIN = { origin: 'https://auth.example.com' };
    let victim: Jar;
    let attacker: Jar;

    beforeEach(async () => {
      victim = jarOf(await logIn());
      attacker = jarOf(await logIn());
    });
    const refreshWith = (cookie: string) =>
      app.as.anonymous().post('/v1/auth/refresh', undefined, { cookie, ...ORIGIN });
    const expectNobodySignedIn = ({ headers }: Answer) => expect(headers.getSetCookie()).toEqual([]);
    const expectUnharmed = async () => {
      for (const jar of [victim, attacker]) {
        expect((await rowOf(app, jar.refresh)).generation).toBe(0);
        expect((await refreshWith(jar.both)).status).toBe(200);
      }
    };

    it('is refused with two refresh cookies, no matter which comes first', async () => {
      const pair = [
        `__Host-gatehouse_refresh=${attacker.refresh}`,
        `__Host-gatehouse_refresh=${victim.refresh}`,
      ];
      for (const two of [pair, pair.toReversed(), [pair[0], pair[0]]]) {
        for (const separator of ['; ', ';', ' ;\t ']) {
          const cookies = [...two, `__Host-gatehouse_access=${victim.access}`];
          const answer = await refreshWith(cookies.join(separator));
          expectProblem(answer, 400, 'invalid_request');
          expectNobodySignedIn(answer);
        }
      }
      await expectUnharmed();
    });

    it('is refused with two access cookies, to read and to change', async () => {
      const cookie = [attacker, victim].map(({ access }) => `__Host-gatehouse_access=${access}`).join('; ');
      expectProblem(await app.as.anonymous().get('/v1/me', { cookie }), 400, 'invalid_request');
      const changed = await app.as.anonymous().patch('/v1/me', { name: 'Mallory' }, { cookie, ...ORIGIN });
      expectProblem(changed, 400, 'invalid_request');
      const out = await app.as.anonymous().post('/v1/auth/logout', undefined, { cookie, ...ORIGIN });
      expectProblem(out, 400, 'invalid_request');
      await expectUnharmed();
    });

    it('is refused with two device cookies', async () => {
      const { email } = await app.as.member();
      const cookie = [attacker, victim].map(({ device }) => `__Host-gatehouse_device=${device}`).join('; ');
      const answer = await app.as
        .anonymous()
        .post('/v1/auth/login', { email, password: PASSWORD }, { cookie });
      expectProblem(answer, 400, 'invalid_request');
    });

    it.each([
      ['__Secure-gatehouse_refresh', 'with the prefix that a sibling can set'],
      ['gatehouse_refresh', 'without prefix'],
      ['\u00a0__Host-gatehouse_refresh', 'with a space of another kind before it'],
      ['__host-gatehouse_refresh', 'in small letters'],
    ])('is not refreshed by %s, %s', async (name) => {
      const answer = await refreshWith(`${name}=${attacker.refresh}`);
      expectProblem(answer, 401, 'invalid_refresh_token');
      expectNobodySignedIn(answer);
      // Nor does it count as one of two.
      expect((await refreshWith(`${name}=${attacker.refresh}; ${victim.both}`)).status).toBe(200);
    });

    it.each<[string, () => string]>([
      ['another session', () => victim.access],
      ['no session', () => 'e30.e30.AA'],
      ['nothing that can be read', () => 'garbage'],
    ])('is not refreshed next to the access cookie of %s', async (_, access) => {
      const cookies = [`__Host-gatehouse_refresh=${attacker.refresh}`, `__Host-gatehouse_access=${access()}`];
      const answer = await refreshWith(cookies.join('; '));
      expectProblem(answer, 401, 'invalid_refresh_token');
      expectNobodySignedIn(answer);
      await expectUnharmed();
    });

    it('is refreshed next to its own access cookie that has expired, and next to none', async () => {
      clock.forward(20 * MINUTE);
      expect((await refreshWith(victim.both)).status).toBe(200);
      expect((await refreshWith(`__Host-gatehouse_refresh=${attacker.refresh}`)).status).toBe(200);
    });
  });

  describe('is not begun by a page of another site', () => {
    const FOREIGN: Record<string, string>[] = [
      { origin: EVIL },
      { origin: 'null' },
      { origin: 'https://sibling.example.com' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ];

    it.each(FOREIGN)('that says %j', async (headers) => {
      const { email, id } = await app.as.member();
      const anonymous = app.as.anonymous();
      const answers = [
        await anonymous.post('/v1/auth/login', { email, password: PASSWORD, session: 'cookie' }, headers),
        await anonymous.post(
          '/v1/auth/signup',
          {
            email: `by-${Object.values(headers)[0]}@example.com`.replaceAll(/[:/]/g, ''),
            password: PASSWORD,
            session: 'cookie',
          },
          headers,
        ),
        await anonymous.post(
          '/v1/auth/mfa/challenge',
          { challenge_token: 'A'.repeat(43), code: '000000', session: 'cookie' },
          headers,
        ),
        await anonymous.post('/v1/auth/passkeys', { passkey: {}, session: 'cookie' }, headers),
      ];
      for (const answer of answers) {
        expectProblem(answer, 403, 'cross_site_request');
        expect(answer.headers.getSetCookie()).toEqual([]);
      }
      expect(await rowsOfUser(app, id)).toHaveLength(1);
      // With the tokens in the body there is nothing that a browser would keep.
      const inBody = await anonymous.post('/v1/auth/login', { email, password: PASSWORD }, headers);
      expect(inBody.status).toBe(200);
    });

    it('but by one of its own', async () => {
      const { email } = await app.as.member();
      const login = { email, password: PASSWORD, session: 'cookie' };
      for (const headers of [
        { origin: 'https://auth.example.com' },
        { 'sec-fetch-site': 'same-origin' },
      ] as Record<string, string>[])
        expect((await app.as.anonymous().post('/v1/auth/login', login, headers)).status).toBe(200);
    });
  });

  it('does not trust the same host over plain http', async () => {
    const { both } = jarOf(await logIn());
    for (const origin of ['http://auth.example.com', app.url]) {
      const { status } = await app.as
        .anonymous()
        .patch('/v1/me', { name: 'Mallory' }, { cookie: both, origin });
      expect(status).toBe(403);
    }
    const ok = await app.as
      .anonymous()
      .patch('/v1/me', { name: 'Ada' }, { cookie: both, origin: 'https://auth.example.com' });
    expect(ok.status).toBe(200);
  });
});

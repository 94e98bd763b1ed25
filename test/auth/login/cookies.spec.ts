import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { clock } from '../../support/clock.js';
import { jarOf } from '../../support/cookie-jar.js';
import { refresh, rowOf, rowsOfUser, works } from '../../support/sessions.js';

const EVIL = 'https://evil.example';

describe('a session in cookies', () => {
  let app: TestApp;
  let email: string;

  beforeAll(async () => {
    app = await startApp();
    ({ email } = await app.as.member());
  });
  // Lifetimes are whole seconds, which only a stopped clock makes exact.
  beforeEach(() => clock.stop());
  afterEach(() => clock.release());
  afterAll(() => app.close());

  const logIn = () =>
    app.as.anonymous().post('/v1/auth/login', { email, password: PASSWORD, session: 'cookie' });
  const ownOrigin = () => ({ origin: app.url });

  it('is handed out in HttpOnly cookies, and not in the body', async () => {
    const answer = await logIn();
    expect(answer.status).toBe(200);
    const { access, refresh: refreshToken, device } = jarOf(answer);
    expect(answer.headers.getSetCookie()).toEqual([
      `gatehouse_access=${access}; Max-Age=900; Path=/; HttpOnly; SameSite=Lax`,
      `gatehouse_refresh=${refreshToken}; Max-Age=2592000; Path=/v1/auth; HttpOnly; SameSite=Strict`,
      `gatehouse_device=${device}; Max-Age=31536000; Path=/v1/auth; HttpOnly; SameSite=Strict`,
    ]);
    expect(Object.keys(answer.body).toSorted()).toEqual([
      'expires_in',
      'refresh_expires_in',
      'scope',
      'token_type',
      'user',
    ]);
    expect(answer.text).not.toContain(access);
    expect(answer.text).not.toContain(refreshToken);
    expect(answer.text).not.toContain(device);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await works(app, access)).toBe(true);
  });

  it('begins with the sign-up too', async () => {
    const answer = await app.as.anonymous().post('/v1/auth/signup', {
      email: 'in-cookies@example.com',
      password: PASSWORD,
      session: 'cookie',
    });
    expect(answer.status).toBe(201);
    expect(answer.body).not.toHaveProperty('access_token');
    expect(answer.body).not.toHaveProperty('refresh_token');
    expect(answer.headers.getSetCookie()).toHaveLength(3);
  });

  it('is set by nothing but a sign-in that asked for it', async () => {
    const anonymous = app.as.anonymous();
    const answers = [
      await anonymous.post('/v1/auth/login', { email, password: PASSWORD }),
      await anonymous.post('/v1/auth/login', { email, password: PASSWORD, session: 'body' }),
      await anonymous.post('/v1/auth/login', { email, password: 'wrong password', session: 'cookie' }),
      await anonymous.post('/v1/auth/signup', { email, password: PASSWORD, session: 'cookie' }),
      await anonymous.get('/.well-known/jwks.json'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 401, 409, 200]);
    for (const { headers } of answers) expect(headers.getSetCookie()).toEqual([]);
  });

  it.each(['cookies', 'COOKIE', '', null, true, ['cookie']])('is not to be had as %j', async (session) => {
    const { status, body } = await app.as
      .anonymous()
      .post('/v1/auth/login', { email, password: PASSWORD, session });
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ field: 'session', message: expect.any(String) }]);
  });

  describe('on a request that changes something', () => {
    /** What the browser says of where the request comes from. */
    const SAME_SITE: [string, () => Record<string, string>][] = [
      ['from PUBLIC_URL', () => ({ origin: app.settings.PUBLIC_URL })],
      ['from the host that is asked', ownOrigin],
      ['that fetch metadata call same-origin', () => ({ 'sec-fetch-site': 'same-origin' })],
      ['of a form without a referrer', () => ({ origin: 'null', 'sec-fetch-site': 'same-origin' })],
      [
        'through a development proxy that rewrites the host',
        () => ({ origin: 'http://localhost:5173', 'sec-fetch-site': 'same-origin' }),
      ],
      [
        'through one on an address of this machine',
        () => ({ origin: 'http://127.0.0.1:8080', 'sec-fetch-site': 'same-origin' }),
      ],
    ];
    const CROSS_SITE: [string, () => Record<string, string>][] = [
      ['with neither Origin nor fetch metadata', () => ({})],
      ['from another site', () => ({ origin: EVIL })],
      ['from Origin: null', () => ({ origin: 'null' })],
      ['from Origin: null on a cross-site page', () => ({ origin: 'null', 'sec-fetch-site': 'cross-site' })],
      ['from Origin: null on a sibling site', () => ({ origin: 'null', 'sec-fetch-site': 'same-site' })],
      [
        'from another port of this machine',
        () => ({ origin: 'http://localhost:5173', 'sec-fetch-site': 'same-site' }),
      ],
      [
        'from a host that begins like this machine',
        () => ({ origin: 'http://localhost.evil.example', 'sec-fetch-site': 'same-origin' }),
      ],
      ['from an empty Origin', () => ({ origin: '' })],
      ['from another port', () => ({ origin: 'http://localhost:3001' })],
      ['from another scheme', () => ({ origin: app.url.replace('http:', 'https:') })],
      ['from a host that begins like ours', () => ({ origin: `${app.settings.PUBLIC_URL}.evil.example` })],
      ['from a host that ends like ours', () => ({ origin: 'http://evil-localhost:3000' })],
      ['from our name as somebody’s user', () => ({ origin: `http://localhost:3000@evil.example` })],
      ['from a list with our origin in it', () => ({ origin: `${EVIL}, ${app.settings.PUBLIC_URL}` })],
      [
        'from another site that claims same-origin',
        () => ({ origin: EVIL, 'sec-fetch-site': 'same-origin' }),
      ],
      ['from a sibling site', () => ({ 'sec-fetch-site': 'same-site' })],
      ['from a cross-site page', () => ({ 'sec-fetch-site': 'cross-site' })],
      ['from nowhere', () => ({ 'sec-fetch-site': 'none' })],
    ];

    it.each(SAME_SITE)('is taken when %s', async (_, headers) => {
      const { access } = jarOf(await logIn());
      const cookie = `gatehouse_access=${access}`;
      const name = `Name ${Math.random()}`;
      const { status, body } = await app.as.anonymous().patch('/v1/me', { name }, { cookie, ...headers() });
      expect({ status, name: body.name }).toEqual({ status: 200, name });
    });

    it.each(CROSS_SITE)('is refused when %s', async (_, headers) => {
      const { access, both } = jarOf(await logIn());
      const anonymous = app.as.anonymous();
      const cookie = `gatehouse_access=${access}`;
      const changed = await anonymous.patch('/v1/me', { name: 'Mallory' }, { cookie, ...headers() });
      const ended = await anonymous.post('/v1/auth/logout', undefined, { cookie: both, ...headers() });
      const deleted = await anonymous.delete('/v1/me/sessions', { cookie, ...headers() });
      const refreshed = await anonymous.post('/v1/auth/refresh', undefined, { cookie: both, ...headers() });
      for (const { status, body, headers: answered } of [changed, ended, deleted, refreshed]) {
        expect({ status, code: body.code }).toEqual({ status: 403, code: 'cross_site_request' });
        expect(answered.getSetCookie()).toEqual([]);
      }
      const me = await anonymous.get('/v1/me', { cookie });
      expect(me.status).toBe(200);
      expect(me.body.name).not.toBe('Mallory');
      expect((await rowOf(app, jarOf(await logIn()).refresh)).generation).toBe(0);
    });

    it('needs none of it with a bearer token, no matter what cookies come along', async () => {
      const { tokens } = await app.as.logIn(email);
      const { access } = jarOf(await logIn());
      const authorization = `Bearer ${tokens.access_token}`;
      const headers: Record<string, string>[] = [
        {},
        { origin: EVIL },
        { origin: 'null' },
        { cookie: `gatehouse_access=${access}` },
      ];
      for (const more of headers) {
        const { status } = await app.as
          .anonymous()
          .patch('/v1/me', { name: 'Ada' }, { authorization, ...more });
        expect(status).toBe(200);
      }
    });
  });

  it('is enough to read, from any site', async () => {
    const { access } = jarOf(await logIn());
    for (const more of [{}, { origin: EVIL }, { 'sec-fetch-site': 'cross-site' }] as Record<
      string,
      string
    >[]) {
      const { status, headers } = await app.as
        .anonymous()
        .get('/v1/me', { cookie: `gatehouse_access=${access}`, ...more });
      expect(status).toBe(200);
      // The page there cannot read the answer.
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('is not opened by the refresh cookie, nor by an access token in its place', async () => {
    const { access, refresh: refreshToken } = jarOf(await logIn());
    const anonymous = app.as.anonymous();
    const swapped = [
      await anonymous.get('/v1/me', { cookie: `gatehouse_access=${refreshToken}` }),
      await anonymous.get('/v1/me', { cookie: `gatehouse_refresh=${refreshToken}` }),
      await anonymous.post('/v1/auth/refresh', undefined, {
        cookie: `gatehouse_refresh=${access}`,
        ...ownOrigin(),
      }),
    ];
    expect(swapped.map(({ status }) => status)).toEqual([401, 401, 401]);
    const ok = await anonymous.get('/v1/me', { cookie: `gatehouse_access=${access}` });
    expect(ok.status).toBe(200);
  });

  it('gives way to the Authorization header, even to one that does not work', async () => {
    const { access } = jarOf(await logIn());
    const cookie = `gatehouse_access=${access}`;
    for (const authorization of ['Bearer x', 'Basic eDp5', 'Bearer']) {
      expect((await app.as.anonymous().get('/v1/me', { cookie, authorization })).status).toBe(401);
    }
  });

  describe('is refreshed', () => {
    it('by its cookie, into new cookies', async () => {
      const old = jarOf(await logIn());
      const answer = await app.as
        .anonymous()
        .post('/v1/auth/refresh', undefined, { cookie: old.both, ...ownOrigin() });
      expect(answer.status).toBe(200);
      const next = jarOf(answer);
      expect(answer.headers.getSetCookie()).toEqual([
        `gatehouse_access=${next.access}; Max-Age=900; Path=/; HttpOnly; SameSite=Lax`,
        `gatehouse_refresh=${next.refresh}; Max-Age=2592000; Path=/v1/auth; HttpOnly; SameSite=Strict`,
      ]);
      expect(next.refresh).not.toBe(old.refresh);
      expect(answer.body).not.toHaveProperty('access_token');
      expect(answer.body).not.toHaveProperty('refresh_token');
      expect(await works(app, next.access)).toBe(true);
    });

    it('by parallel tabs into the same cookie', async () => {
      const { both } = jarOf(await logIn());
      const headers = { cookie: both, ...ownOrigin() };
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => app.as.anonymous().post('/v1/auth/refresh', undefined, headers)),
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
      expect(new Set(answers.map((answer) => jarOf(answer).refresh)).size).toBe(1);
    });

    it('into the body when the body asks, and sets no cookie then', async () => {
      const { both, refresh: refreshToken } = jarOf(await logIn());
      const other = await app.as.logIn(email);
      const { status, body, headers } = await app.as
        .anonymous()
        .post('/v1/auth/refresh', { refresh_token: other.tokens.refresh_token }, { cookie: both });
      expect(status).toBe(200);
      expect(body.refresh_token).toEqual(expect.any(String));
      expect(headers.getSetCookie()).toEqual([]);
      expect((await rowOf(app, refreshToken)).generation).toBe(0);
    });

    it('in vain without touching any cookie', async () => {
      const jar = jarOf(await logIn());
      await app.as.anonymous().post('/v1/auth/logout', undefined, { cookie: jar.both, ...ownOrigin() });
      for (const cookie of [jar.both, 'gatehouse_refresh=forged', 'gatehouse_refresh=']) {
        const { status, headers } = await app.as
          .anonymous()
          .post('/v1/auth/refresh', undefined, { cookie, ...ownOrigin() });
        expect(status).toBe(401);
        expect(headers.getSetCookie()).toEqual([]);
      }
    });
  });

  it('ends at logout, which takes both cookies away', async () => {
    const jar = jarOf(await logIn());
    const answer = await app.as
      .anonymous()
      .post('/v1/auth/logout', undefined, { cookie: jar.both, ...ownOrigin() });
    expect(answer.status).toBe(204);
    const past = 'Expires=Thu, 01 Jan 1970 00:00:00 GMT';
    const withoutMaxAge = answer.headers.getSetCookie().map((cookie) => cookie.replace(' Max-Age=0;', ''));
    expect(withoutMaxAge).toEqual([
      `gatehouse_access=; Path=/; ${past}; HttpOnly; SameSite=Lax`,
      `gatehouse_refresh=; Path=/v1/auth; ${past}; HttpOnly; SameSite=Strict`,
    ]);
    expect(await works(app, jar.access)).toBe(false);
    expect((await refresh(app, jar.refresh)).status).toBe(401);
  });

  it('is a session like any other', async () => {
    const member = await app.as.member();
    const jar = jarOf(
      await app.as
        .anonymous()
        .post('/v1/auth/login', { email: member.email, password: PASSWORD, session: 'cookie' }),
    );
    expect(await rowsOfUser(app, member.id)).toHaveLength(2);
    await member.delete('/v1/me/sessions');
    expect(await works(app, jar.access)).toBe(false);
    expect((await refresh(app, jar.refresh)).status).toBe(401);
  });
});

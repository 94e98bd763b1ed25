import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OPERATOR } from '../../../src/platform/access/actor.js';
import { UsersService } from '../../../src/accounts/users/users.service.js';
import { OperatorResetService } from '../../../src/auth/by-mail/operator-reset.service.js';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { SignedIn } from '../../support/client.js';
import { clock } from '../../support/clock.js';
import { Mailbox } from '../../support/mailbox.js';

const NEXT = 'another long passphrase';

describe('a device token', () => {
  let app: TestApp;
  let mailbox: Mailbox;
  let count = 0;
  let owner: SignedIn;
  /** Of the device on which the owner has signed up. */
  let device: string;

  beforeAll(async () => {
    mailbox = await Mailbox.open();
    app = await startApp({ env: { SMTP_URL: mailbox.url, RATE_LIMIT: 'on', TRUST_PROXY: '1' } });
  });
  afterAll(async () => {
    await app.close();
    await mailbox.close();
  });
  beforeEach(async () => {
    clock.stop();
    const body = { email: `owner-${++count}@example.com`, password: PASSWORD };
    const answer = await fromElsewhere().post('/v1/auth/signup', body);
    device = answer.headers.get('device-token')!;
    owner = new SignedIn(app.url, body.email, PASSWORD, answer.body, answer.body.user.id);
  });
  afterEach(() => clock.release());

  /** Limits of sources are none of this. */
  const fromElsewhere = () => app.as.anonymous().with({ 'x-forwarded-for': `198.51.100.${++count % 250}` });
  const logIn = (password: string, token?: string) =>
    fromElsewhere().post(
      '/v1/auth/login',
      { email: owner.email, password },
      token === undefined ? {} : { 'device-token': token },
    );
  /** Whether the user who sends it does not wait for what unknown devices did. */
  const isKnown = async (token: string, password = PASSWORD) => {
    for (let time = 0; time < 5; time++) await logIn('a wrong passphrase');
    const stranger = await logIn(password);
    const { status } = await logIn(password, token);
    expect(stranger.status).toBe(429);
    expect([200, 429]).toContain(status);
    return status === 200;
  };
  const reset = async () => {
    await fromElsewhere().post('/v1/auth/password/reset', { email: owner.email });
    const { token } = await mailbox.last(app, owner.email, 'reset your password');
    return fromElsewhere().post('/v1/auth/password/reset/confirm', { token, password: NEXT });
  };
  const importLine = async (line: object) =>
    (await app.as.admin()).post(
      '/v1/users/import?update=true',
      JSON.stringify({ email: owner.email, ...line }),
      {
        'content-type': 'application/x-ndjson',
      },
    );
  const setStatus = async (status: string) =>
    (await app.as.admin()).patch(`/v1/users/${owner.id}`, { status });

  it('makes a device known', async () => {
    expect(await isKnown(device)).toBe(true);
  });

  it.each<[string, () => Promise<{ status: number }>, string?]>([
    ['the owner signs out everywhere', () => owner.delete('/v1/me/sessions')],
    [
      'an administrator signs the owner out',
      async () => (await app.as.admin()).delete(`/v1/users/${owner.id}/sessions`),
    ],
    [
      'the password is changed',
      () => owner.post('/v1/me/password', { currentPassword: PASSWORD, newPassword: NEXT }),
      NEXT,
    ],
    ['the password is reset by mail', reset, NEXT],
    [
      'the operator resets the password',
      async () => {
        const { user } = await app.nest.get(UsersService).get(owner.id);
        await app.nest.get(OperatorResetService).reset(user, NEXT, false, OPERATOR);
        return { status: 204 };
      },
      NEXT,
    ],
    [
      'an import brings another password',
      async () => {
        const sql = 'SELECT password_hash FROM users WHERE email = :email';
        const [row] = await app.database.query<{ password_hash: string }>(sql, { email: 'admin@localhost' });
        return importLine({ passwordHash: row!.password_hash });
      },
      'the-admin-of-the-tests',
    ],
    [
      'the account was disabled for a while',
      async () => {
        await setStatus('disabled');
        return setStatus('active');
      },
    ],
  ])('ends when %s', async (_, end, password = PASSWORD) => {
    expect((await end()).status).toBeLessThan(300);
    expect(await isKnown(device, password)).toBe(false);
  });

  it.each<[string, () => Promise<{ status: number }>]>([
    ['its session is logged out', () => owner.post('/v1/auth/logout')],
    [
      'one session is ended',
      async () => owner.delete(`/v1/me/sessions/${(await owner.get('/v1/me/sessions')).body.items[0].id}`),
    ],
    [
      'the session is refreshed',
      () => owner.post('/v1/auth/refresh', { refresh_token: owner.tokens.refresh_token }),
    ],
    ['roles change', async () => (await app.as.admin()).put(`/v1/users/${owner.id}/roles`, { roles: [] })],
    ['another owner signs out everywhere', async () => (await app.as.member()).delete('/v1/me/sessions')],
  ])('lives on when %s', async (_, work) => {
    expect((await work()).status).toBeLessThan(300);
    expect(await isKnown(device)).toBe(true);
  });

  it('is handed out again by a change of the password, for the device that it was changed on', async () => {
    const change = { currentPassword: PASSWORD, newPassword: NEXT };
    const { status, headers } = await owner.post('/v1/me/password', change);
    expect(status).toBe(204);
    expect(headers.getSetCookie()).toEqual([]);
    expect(await isKnown(headers.get('device-token')!, NEXT)).toBe(true);
  });

  it('is handed out again as a cookie where the session is one', async () => {
    const signedIn = await fromElsewhere().post('/v1/auth/login', {
      email: owner.email,
      password: PASSWORD,
      session: 'cookie',
    });
    const cookie = signedIn.headers
      .getSetCookie()
      .map((each) => each.split(';', 1)[0]!)
      .join('; ');
    const change = { currentPassword: PASSWORD, newPassword: NEXT };
    const browser = fromElsewhere().with({ cookie, origin: app.url });
    const { status, headers } = await browser.post('/v1/me/password', change);
    expect(status).toBe(204);
    expect(headers.get('device-token')).toBeNull();
    const [set, ...more] = headers.getSetCookie();
    expect(more).toEqual([]);
    expect(set).toMatch(
      /^gatehouse_device=[\w-]{92}; Max-Age=31536000; Path=\/v1\/auth; HttpOnly; SameSite=Strict$/,
    );
    expect(await isKnown(/=([\w-]+)/.exec(set!)![1]!, NEXT)).toBe(true);
  });

  it('of a sign-in after the end makes its device known', async () => {
    await owner.delete('/v1/me/sessions');
    const { headers } = await logIn(PASSWORD);
    expect(await isKnown(headers.get('device-token')!)).toBe(true);
  });

  it('that was ended gives no guess beyond those of an unknown device', async () => {
    const tokens = [device];
    while (tokens.length < 4) tokens.push((await logIn(PASSWORD)).headers.get('device-token')!);
    await owner.delete('/v1/me/sessions');
    const own = (await logIn(PASSWORD)).headers.get('device-token')!;
    const statuses: number[] = [];
    for (const token of tokens)
      for (let time = 0; time < 3; time++) statuses.push((await logIn('a wrong passphrase', token)).status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect((await logIn(PASSWORD, own)).status).toBe(200);
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { LimitsService } from '../../../src/platform/limits/limits.service.js';
import { PasswordsService } from '../../../src/accounts/users/passwords.service.js';
import { Overloaded } from '../../../src/accounts/users/users.errors.js';
import { UsersService } from '../../../src/accounts/users/users.service.js';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { Answer } from '../../support/client.js';
import { clock, DAY, HOUR, MINUTE, SECOND } from '../../support/clock.js';
import { expectProblem } from '../../support/problem.js';

const WRONG = 'a wrong passphrase';

/** How many answers there were of each status. */
function tally(answers: Answer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** Everything of an answer but what differs from request to request. */
function gist({ status, headers, body }: Answer) {
  const { instance: _, ...rest } = body;
  const kept = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
  return { status, body: rest, headers: Object.fromEntries(kept) };
}

describe('guessing a password', () => {
  let app: TestApp;
  let sources = 0;

  beforeAll(async () => {
    app = await startApp({ env: { RATE_LIMIT: 'on', TRUST_PROXY: '1' } });
  });
  afterAll(() => app.close());
  // A delay is a matter of the clock alone.
  beforeEach(() => clock.stop());
  afterEach(() => clock.release());

  /** From a source of its own, unless it says another. */
  const logIn = (
    email: string,
    password: string,
    { device, ...more }: { device?: string; [field: string]: unknown } = {},
    ip = `198.51.100.${++sources % 250}`,
  ) => {
    const headers = { 'x-forwarded-for': ip, ...(device !== undefined && { 'device-token': device }) };
    return app.as.anonymous().post('/v1/auth/login', { email, password, ...more }, headers);
  };
  const signUp = async (email: string) => {
    const headers = { 'x-forwarded-for': `192.0.2.${++sources % 250}` };
    const answer = await app.as.anonymous().post('/v1/auth/signup', { email, password: PASSWORD }, headers);
    expect(answer.status).toBe(201);
    return { ...answer.body, device: answer.headers.get('device-token')! };
  };
  const fail = async (email: string, times: number, more: { device?: string } = {}) => {
    for (let time = 0; time < times; time++) expect((await logIn(email, WRONG, more)).status).toBe(401);
  };
  const subjectOf = (email: string) => app.nest.get(LimitsService).subjectOf('login', email);
  const rowOf = async (email: string) => {
    const sql = 'SELECT * FROM failed_attempts WHERE subject = :subject';
    const [row] = await app.database.query<Record<string, unknown>>(sql, { subject: subjectOf(email) });
    return row && { failures: Number(row['failures']), retryAt: Number(row['retry_at']) };
  };
  /** As if so many guesses had failed in a row by now, and been waited for. */
  const haveFailed = (email: string, failures: number) =>
    app.database.query(
      `INSERT INTO failed_attempts (subject, failures, failed_at, retry_at) VALUES (:subject, :failures, :now, :now)
       ON CONFLICT (subject) DO UPDATE SET failures = :failures, failed_at = :now, retry_at = :now`,
      { subject: subjectOf(email), failures, now: Date.now() },
    );
  const failuresNoted = async (id: string) => {
    const sql = `SELECT id FROM audit_events WHERE action = 'login.failed' AND target_id = :id`;
    return (await app.database.query(sql, { id })).length;
  };

  it('does not wait for one of the same moment that was counted first', async () => {
    const { device } = await signUp('moment@example.com');
    for (const more of [{}, { device }]) {
      await fail('moment@example.com', 1, more);
      clock.forward(-5);
      expect((await logIn('moment@example.com', PASSWORD, more)).status).toBe(200);
    }
  });

  it('in 100 parallel tries gives five, and none of the others is looked at', async () => {
    const { user } = await signUp('burst@example.com');
    const verify = vi.spyOn(app.nest.get(PasswordsService), 'verify');
    const answers = await Promise.all(Array.from({ length: 100 }, () => logIn(user.email, WRONG)));
    expect(tally(answers)).toEqual({ 401: 5, 429: 95 });
    expect(verify).toHaveBeenCalledTimes(5);
    verify.mockRestore();
    expect(await failuresNoted(user.id)).toBe(5);
    expect(await rowOf(user.email)).toMatchObject({ failures: 5 });
  });

  it('from 50 sources gives no more than from one', async () => {
    const { user } = await signUp('many-sources@example.com');
    const answers: Answer[] = [];
    for (let n = 0; n < 50; n++) answers.push(await logIn(user.email, WRONG, {}, `203.0.113.${n}`));
    expect(tally(answers)).toEqual({ 401: 5, 429: 45 });
    expect(await failuresNoted(user.id)).toBe(5);
  });

  it('waits a second from the fifth failure on, and twice as long after each', async () => {
    const { user } = await signUp('delay@example.com');
    await fail(user.email, 5);
    for (const seconds of [1, 2, 4, 8]) {
      const refused = await logIn(user.email, WRONG);
      expectProblem(refused, 429, 'too_many_requests');
      expect(refused.headers.get('retry-after')).toBe(String(seconds));
      clock.forward(seconds * SECOND - 1);
      expect((await logIn(user.email, WRONG)).status).toBe(429);
      clock.forward(1);
      await fail(user.email, 1);
    }
    await haveFailed(user.email, 30);
    await fail(user.email, 1);
    expect((await logIn(user.email, WRONG)).headers.get('retry-after')).toBe('900');
  });

  it('that is refused does not make it wait longer, and does not count', async () => {
    const { user } = await signUp('patient@example.com');
    await fail(user.email, 5);
    for (let time = 0; time < 10; time++) expect((await logIn(user.email, WRONG)).status).toBe(429);
    clock.forward(SECOND);
    expect(await rowOf(user.email)).toEqual({ failures: 5, retryAt: Date.now() });
    expect((await logIn(user.email, PASSWORD)).status).toBe(200);
  });

  it('ends with a success, which forgets the failures', async () => {
    const { user } = await signUp('forgetful@example.com');
    await fail(user.email, 4);
    expect((await logIn(user.email, PASSWORD)).status).toBe(200);
    expect(await rowOf(user.email)).toBeUndefined();
    await fail(user.email, 5);
    expect((await logIn(user.email, PASSWORD)).status).toBe(429);
  });

  it('says nothing while it must wait: the right password is refused like a wrong one', async () => {
    const { user } = await signUp('oracle@example.com');
    await fail(user.email, 5);
    const ip = '198.51.100.251';
    const wrong = gist(await logIn(user.email, WRONG, {}, ip));
    expect(wrong.status).toBe(429);
    expect(gist(await logIn(user.email, PASSWORD, {}, ip))).toEqual(wrong);
    expect(gist(await logIn(user.email, PASSWORD, { scope: 'users:write' }, ip))).toEqual(wrong);
  });

  it('goes for an unknown address as for a known one', async () => {
    const { user } = await signUp('known@example.com');
    const disabled = await signUp('disabled@example.com');
    await app.database.query(`UPDATE users SET status = 'disabled' WHERE id = :id`, { id: disabled.user.id });
    const course = async (email: string, password: string, ip: string) => {
      const answers: Answer[] = [];
      for (let time = 0; time < 7; time++) answers.push(await logIn(email, password, {}, ip));
      return answers.map(gist);
    };
    const known = await course(user.email, WRONG, '198.51.100.252');
    expect(known.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect(await course('nobody-at-all@example.com', WRONG, '198.51.100.253')).toEqual(known);
    expect(await course('no address', WRONG, '198.51.100.254')).toEqual(known);
    expect(await course(disabled.user.email, PASSWORD, '198.51.100.255')).toEqual(known);
  });

  it('counts one address however it is written', async () => {
    const { user } = await signUp('spelling@example.com');
    for (const email of [
      'SPELLING@example.com',
      ' spelling@example.com ',
      'spelling＠example.com',
      user.email,
      user.email,
    ])
      expect((await logIn(email, WRONG)).status).toBe(401);
    expect((await logIn('Spelling@EXAMPLE.com', WRONG)).status).toBe(429);
  });

  it('keeps no address that was typed', async () => {
    await logIn('my secret in the wrong field', WRONG);
    const rows = await app.database.query('SELECT * FROM failed_attempts');
    expect(JSON.stringify(rows)).not.toContain('secret');
  });

  it('is over after 80 failures in a row for all unknown devices; a day later they are forgotten', async () => {
    const { user } = await signUp('hundred@example.com');
    await haveFailed(user.email, 79);
    await fail(user.email, 1);
    clock.forward(HOUR);
    const refused = await logIn(user.email, PASSWORD);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe(String(23 * 3_600));
    clock.forward(DAY);
    expect((await logIn(user.email, PASSWORD)).status).toBe(200);
  });

  it('is not counted when the password was not looked at, or was right', async () => {
    const { user } = await signUp('overloaded@example.com');
    await fail(user.email, 4);
    const verify = vi.spyOn(app.nest.get(PasswordsService), 'verify').mockRejectedValue(new Overloaded());
    for (let time = 0; time < 3; time++) expect((await logIn(user.email, WRONG)).status).toBe(503);
    verify.mockRestore();
    expect((await logIn(user.email, PASSWORD, { scope: 'users:write' })).status).toBe(400);
    expect(await rowOf(user.email)).toMatchObject({ failures: 4 });
    await fail(user.email, 1);
  });

  it('does not stand still when the clock was set back', async () => {
    const { user } = await signUp('clock@example.com');
    await haveFailed(user.email, 10);
    await fail(user.email, 1);
    clock.forward(-HOUR);
    expect((await logIn(user.email, PASSWORD)).status).toBe(200);
  });

  it('is audited once for each wait, and counted', async () => {
    const { user } = await signUp('audited@example.com');
    const noted = async () =>
      (await app.database.query(`SELECT detail FROM audit_events WHERE action = 'limit.reached'`)).length;
    await fail(user.email, 5);
    const before = await noted();
    for (let time = 0; time < 5; time++) await logIn(user.email, WRONG);
    await expect.poll(noted).toBe(before + 1);
    clock.forward(SECOND);
    await fail(user.email, 1);
    await logIn(user.email, WRONG);
    await expect.poll(noted).toBe(before + 2);
    const { text } = await (await app.as.admin()).get('/metrics');
    expect(text).toMatch(/gatehouse_throttled_total\{outcome="login_account"\} \d+/);
  });

  it('is audited with the user it is about, if there is one, and the answer does not wait for that', async () => {
    const { user, access_token } = await signUp('named@example.com');
    const noted = ({ body }: Answer) =>
      app.database.query(
        `SELECT target_kind AS kind, target_id AS id FROM audit_events
         WHERE action = 'limit.reached' AND request_id = :instance`,
        { instance: body.instance },
      );
    const somebody = [{ kind: 'user', id: user.id }];

    await fail('nobodys@example.com', 5);
    const ofNobody = await logIn('nobodys@example.com', WRONG);
    await expect.poll(() => noted(ofNobody)).toEqual([{ kind: null, id: null }]);

    await fail(user.email, 5);
    const users = app.nest.get(UsersService);
    const find = users.findByEmail.bind(users);
    let go = () => {};
    const gate = new Promise<void>((resolve) => (go = resolve));
    const slow = vi.spyOn(users, 'findByEmail').mockImplementation((email) => gate.then(() => find(email)));
    onTestFinished(() => slow.mockRestore());
    const refused = await logIn(user.email, WRONG);
    expect(refused.status).toBe(429);
    expect(await noted(refused)).toEqual([]);
    go();
    await expect.poll(() => noted(refused)).toEqual(somebody);

    const body = { currentPassword: WRONG, newPassword: 'another long passphrase' };
    const change = () =>
      app.as.anonymous().post('/v1/me/password', body, { authorization: `Bearer ${access_token}` });
    for (let time = 0; time < 5; time++) expect((await change()).status).toBe(400);
    const ofSession = await change();
    await expect.poll(() => noted(ofSession)).toEqual(somebody);
  });

  describe('from a device that has signed in before', () => {
    it('does not wait for what strangers did', async () => {
      const { user, device } = await signUp('victim@example.com');
      await haveFailed(user.email, 60);
      await fail(user.email, 1);
      expect((await logIn(user.email, PASSWORD)).status).toBe(429);
      const { status, headers } = await logIn(user.email, PASSWORD, { device });
      expect(status).toBe(200);
      const next = headers.get('device-token')!;
      expect(next).not.toBe('');
      expect((await logIn(user.email, PASSWORD, { device: next })).status).toBe(200);
    });

    it('does so with the cookie', async () => {
      const { email } = (await signUp('cookie@example.com')).user;
      const { headers } = await logIn(email, PASSWORD, { session: 'cookie' });
      const cookie = headers.getSetCookie().find((each) => each.startsWith('gatehouse_device='))!;
      await fail(email, 5);
      const inBrowser = app.as.anonymous().with({ cookie: cookie.split(';', 1)[0]! });
      expect((await inBrowser.post('/v1/auth/login', { email, password: PASSWORD })).status).toBe(200);
    });

    it('waits for its own failures, and other devices do not', async () => {
      const { user, device } = await signUp('two-devices@example.com');
      const other = (await logIn(user.email, PASSWORD)).headers.get('device-token')!;
      const answers = await Promise.all(
        Array.from({ length: 30 }, () => logIn(user.email, WRONG, { device })),
      );
      expect(tally(answers)).toEqual({ 401: 5, 429: 25 });
      expect((await logIn(user.email, PASSWORD, { device })).status).toBe(429);
      expect((await logIn(user.email, PASSWORD, { device: other })).status).toBe(200);
    });

    it('is over after 20 failures in a row for that device alone; a day later they are forgotten', async () => {
      const { user, device } = await signUp('twenty@example.com');
      const other = (await logIn(user.email, PASSWORD)).headers.get('device-token')!;
      for (let time = 0; time < 20; time++) {
        await fail(user.email, 1, { device });
        clock.forward(15 * MINUTE);
      }
      const refused = await logIn(user.email, PASSWORD, { device });
      expect(refused.status).toBe(429);
      expect(refused.headers.get('retry-after')).toBe(String(24 * 3_600 - 15 * 60));
      expect((await logIn(user.email, PASSWORD, { device: other })).status).toBe(200);
      expect((await logIn(user.email, PASSWORD)).status).toBe(200);
      clock.forward(DAY);
      expect((await logIn(user.email, PASSWORD, { device })).status).toBe(200);
    });

    it('is kept out by no number of guesses from other known devices and from strangers', async () => {
      const { user, device } = await signUp('many-devices@example.com');
      const others: string[] = [];
      while (others.length < 4) others.push((await logIn(user.email, PASSWORD)).headers.get('device-token')!);
      await haveFailed(user.email, 80);
      for (const other of others) await fail(user.email, 5, { device: other });
      expect((await logIn(user.email, PASSWORD)).status).toBe(429);
      expect((await logIn(user.email, PASSWORD, { device })).status).toBe(200);
    });

    it('neither shows others when the owner signs in, nor gives them new guesses', async () => {
      const { user, device } = await signUp('watched@example.com');
      const thiefs = (await logIn(user.email, PASSWORD)).headers.get('device-token')!;
      const left = ({ headers }: Answer) => headers.get('ratelimit')!.split(', ').at(-1);
      const guess = (more: { device?: string }) => logIn(user.email, WRONG, more);
      for (const more of [{ device: thiefs }, {}]) {
        const seen: unknown[] = [];
        for (let time = 0; time < 4; time++) seen.push(left(await guess(more)));
        expect((await logIn(user.email, PASSWORD, { device })).status).toBe(200);
        seen.push(left(await guess(more)));
        expect(seen).toEqual([4, 3, 2, 1, 0].map((free) => expect.stringContaining(`;r=${free};`)));
        expect((await guess(more)).status).toBe(429);
        expect((await logIn(user.email, PASSWORD, { device })).status).toBe(200);
        expect((await guess(more)).status).toBe(429);
      }
    });

    it('is known by a token of this server for this account, and by nothing else', async () => {
      const { user, device, refresh_token, access_token } = await signUp('mallory-wants-in@example.com');
      const mallory = await signUp('mallory@example.com');
      await fail(user.email, 5);
      const flipped = `${device.slice(0, 60)}${device[60] === 'A' ? 'B' : 'A'}${device.slice(61)}`;
      const ofAnotherUser = Buffer.from(device, 'base64url');
      ofAnotherUser.set(Buffer.from(mallory.device, 'base64url').subarray(0, 16));
      for (const forged of [
        mallory.device,
        flipped,
        ofAnotherUser.toString('base64url'),
        `${device}A`,
        device.slice(0, -1),
        refresh_token,
        access_token,
        '',
        'A'.repeat(92),
      ])
        expect((await logIn(user.email, PASSWORD, { device: forged })).status, forged).toBe(429);
      expect((await logIn(user.email, PASSWORD, { device })).status).toBe(200);
    });

    it('is a stranger to the next owner who takes the address after the account is gone', async () => {
      const first = await signUp('reused@example.com');
      await app.database.query('DELETE FROM users WHERE id = :id', { id: first.user.id });
      const { user } = await signUp('reused@example.com');
      await fail(user.email, 5);
      const { device } = first;
      expect((await logIn(user.email, PASSWORD, { device })).status).toBe(429);
    });

    it('is a stranger after a year', async () => {
      const { user, device } = await signUp('year@example.com');
      clock.forward(365 * DAY);
      await fail(user.email, 5);
      expect((await logIn(user.email, PASSWORD, { device })).status).toBe(429);
    });

    it('signs in with nothing but that token in no way', async () => {
      const { user, device } = await signUp('token-only@example.com');
      const anonymous = app.as.anonymous();
      const bearer = { authorization: `Bearer ${device}` };
      expect((await anonymous.get('/v1/auth/whoami', bearer)).status).toBe(401);
      const refreshed = await anonymous.post('/v1/auth/refresh', { refresh_token: device });
      expect(refreshed.status).toBe(401);
      expect((await logIn(user.email, WRONG, { device })).status).toBe(401);
    });
  });

  it('at the change of the password waits as well, for this session alone', async () => {
    const { user, access_token } = await signUp('change@example.com');
    const { body: elsewhere } = await logIn(user.email, PASSWORD);
    const change = (token: string, currentPassword: string) =>
      app.as
        .anonymous()
        .post(
          '/v1/me/password',
          { currentPassword, newPassword: 'another long passphrase' },
          { authorization: `Bearer ${token}` },
        );
    const answers = await Promise.all(Array.from({ length: 20 }, () => change(access_token, WRONG)));
    expect(tally(answers)).toEqual({ 400: 5, 429: 15 });
    expect((await change(access_token, PASSWORD)).status).toBe(429);
    expect((await change(elsewhere.access_token, PASSWORD)).status).toBe(204);
    expect(await rowOf(user.email)).toBeUndefined();
  });
});

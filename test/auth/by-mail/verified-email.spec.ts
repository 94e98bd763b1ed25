import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN, PASSWORD } from '../../support/actors.js';
import { makeKey } from '../../support/api-keys.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { Answer } from '../../support/client.js';
import { clock, HOUR, SECOND } from '../../support/clock.js';
import { useMailApp } from '../../support/mail-app.js';
import { Mailbox, type Mail } from '../../support/mailbox.js';
import { noSooner } from '../../support/no-sooner.js';
import { expectProblem } from '../../support/problem.js';
import { seemAlike } from '../../support/ranks.js';
import { auditOf, refresh, rowsOfUser, works } from '../../support/sessions.js';

const CONFIRM = 'confirm your e-mail address';
const IN_USE = 'You have an account already';

const gist = ({ status, headers, body }: Answer) => {
  const { instance: _, ...rest } = body ?? {};
  return { status, rest, headers: [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name)) };
};

describe('an e-mail address', () => {
  let app: TestApp;
  let mailbox: Mailbox;

  useMailApp((own) => ({ app, mailbox } = own));
  afterEach(() => clock.release());

  const confirm = (token: unknown) =>
    app.as.anonymous().post('/v1/auth/email/verification/confirm', { token });
  const ask = (email: string) => app.as.anonymous().post('/v1/auth/email/verification', { email });
  const isVerified = async (id: string) =>
    (await (await app.as.admin()).get(`/v1/users/${id}`)).body.emailVerified as boolean;
  const mailsOf = async (email: string) =>
    (await mailbox.of(app, email)).filter(({ headers }) => headers['subject']?.includes(CONFIRM));
  const tokenFor = async (email: string) => (await mailsOf(email)).at(-1)!.token!;
  const expectRefused = (answer: Answer) => expectProblem(answer, 400, 'invalid_one_time_token');

  it('is proved with the link that a new account is sent', async () => {
    const member = await app.as.member();
    expect((await member.get('/v1/me')).body.emailVerified).toBe(false);
    const { status, text, headers } = await confirm(await tokenFor(member.email));
    expect({ status, text, cookies: headers.getSetCookie() }).toEqual({ status: 204, text: '', cookies: [] });
    expect((await member.get('/v1/me')).body.emailVerified).toBe(true);
    expect(await works(app, member.tokens.access_token)).toBe(true);
    expect(await auditOf(app, member.id)).toEqual(['user.signed_up', 'user.email_verified']);
  });

  it('of an account that another user made is proved in the same way', async () => {
    const admin = await app.as.admin();
    const { body } = await admin.post('/v1/users', { email: 'grace@example.com', password: PASSWORD });
    expect(body.emailVerified).toBe(false);
    expect((await confirm(await tokenFor('grace@example.com'))).status).toBe(204);
    expect(await isVerified(body.id)).toBe(true);
  });

  it('of a service account is sent nothing', async () => {
    const { body } = await (await app.as.admin()).post('/v1/service-accounts', { name: 'Backup' });
    await ask(body.email);
    await app.as.anonymous().post('/v1/auth/password/reset', { email: body.email });
    expect(await mailbox.of(app, body.email)).toEqual([]);
  });

  it('of the first admin counts as proved', async () => {
    expect((await (await app.as.admin()).get('/v1/me')).body.emailVerified).toBe(true);
  });

  it('is proved once, when ten try with one link', async () => {
    const member = await app.as.member();
    const token = await tokenFor(member.email);
    const answers = await Promise.all(Array.from({ length: 10 }, () => confirm(token)));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    answers.filter(({ status }) => status !== 204).forEach(expectRefused);
    expect((await auditOf(app, member.id)).filter((each) => each === 'user.email_verified')).toHaveLength(1);
  });

  it('has a day to be proved', async () => {
    clock.stop();
    const member = await app.as.member();
    const token = await tokenFor(member.email);
    clock.forward(24 * HOUR);
    expectRefused(await confirm(token));
    clock.forward(-SECOND);
    expect((await confirm(token)).status).toBe(204);
  });

  it('gets another link when asked for, which takes the place of the one before', async () => {
    const { email, id } = await app.as.member();
    const first = await tokenFor(email);
    expect((await ask(email.toUpperCase())).status).toBe(202);
    const second = await tokenFor(email);
    expect(second).not.toBe(first);
    expectRefused(await confirm(first));
    expect(await isVerified(id)).toBe(false);
    expect((await confirm(second)).status).toBe(204);
  });

  it('that is proved, disabled or unknown gets none, and the same answer', async () => {
    const [fresh, proved, disabled] = [await app.as.member(), await app.as.member(), await app.as.member()];
    await confirm(await tokenFor(proved.email));
    await (await app.as.admin()).patch(`/v1/users/${disabled.id}`, { status: 'disabled' });
    await mailbox.of(app, '');
    const before = mailbox.mails.length;
    const askSlowly = async (email: string) => gist(await noSooner(45, () => ask(email)));
    const expected = await askSlowly(fresh.email);
    expect(expected.status).toBe(202);
    for (const email of [proved.email, disabled.email, 'nobody@example.com', 'no address'])
      expect(await askSlowly(email)).toEqual(expected);
    await mailbox.of(app, '');
    expect(mailbox.mails.slice(before).map(({ to }) => to)).toEqual([[fresh.email]]);
  });

  it('that has changed cannot be proved with the link for the one before', async () => {
    const member = await app.as.member();
    const token = await tokenFor(member.email);
    const set = 'UPDATE users SET email = :email WHERE id = :id';
    await app.database.query(set, { email: 'changed-meanwhile@example.com', id: member.id });
    expectRefused(await confirm(token));
    expect(await isVerified(member.id)).toBe(false);
  });

  it.each([{ emailVerified: true }, { emailVerifiedAt: 1 }, { email_verified_at: 1 }])(
    'is not proved by saying %j',
    async (claim) => {
      const member = await app.as.member();
      const admin = await app.as.admin();
      const signUp = { email: 'claims@example.com', password: PASSWORD, ...claim };
      for (const answer of [
        await member.patch('/v1/me', claim),
        await admin.patch(`/v1/users/${member.id}`, claim),
        await app.as.anonymous().post('/v1/auth/signup', signUp),
        await admin.post('/v1/users', signUp),
      ])
        expectProblem(answer, 400, 'validation_failed');
      expect(await isVerified(member.id)).toBe(false);
    },
  );

  it('of another user’s account is not proved by asking for it as oneself', async () => {
    const [member, other] = [await app.as.member(), await app.as.member()];
    const token = await tokenFor(member.email);
    expect((await other.post('/v1/auth/email/verification/confirm', { token })).status).toBe(204);
    expect([await isVerified(member.id), await isVerified(other.id)]).toEqual([true, false]);
  });
});

describe('a server with REQUIRE_VERIFIED_EMAIL=on', () => {
  let app: TestApp;
  let mailbox: Mailbox;
  let count = 0;

  beforeAll(async () => {
    mailbox = await Mailbox.open();
    app = await startApp({ env: { SMTP_URL: mailbox.url, REQUIRE_VERIFIED_EMAIL: 'on' } });
  });
  afterAll(async () => {
    await app.close();
    await mailbox.close();
  });

  const signUp = (email: string, more: object = {}) =>
    app.as.anonymous().post('/v1/auth/signup', { email, password: PASSWORD, ...more });
  const logIn = (email: string, password = PASSWORD, more: object = {}) =>
    app.as.anonymous().post('/v1/auth/login', { email, password, ...more });
  const confirm = async (email: string) => {
    const { token } = await mailbox.last(app, email, CONFIRM);
    return app.as.anonymous().post('/v1/auth/email/verification/confirm', { token });
  };
  const newEmail = () => `newcomer-${++count}@example.com`;
  const idOf = async (email: string) =>
    (await app.database.query<{ id: string }>('SELECT id FROM users WHERE email = :email', { email }))[0]?.id;

  it('lets its first admin in', async () => {
    expect((await logIn(ADMIN.email, ADMIN.password)).status).toBe(200);
  });

  it('signs no user in by signing up, and every user once the address is proved', async () => {
    const email = newEmail();
    const { status, body, headers } = await signUp(email, { session: 'cookie' });
    expect({ status, body, cookies: headers.getSetCookie() }).toEqual({
      status: 202,
      body: { status: 'verification_pending' },
      cookies: [],
    });
    expect(await rowsOfUser(app, (await idOf(email))!)).toEqual([]);
    expect((await logIn(email)).status).toBe(401);
    expect((await confirm(email)).status).toBe(204);
    const member = await app.as.logIn(email);
    expect((await member.get('/v1/me')).body).toMatchObject({ email, emailVerified: true });
  });

  it('takes no API key of a user whose address is not proved, until it is; they are told of a new one', async () => {
    const email = newEmail();
    await signUp(email);
    await confirm(email);
    const key = await makeKey(app, await app.as.logIn(email));
    await mailbox.last(app, email, 'New API key');
    const set = (at: number | null) =>
      app.database.run({
        sql: 'UPDATE users SET email_verified_at = :at WHERE email = :email',
        params: { at, email },
      });
    await set(null);
    expectProblem(await key.get('/v1/auth/whoami'), 401, 'invalid_token');
    await set(1);
    expect((await key.get('/v1/auth/whoami')).status).toBe(200);
  });

  it('answers sign-up the same for a taken address, and tells its owner', async () => {
    const [fresh, taken] = [newEmail(), newEmail()];
    await signUp(taken);
    await confirm(taken);
    const expected = gist(await signUp(fresh));
    expect(gist(await signUp(taken))).toEqual(expected);
    expect(gist(await signUp(taken.toUpperCase(), { password: 'with another passphrase' }))).toEqual(
      expected,
    );
    expect(gist(await signUp(fresh))).toEqual(expected);

    const notice = await mailbox.last(app, taken, IN_USE);
    expect(notice.link).toBeUndefined();
    // No user has proved the other one yet: its owner may be who signs up now, and a reset gives them the account.
    expect((await mailbox.last(app, fresh, 'reset your password')).link).toContain('#r.');
    // The account is what it was.
    expect((await logIn(taken)).status).toBe(200);
    expect((await logIn(taken, 'with another passphrase')).status).toBe(401);
    expect(await app.database.query('SELECT id FROM users WHERE email = :taken', { taken })).toHaveLength(1);
  });

  it('takes as long to answer sign-up for a taken address', async () => {
    const taken = newEmail();
    await signUp(taken);
    const times: { taken: number[]; fresh: number[] } = { taken: [], fresh: [] };
    for (let round = 0; round < 18; round++) {
      const kind = round % 2 ? 'taken' : 'fresh';
      const startedAt = performance.now();
      await signUp(kind === 'taken' ? taken : newEmail());
      if (round >= 2) times[kind].push(performance.now() - startedAt);
    }
    expect(Math.min(...times.taken, ...times.fresh)).toBeGreaterThan(240);
    expect(seemAlike(times.taken, times.fresh)).toBe(true);
  });

  it('answers login the same until then, and sends the owner another link', async () => {
    const email = newEmail();
    await signUp(email);
    const [first] = await mailbox.of(app, email);
    const expected = gist(await logIn('nobody@example.com'));
    expect(expected).toMatchObject({ status: 401, rest: { code: 'invalid_credentials' } });
    expect(gist(await logIn(email, 'a wrong passphrase'))).toEqual(expected);
    expect(await mailbox.of(app, email), 'a wrong password sends nothing').toHaveLength(1);
    expect(gist(await logIn(email))).toEqual(expected);
    expect(gist(await logIn(email, PASSWORD, { scope: 'users:write' }))).toEqual(expected);
    expect(gist(await logIn(email, PASSWORD, { session: 'cookie' }))).toEqual(expected);
    const last = await mailbox.last(app, email, CONFIRM);
    expect(last.token).not.toBe(first!.token);

    const id = (await idOf(email))!;
    expect(await rowsOfUser(app, id)).toEqual([]);
    const [event] = await app.database.query<{ detail: string }>(
      `SELECT detail FROM audit_events WHERE action = 'login.failed' AND target_id = :id ORDER BY id DESC LIMIT 1`,
      { id },
    );
    expect(JSON.parse(event!.detail)).toEqual({ reason: 'unverified' });
    expect((await confirm(email)).status).toBe(204);
    expect((await logIn(email)).status).toBe(200);
  });

  it('takes as long to refuse the unproved as the unknown and those who are wrong', async () => {
    const [proved, unproved] = [newEmail(), newEmail()];
    await signUp(proved);
    await confirm(proved);
    await signUp(unproved);
    const attempts: Record<string, () => Promise<Answer>> = {
      unknown: () => logIn('nobody@example.com'),
      wrong: () => logIn(proved, 'a wrong passphrase'),
      unproved: () => logIn(unproved),
    };
    const times = new Map<string, number[]>(Object.keys(attempts).map((kind) => [kind, []]));
    for (let round = 0; round < 25; round++) {
      for (const [kind, attempt] of Object.entries(attempts)) {
        const startedAt = performance.now();
        expect((await attempt()).status).toBe(401);
        times.get(kind)!.push(performance.now() - startedAt);
      }
    }
    expect(seemAlike(times.get('unknown')!, times.get('unproved')!)).toBe(true);
    expect(seemAlike(times.get('wrong')!, times.get('unproved')!)).toBe(true);
  });

  it('refreshes no session of an account whose address is not proved', async () => {
    const email = newEmail();
    await signUp(email);
    await confirm(email);
    const member = await app.as.logIn(email);
    // As it is when the setting is switched on later.
    await app.database.query('UPDATE users SET email_verified_at = NULL WHERE email = :email', { email });
    expectProblem(await refresh(app, member.tokens.refresh_token), 401, 'invalid_refresh_token');
  });

  it('leaves an account that a stranger made to the owner of its address', async () => {
    const email = 'victim@example.com';
    const strangers = 'the passphrase of a stranger';
    await signUp(email, { password: strangers });
    // The owner comes along and signs up: the link is one for a reset, which proves the address.
    await signUp(email);
    const { token } = await mailbox.last(app, email, 'reset your password');
    const reset = { token, password: 'the passphrase of the owner' };
    expect((await app.as.anonymous().post('/v1/auth/password/reset/confirm', reset)).status).toBe(204);
    expect((await logIn(email, strangers)).status).toBe(401);
    expect((await logIn(email, 'the passphrase of the owner')).status).toBe(200);
    // Nor does the link of the stranger's sign-up do anything from now on.
    expectProblem(await confirm(email), 400, 'invalid_one_time_token');
  });

  it('refuses a weak password, taken address or not', async () => {
    const taken = newEmail();
    await signUp(taken);
    for (const email of [taken, newEmail()])
      expectProblem(await signUp(email, { password: 'password1' }), 400, 'weak_password');
  });

  it('makes one account of 20 that are asked for at once', async () => {
    const email = newEmail();
    const answers = await Promise.all(Array.from({ length: 20 }, () => signUp(email)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(await app.database.query('SELECT id FROM users WHERE email = :email', { email })).toHaveLength(1);
    const mails = await mailbox.of(app, email);
    expect(mails.filter(({ headers }) => headers['subject']?.includes(CONFIRM))).toHaveLength(1);
  });
});

describe('an address that strangers sign up with again and again', () => {
  let app: TestApp;
  let mailbox: Mailbox;

  beforeAll(async () => {
    mailbox = await Mailbox.open();
    app = await startApp({
      env: { SMTP_URL: mailbox.url, REQUIRE_VERIFIED_EMAIL: 'on', RATE_LIMIT: 'on' },
    });
  });
  afterAll(async () => {
    await app.close();
    await mailbox.close();
  });
  beforeEach(() => clock.stop());
  afterEach(() => clock.release());

  const post = (path: string, body: object) => app.as.anonymous().post(`/v1/auth/${path}`, body);
  const signUp = (email: string) => post('signup', { email, password: PASSWORD });
  const logIn = (email: string) => post('login', { email, password: PASSWORD });
  const ask = (email: string) => post('email/verification', { email });

  const isLink = ({ headers }: Mail) => headers['subject']?.includes(CONFIRM) === true;
  const linksOf = async (email: string) => (await mailbox.of(app, email)).filter(isLink);
  const noticesOf = async (email: string) => (await mailbox.of(app, email)).filter((mail) => !isLink(mail));

  it('gets five links and five notices an hour, the last link works, and no answer tells', async () => {
    const email = 'bombed@example.com';
    for (let times = 0; times < 8; times++) expect((await signUp(email)).status).toBe(202);
    // A sixth login would have to wait.
    for (let times = 0; times < 5; times++) expect((await logIn(email)).status).toBe(401);
    expect(gist(await ask(email)).rest).toEqual(gist(await ask('nobody@example.com')).rest);
    expect(await noticesOf(email)).toHaveLength(5);
    const links = await linksOf(email);
    expect(links).toHaveLength(5);
    expect((await post('email/verification/confirm', { token: links.at(-1)!.token })).status).toBe(204);
    clock.forward(HOUR);
    await signUp(email);
    expect(await noticesOf(email)).toHaveLength(6);
  });

  it('gets the link that its owner asks for, no matter what strangers have sent there', async () => {
    const email = 'kept-out@example.com';
    await signUp(email);
    clock.forward(25 * HOUR);
    for (let times = 0; times < 6; times++) await signUp(email);
    await ask(email);
    const { token } = (await linksOf(email)).at(-1)!;
    expect((await post('email/verification/confirm', { token })).status).toBe(204);
  });

  it('has as many requests for a link left as any other, whether a login had one sent or not', async () => {
    const email = 'guessed@example.com';
    await signUp(email);
    await logIn(email);
    await mailbox.of(app, email);
    const left = async (address: string) => (await ask(address)).headers.get('ratelimit')!.split(', ')[1];
    expect(await left(email)).toBe(await left('not-guessed@example.com'));
  });
});

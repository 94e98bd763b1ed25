import { afterEach, describe, expect, it, vi } from 'vitest';
import { MailQueue } from '../../../src/platform/mail/mail-queue.service.js';
import { PASSWORD } from '../../support/actors.js';
import type { TestApp } from '../../support/app.js';
import type { Answer, SignedIn } from '../../support/client.js';
import { clock, MINUTE, SECOND } from '../../support/clock.js';
import { useMailApp } from '../../support/mail-app.js';
import type { Mailbox } from '../../support/mailbox.js';
import { expectProblem } from '../../support/problem.js';
import { postAs } from '../../support/raw.js';
import { seemAlike } from '../../support/ranks.js';
import { auditOf, refresh, rowsOfUser, works } from '../../support/sessions.js';
import { statementsDuring } from '../../support/statements.js';

const NEXT = 'another long passphrase';
const RESET = 'reset your password';

describe('a password reset', () => {
  let app: TestApp;
  let mailbox: Mailbox;

  useMailApp((own) => ({ app, mailbox } = own));
  afterEach(() => clock.release());

  const ask = (email: unknown) => app.as.anonymous().post('/v1/auth/password/reset', { email });
  const confirm = (token: unknown, password: unknown = NEXT) =>
    app.as.anonymous().post('/v1/auth/password/reset/confirm', { token, password });
  const opens = async (email: string, password: string) =>
    (await app.as.anonymous().post('/v1/auth/login', { email, password })).status === 200;
  const mailsOf = async (email: string) =>
    (await mailbox.of(app, email)).filter(({ headers }) => headers['subject']?.includes(RESET));

  /** Asks, and takes the token out of the mail. */
  async function tokenFor(email: string): Promise<string> {
    expect((await ask(email)).status).toBe(202);
    return (await mailbox.last(app, email, RESET)).token!;
  }

  const expectRefused = (answer: Answer) => expectProblem(answer, 400, 'invalid_one_time_token');

  /** Nothing has happened to the account: its session goes on, its password opens it. */
  async function expectUnharmed(member: SignedIn): Promise<void> {
    expect(await works(app, member.tokens.access_token)).toBe(true);
    expect(await opens(member.email, PASSWORD)).toBe(true);
    expect(await auditOf(app, member.id)).not.toContain('user.password_reset');
  }

  it('sets the password, ends every session, signs no user in and proves the address', async () => {
    const member = await app.as.member();
    const elsewhere = await app.as.logIn(member.email);
    const bystander = await app.as.member();
    const token = await tokenFor(member.email);

    const { status, text, headers } = await confirm(token);
    expect({ status, text }).toEqual({ status: 204, text: '' });
    expect(headers.getSetCookie()).toEqual([]);
    for (const { tokens } of [member, elsewhere]) {
      expect(await works(app, tokens.access_token)).toBe(false);
      expect((await refresh(app, tokens.refresh_token)).body.code).toBe('invalid_refresh_token');
    }
    expect(await works(app, bystander.tokens.access_token)).toBe(true);
    expect((await rowsOfUser(app, member.id)).filter(({ revoked_at }) => revoked_at === null)).toEqual([]);

    expect(await opens(member.email, PASSWORD)).toBe(false);
    const back = await app.as.logIn(member.email, NEXT);
    expect((await back.get('/v1/me')).body).toMatchObject({ id: member.id, emailVerified: true });
    expect(await auditOf(app, member.id)).toContain('user.password_reset');
    await mailbox.last(app, member.email, 'Password changed');
  });

  it('is answered the same for a stranger, who gets no mail', async () => {
    const { email } = await app.as.member();
    const known = await ask(email);
    const unknown = await ask('nobody-at-all@example.com');
    const gist = ({ status, text, headers }: Answer) => ({
      status,
      text,
      headers: [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name)),
    });
    expect(gist(unknown)).toEqual(gist(known));
    expect(unknown.status).toBe(202);
    expect(gist(await ask('no address'))).toEqual(gist(known));
    expect(await mailsOf('nobody-at-all@example.com')).toEqual([]);
    expect(await mailsOf(email)).toHaveLength(1);
  });

  it('runs the same statements whether there is an account or not', async () => {
    const { email } = await app.as.member();
    await mailbox.of(app, '');
    // Its mail is not written by the request, but could be at the same time.
    const claim = vi.spyOn(app.nest.get(MailQueue), 'claim').mockResolvedValue(undefined);
    const unknown = await statementsDuring(app, () => ask('nobody-here@example.com'));
    const known = await statementsDuring(app, () => ask(email));
    claim.mockRestore();
    const ofRequest = (sqls: string[]) => sqls.filter((sql) => !sql.includes('FROM mails'));
    expect(ofRequest(known).length).toBeGreaterThan(0);
    expect(ofRequest(known)).toEqual(ofRequest(unknown));
  });

  it('takes as long whether there is an account or not', async () => {
    const { email } = await app.as.member();
    const times: { known: number[]; unknown: number[] } = { known: [], unknown: [] };
    for (let round = 0; round < 60; round++) {
      // As unknown, known, known, unknown: neither comes after the other more often.
      const isKnown = [1, 2].includes(round % 4);
      const [kind, address] = isKnown
        ? (['known', email] as const)
        : (['unknown', `n${round}@example.com`] as const);
      const startedAt = performance.now();
      await ask(address);
      if (round >= 4) times[kind].push(performance.now() - startedAt);
      // What it sends afterwards must not slow the next one down.
      await mailbox.of(app, '');
    }
    expect(Math.min(...times.known, ...times.unknown)).toBeGreaterThan(45);
    expect(seemAlike(times.known, times.unknown)).toBe(true);
  });

  it('is sent to no user who is disabled', async () => {
    const member = await app.as.member();
    const token = await tokenFor(member.email);
    const admin = await app.as.admin();
    await admin.patch(`/v1/users/${member.id}`, { status: 'disabled' });
    expectRefused(await confirm(token));
    expect((await ask(member.email)).status).toBe(202);
    expect(await mailsOf(member.email)).toHaveLength(1);
    await admin.patch(`/v1/users/${member.id}`, { status: 'active' });
    // What was sent before does not come back to life.
    expectRefused(await confirm(token));
    expect(await opens(member.email, PASSWORD)).toBe(true);
  });

  describe('token', () => {
    it('works once', async () => {
      const member = await app.as.member();
      const token = await tokenFor(member.email);
      expect((await confirm(token)).status).toBe(204);
      expectRefused(await confirm(token, 'yet another passphrase'));
      expect(await opens(member.email, NEXT)).toBe(true);
    });

    it('works once, when ten use it at the same time', async () => {
      const member = await app.as.member();
      const token = await tokenFor(member.email);
      const passwords = Array.from({ length: 10 }, (_, n) => `the passphrase number ${n}`);
      const answers = await Promise.all(passwords.map((password) => confirm(token, password)));
      const won = answers.flatMap(({ status }, n) => (status === 204 ? [n] : []));
      expect(won).toHaveLength(1);
      answers.filter(({ status }) => status !== 204).forEach(expectRefused);
      expect(await opens(member.email, passwords[won[0]!]!)).toBe(true);
      expect(
        (await auditOf(app, member.id)).filter((action) => action === 'user.password_reset'),
      ).toHaveLength(1);
    });

    it('is 256 random bits, of which only a hash is stored and nothing is logged', async () => {
      const member = await app.as.member();
      const token = await tokenFor(member.email);
      expect(Buffer.from(token, 'base64url')).toHaveLength(32);
      expect(token).not.toBe(await tokenFor((await app.as.member()).email));
      const rows = await app.database.query('SELECT * FROM one_time_tokens WHERE user_id = :id', {
        id: member.id,
      });
      expect(rows.map((row) => (row as { purpose: string }).purpose).toSorted()).toEqual([
        'email_verification',
        'password_reset',
      ]);
      expect(JSON.stringify(rows)).not.toContain(token);
      expect(app.log.join('')).not.toContain(token);
      expect((await confirm(token)).status).toBe(204);
      expect(app.log.join('')).not.toContain(token);
    });

    it('lives for 30 minutes', async () => {
      clock.stop();
      const member = await app.as.member();
      const token = await tokenFor(member.email);
      clock.forward(30 * MINUTE);
      expectRefused(await confirm(token));
      clock.forward(-SECOND);
      expect((await confirm(token)).status).toBe(204);
    });

    it('is replaced by the next', async () => {
      const { email } = await app.as.member();
      const [first, second] = [await tokenFor(email), await tokenFor(email)];
      expectRefused(await confirm(first));
      expect((await confirm(second)).status).toBe(204);
    });

    it('leaves one that works when many are asked for at once', async () => {
      const { email, id } = await app.as.member();
      await Promise.all(Array.from({ length: 8 }, () => ask(email)));
      const tokens = (await mailsOf(email)).map(({ token }) => token!);
      expect(tokens).toHaveLength(8);
      const sql = `SELECT hash FROM one_time_tokens WHERE user_id = :id AND purpose = 'password_reset'`;
      expect(await app.database.query(sql, { id })).toHaveLength(1);
      const statuses = [];
      for (const token of tokens) statuses.push((await confirm(token, 'password')).body.code);
      expect(statuses.filter((code) => code === 'weak_password')).toHaveLength(1);
    });

    it('is not used up by a password that is refused', async () => {
      const { email } = await app.as.member();
      const token = await tokenFor(email);
      expectProblem(await confirm(token, 'password1'), 400, 'weak_password');
      expectProblem(await confirm(token, email), 400, 'weak_password');
      expectProblem(await confirm(token, null), 400, 'validation_failed');
      expect((await confirm(token)).status).toBe(204);
    });

    it('of one kind is none of another', async () => {
      const member = await app.as.member();
      const reset = await tokenFor(member.email);
      const verification = (await mailbox.last(app, member.email, 'confirm your e-mail')).token!;
      await member.post('/v1/me/email', { email: 'swapped@example.com', currentPassword: PASSWORD });
      const change = (await mailbox.last(app, 'swapped@example.com', 'new e-mail')).token!;
      const anonymous = app.as.anonymous();

      expectRefused(await confirm(verification));
      expectRefused(await confirm(change));
      for (const token of [reset, change])
        expectRefused(await anonymous.post('/v1/auth/email/verification/confirm', { token }));
      for (const token of [reset, verification])
        expectRefused(await anonymous.post('/v1/auth/email/change/confirm', { token }));
      for (const token of [reset, verification, change]) {
        expect(await works(app, token)).toBe(false);
        expect((await refresh(app, token)).status).toBe(401);
      }
      expectRefused(await confirm(member.tokens.access_token));
      expectRefused(await confirm(member.tokens.refresh_token));
      await expectUnharmed(member);
      expect((await confirm(reset)).status).toBe(204);
    });

    it('of one person is none of another, no matter what the request says', async () => {
      const [member, other] = [await app.as.member(), await app.as.member()];
      const token = await tokenFor(member.email);
      for (const more of [{ email: other.email }, { userId: other.id }, { user: { id: other.id } }]) {
        const answer = await app.as
          .anonymous()
          .post('/v1/auth/password/reset/confirm', { token, password: NEXT, ...more });
        expectProblem(answer, 400, 'validation_failed');
      }
      expect((await other.post('/v1/auth/password/reset/confirm', { token, password: NEXT })).status).toBe(
        204,
      );
      expect(await opens(member.email, NEXT)).toBe(true);
      await expectUnharmed(other);
    });

    it('dies with the password', async () => {
      const member = await app.as.member();
      const token = await tokenFor(member.email);
      const change = { currentPassword: PASSWORD, newPassword: 'chosen in the meantime' };
      expect((await member.post('/v1/me/password', change)).status).toBe(204);
      expectRefused(await confirm(token));
      expect(await opens(member.email, 'chosen in the meantime')).toBe(true);
    });

    it('dies with the address', async () => {
      const member = await app.as.member();
      const token = await tokenFor(member.email);
      await member.post('/v1/me/email', { email: 'moved@example.com', currentPassword: PASSWORD });
      const change = (await mailbox.last(app, 'moved@example.com', 'new e-mail')).token!;
      expect((await member.post('/v1/auth/email/change/confirm', { token: change })).status).toBe(204);
      expectRefused(await confirm(token));
      expect(await opens('moved@example.com', PASSWORD)).toBe(true);
    });

    it('that was issued for an address which the account no longer has is void by itself', async () => {
      const member = await app.as.member();
      const token = await tokenFor(member.email);
      await app.database.query('UPDATE users SET email = :email WHERE id = :id', {
        email: 'another@example.com',
        id: member.id,
      });
      expectRefused(await confirm(token));
      expect(await opens('another@example.com', PASSWORD)).toBe(true);
    });

    it.each([
      ['nothing', ''],
      ['another alphabet', '+/'.repeat(21) + '+'],
      ['something too long', 'A'.repeat(44)],
      ['a guess', 'A'.repeat(43)],
      ['SQL', "' OR hash LIKE '%"],
    ])('is not %s', async (_, token) => {
      expectRefused(await confirm(token));
    });

    it.each([[null], [42], [['a']], [{ $ne: '' }], ['x'.repeat(2_000)], ['a\0']])(
      'is not %j, which is refused unread',
      async (token) => {
        expect((await confirm(token)).status).toBe(400);
      },
    );

    it('has one spelling', async () => {
      const { email } = await app.as.member();
      const token = await tokenFor(email);
      const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const others = [...last]
        .filter((each) => each !== token.at(-1))
        .map((each) => token.slice(0, -1) + each);
      for (const other of [...others, ` ${token}`, `${token}=`, `${token}\n`])
        expectRefused(await confirm(other));
      expect((await confirm(token)).status).toBe(204);
    });
  });

  describe('link', () => {
    const POISON = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'ftp',
      forwarded: 'host=evil.example',
      'x-original-host': 'evil.example',
      origin: 'https://evil.example',
      referer: 'https://evil.example/',
    };

    it('leads to PUBLIC_URL, no matter what host the request names', async () => {
      const { email } = await app.as.member();
      const status = await postAs(app.url, '/v1/auth/password/reset', POISON, { email });
      expect(status).toBe(202);
      const mail = await mailbox.last(app, email, RESET);
      expect(mail.link).toMatch(/^http:\/\/localhost:3000\/account#r\.[\w-]{43}$/);
      expect(mail.raw).not.toContain('evil');
    });

    it('leads to a page that does nothing by being looked at', async () => {
      const { email } = await app.as.member();
      const token = await tokenFor(email);
      const page = await app.as.anonymous().get('/account');
      expect(page.status).toBe(200);
      expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
      expect(page.text).toContain('<form method="post" action="/code" data-mailed');
      expect((await confirm(token)).status).toBe(204);
    });
  });

  it.each([
    ['a dotless i', 'idiot@example.com', 'ıdiot@example.com'],
    ['a dotted capital I', 'italy@example.com', 'İtaly@example.com'],
    ['a Cyrillic letter', 'ivan@example.com', 'іvan@example.com'],
    ['another domain', 'domain@github.example', 'domain@gıthub.example'],
  ])('for a look-alike with %s reaches no user', async (_, email, lookAlike) => {
    await app.as.member(email);
    expect((await ask(lookAlike)).status).toBe(202);
    await mailbox.of(app, email);
    expect(
      mailbox.mails.filter(
        ({ to, headers }) => to.includes(lookAlike) && headers['subject']?.includes(RESET),
      ),
    ).toEqual([]);
    expect(await mailsOf(email)).toEqual([]);
  });

  it.each([
    ['the Kelvin sign', 'kelvin@example.com', '\u212aelvin@example.com'],
    ['a full-width @', 'wide@example.com', 'wide＠example.com'],
    ['capitals and spaces', 'plain@example.com', '  PLAIN@Example.com\n'],
  ])(
    'for the same address spelled with %s goes to the address as it is stored',
    async (_, email, spelled) => {
      await app.as.member(email);
      expect((await ask(spelled)).status).toBe(202);
      const [mail, ...more] = await mailsOf(email);
      expect(more).toEqual([]);
      expect({ to: mail!.to, header: mail!.headers['to'] }).toEqual({ to: [email], header: email });
    },
  );

  it.each([
    ['a line feed and a header', 'plain@example.com\r\nBcc: mallory@example.com'],
    ['two addresses', 'plain@example.com,mallory@example.com'],
    ['a display name', 'Ada <plain@example.com>'],
    ['a quoted part', '"mallory@example.com plain"@example.com'],
  ])('for %s sends nothing at all', async (_, email) => {
    await mailbox.of(app, '');
    const before = mailbox.mails.length;
    expect((await ask(email)).status).toBe(202);
    await mailbox.of(app, '');
    expect(mailbox.mails.slice(before)).toEqual([]);
  });

  it.each([
    ['a NUL', 'plain\0@example.com'],
    ['half a surrogate pair', 'plain\ud800@example.com'],
    ['a list', ['plain@example.com']],
    ['an object', { $gt: '' }],
    ['nothing', undefined],
  ])('for %s is refused', async (_, email) => {
    expect((await ask(email)).status).toBe(400);
  });

  it('takes an account from an attacker who made it with another user’s address', async () => {
    const email = 'victim@example.com';
    const attacker = await app.as.member(email);
    // Prepared for later: an address change that is under way, and a session elsewhere.
    await attacker.post('/v1/me/email', { email: 'attacker@example.com', currentPassword: PASSWORD });
    const change = (await mailbox.last(app, 'attacker@example.com', 'new e-mail')).token!;
    const elsewhere = await app.as.logIn(email);

    expect((await confirm(await tokenFor(email))).status).toBe(204);
    for (const { tokens } of [attacker, elsewhere]) {
      expect(await works(app, tokens.access_token)).toBe(false);
      expect((await refresh(app, tokens.refresh_token)).status).toBe(401);
    }
    expect(await opens(email, PASSWORD)).toBe(false);
    expectRefused(await app.as.anonymous().post('/v1/auth/email/change/confirm', { token: change }));
    const victim = await app.as.logIn(email, NEXT);
    expect((await victim.get('/v1/me')).body).toMatchObject({ email, emailVerified: true });
  });

  it('gives nothing of a deleted account to the next owner of its address', async () => {
    const email = 'again@example.com';
    const before = await app.as.member(email);
    const token = await tokenFor(email);
    const verification = (await mailbox.last(app, email, 'confirm your e-mail')).token!;
    const { status } = await before.send('DELETE', '/v1/me', { currentPassword: PASSWORD });
    expect(status).toBe(204);
    const after = await app.as.member(email);
    expect(after.id).not.toBe(before.id);

    expectRefused(await confirm(token));
    expectRefused(
      await app.as.anonymous().post('/v1/auth/email/verification/confirm', { token: verification }),
    );
    expect(await works(app, before.tokens.access_token)).toBe(false);
    expect((await refresh(app, before.tokens.refresh_token)).status).toBe(401);
    expect((await after.get('/v1/me')).body).toMatchObject({ id: after.id, emailVerified: false });
    await expectUnharmed(after);
  });
});

import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import type { TestApp } from '../../support/app.js';
import type { Answer, Client, SignedIn } from '../../support/client.js';
import { clock, MINUTE } from '../../support/clock.js';
import { useMailApp } from '../../support/mail-app.js';
import type { Mailbox } from '../../support/mailbox.js';
import { noSooner } from '../../support/no-sooner.js';
import { expectProblem } from '../../support/problem.js';
import { proved } from '../../support/proved.js';
import { auditOf, works } from '../../support/sessions.js';

describe('another e-mail address', () => {
  let app: TestApp;
  let mailbox: Mailbox;
  let count = 0;

  useMailApp((own) => ({ app, mailbox } = own));
  afterEach(() => clock.release());

  const newEmail = () => `next-${++count}@example.com`;
  /** Who has asked last. */
  let asker: SignedIn;
  const ask = (member: SignedIn, email: unknown, currentPassword: unknown = PASSWORD) => {
    asker = member;
    return member.post('/v1/me/email', { email, currentPassword });
  };
  /** In the browser in which it was asked for. */
  const confirm = (token: unknown, by: Client = asker) => by.post('/v1/auth/email/change/confirm', { token });
  const tokenFor = async (email: string) =>
    (await mailbox.last(app, email, 'confirm your new e-mail')).token!;
  const addressOf = async (member: SignedIn) => (await member.get('/v1/me')).body.email as string;
  const expectRefused = (answer: Answer) => expectProblem(answer, 400, 'invalid_one_time_token');

  it('is taken once it was proved, and the old one is told', async () => {
    const member = await proved(app, await app.as.member());
    const email = newEmail();
    const asked = await ask(member, email);
    expect({ status: asked.status, text: asked.text }).toEqual({ status: 202, text: '' });
    expect(await addressOf(member)).toBe(member.email);
    expect(await mailbox.of(app, member.email), 'the old one gets no link').toEqual([]);

    expect((await confirm(await tokenFor(email))).status).toBe(204);
    expect((await member.get('/v1/me')).body).toMatchObject({ id: member.id, email, emailVerified: true });
    await mailbox.last(app, member.email, 'E-mail address changed');
    const logIn = (address: string) =>
      app.as.anonymous().post('/v1/auth/login', { email: address, password: PASSWORD });
    expect([(await logIn(email)).status, (await logIn(member.email)).status]).toEqual([200, 401]);
    expect(await works(app, member.tokens.access_token)).toBe(true);
    expect(await auditOf(app, member.id)).toEqual(
      expect.arrayContaining(['user.email_change_requested', 'user.email_changed']),
    );
    // And the old one is free.
    await app.as.member(member.email);
  });

  it.each([
    ['the password is wrong', { currentPassword: 'a wrong passphrase' }, 'wrong_password'],
    ['the password is missing', { currentPassword: undefined }, 'validation_failed'],
    ['it is no address', { email: 'no address' }, 'validation_failed'],
    ['there is a line feed in it', { email: 'a@example.com\r\nBcc: b@example.com' }, 'validation_failed'],
    ['there is a NUL in it', { email: 'a\0@example.com' }, 'malformed_request'],
    ['it holds quotes', { email: '"a@example.com b"@example.com' }, 'validation_failed'],
    ['it holds what cannot be seen', { email: 'a\u200b@example.com' }, 'validation_failed'],
    ['there are two', { email: 'a@example.com,b@example.com' }, 'validation_failed'],
    ['somebody else is named', { userId: '1' }, 'validation_failed'],
  ])('is not even asked for when %s', async (_, more, code) => {
    const member = await app.as.member();
    const before = mailbox.mails.length;
    const answer = await member.post('/v1/me/email', {
      email: newEmail(),
      currentPassword: PASSWORD,
      ...more,
    });
    expectProblem(answer, 400, code);
    await mailbox.of(app, '');
    const subjects = mailbox.mails.slice(before).map(({ headers }) => headers['subject']);
    expect(subjects.filter((subject) => subject?.includes('new e-mail'))).toEqual([]);
    expect(await auditOf(app, member.id)).toEqual(['user.signed_up']);
  });

  it('needs account:write', async () => {
    const { email } = await app.as.member();
    const reader = await app.as.logIn(email, PASSWORD, { scope: 'account:read' });
    expect((await ask(reader, newEmail())).status).toBe(403);
  });

  it('that is taken is answered the same; its owner is told, and no user gets a link', async () => {
    const [member, owner] = [await app.as.member(), await proved(app, await app.as.member())];
    const free = await noSooner(45, () => ask(member, newEmail()));
    const taken = await noSooner(45, () => ask(member, owner.email));
    expect([taken.status, taken.text]).toEqual([free.status, free.text]);
    await mailbox.last(app, owner.email, 'You have an account already');
    const subjects = (await mailbox.of(app, owner.email)).map(({ headers }) => headers['subject']);
    expect(subjects.filter((subject) => subject?.includes('new e-mail'))).toEqual([]);
  });

  it('that a user took in the meantime is refused, and nothing changes', async () => {
    const member = await app.as.member();
    const email = newEmail();
    await ask(member, email);
    const token = await tokenFor(email);
    const owner = await app.as.member(email);
    expectProblem(await confirm(token), 409, 'email_taken');
    expect(await addressOf(member)).toBe(member.email);
    expect(await addressOf(owner)).toBe(email);
  });

  it('is taken once, when two accounts ask for it', async () => {
    const members = [await app.as.member(), await app.as.member()];
    const email = newEmail();
    const tokens = [];
    for (const member of members) {
      await ask(member, email);
      tokens.push(await tokenFor(email));
    }
    const answers = await Promise.all(tokens.map((token, n) => confirm(token, members[n])));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 409]);
  });

  it('is taken once, when one link is used ten times at once', async () => {
    const member = await app.as.member();
    const email = newEmail();
    await ask(member, email);
    const token = await tokenFor(email);
    const answers = await Promise.all(Array.from({ length: 10 }, () => confirm(token)));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    answers.filter(({ status }) => status !== 204).forEach(expectRefused);
    expect((await auditOf(app, member.id)).filter((each) => each === 'user.email_changed')).toHaveLength(1);
  });

  it('has 30 minutes', async () => {
    clock.stop();
    const member = await app.as.member();
    const email = newEmail();
    await ask(member, email);
    const token = await tokenFor(email);
    clock.forward(30 * MINUTE);
    expectRefused(await confirm(token));
    expect(await addressOf(await app.as.logIn(member.email))).toBe(member.email);
  });

  it('gives way to the next that is asked for', async () => {
    const member = await app.as.member();
    const [first, second] = [newEmail(), newEmail()];
    await ask(member, first);
    const token = await tokenFor(first);
    await ask(member, second);
    expectRefused(await confirm(token));
    expect((await confirm(await tokenFor(second))).status).toBe(204);
    expect(await addressOf(member)).toBe(second);
  });

  it('that was asked for with a password is not taken after that password has changed', async () => {
    const member = await app.as.member();
    const email = newEmail();
    await ask(member, email);
    const token = await tokenFor(email);
    const change = { currentPassword: PASSWORD, newPassword: 'another long passphrase' };
    expect((await member.post('/v1/me/password', change)).status).toBe(204);
    expectRefused(await confirm(token));
    expect(await addressOf(member)).toBe(member.email);
  });

  it('asked for while the password changes is never taken by an attacker who knew the old one', async () => {
    const member = await app.as.member();
    const change = { currentPassword: PASSWORD, newPassword: 'another long passphrase' };
    const changing = member.post('/v1/me/password', change);
    // One after another, so that some look at the password before it changes and are done with it after that.
    const emails = Array.from({ length: 15 }, newEmail);
    const asking = emails.map(async (email, n) => {
      await setTimeout(n * 8);
      return ask(member, email);
    });
    const changed = await changing;
    await Promise.all(asking);
    expect(changed.status).toBe(204);
    await mailbox.of(app, '');
    const tokens = mailbox.mails.filter(({ to }) => emails.includes(to[0]!)).map(({ token }) => token);
    for (const token of tokens) expectRefused(await confirm(token));
    expect(await addressOf(member)).toBe(member.email);
  });

  it('is normalised as at sign-up', async () => {
    const member = await app.as.member();
    await ask(member, '  \u212aELVIN.Two＠Example.COM ');
    expect((await confirm(await tokenFor('kelvin.two@example.com'))).status).toBe(204);
    expect(await addressOf(member)).toBe('kelvin.two@example.com');
  });

  it('may be the one there is, which proves it', async () => {
    const member = await app.as.member();
    await ask(member, member.email);
    expect((await confirm(await tokenFor(member.email))).status).toBe(204);
    expect((await member.get('/v1/me')).body).toMatchObject({ email: member.email, emailVerified: true });
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MailService } from '../../../src/platform/mail/mail.service.js';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { clock, HOUR, MINUTE } from '../../support/clock.js';
import { makeDatabase, type TestDatabase } from '../../support/database.js';
import { deferred } from '../../support/deferred.js';
import { Mailbox } from '../../support/mailbox.js';
import { freePort, GATEHOUSE_SECRET, ServerProcess } from '../../support/process.js';
import { proved } from '../../support/proved.js';

const CONFIRM = 'confirm your e-mail address';

describe('letters', () => {
  let app: TestApp;
  let mailbox: Mailbox;

  beforeAll(async () => {
    mailbox = await Mailbox.open();
    app = await startApp({ env: { SMTP_URL: mailbox.url, TRUST_PROXY: '1', RATE_LIMIT: 'on' } });
  });
  afterEach(() => clock.release());
  afterAll(async () => {
    await app.close();
    await mailbox.close();
  });

  const subjectsFor = async (email: string) =>
    (await mailbox.of(app, email)).map(({ headers }) => headers['subject']!.replace('Gatehouse: ', ''));
  const rowsFor = (email: string) =>
    app.database.query('SELECT kind FROM mails WHERE address = :email', { email });
  const logInFrom = (device: string, { email }: SignedIn) =>
    app.as
      .anonymous()
      .post('/v1/auth/login', { email, password: PASSWORD }, { 'user-agent': `${device} of the specs` });

  it('to an address that is not proved are its link and nothing else, also when its account changes', async () => {
    const member = await app.as.member();
    for (const device of ['Firefox', 'Safari', 'Chrome']) await logInFrom(device, member);
    await member.post('/v1/api-keys', { name: 'x', scopes: ['account:read'] });
    await member.post('/v1/me/factors/totp', {});
    expect(await subjectsFor(member.email)).toEqual([CONFIRM]);
    await member.delete('/v1/me', { currentPassword: PASSWORD });
    expect(await subjectsFor(member.email)).toEqual([CONFIRM]);
  });

  it('with the link follow a new password, which ends the one before', async () => {
    const member = await app.as.member();
    const [{ token: before } = { token: '' }] = await mailbox.of(app, member.email);
    await member.post('/v1/me/password', { currentPassword: PASSWORD, newPassword: 'another passphrase' });
    expect(await subjectsFor(member.email)).toEqual([CONFIRM, CONFIRM]);
    const { token } = await mailbox.last(app, member.email, CONFIRM);
    const confirm = (each?: string) =>
      app.as.anonymous().post('/v1/auth/email/verification/confirm', { token: each });
    expect([(await confirm(before)).status, (await confirm(token)).status]).toEqual([400, 204]);
  });

  it('about one account are five an hour, and then one every ten minutes that tells all', async () => {
    const member = await app.as.member();
    await mailbox.of(app, member.email);
    await proved(app, member);
    for (let n = 0; n < 7; n++)
      await member.post('/v1/api-keys', { name: `key ${n}`, scopes: ['account:read'] });
    await member.post('/v1/me/password', { currentPassword: PASSWORD, newPassword: 'another passphrase' });
    const five = [CONFIRM, ...Array.from({ length: 5 }, () => 'New API key')];
    expect(await subjectsFor(member.email)).toEqual(five);
    expect(await rowsFor(member.email)).toHaveLength(3);

    clock.stop();
    clock.forward(8 * MINUTE);
    expect(await subjectsFor(member.email)).toEqual(five);
    clock.forward(3 * MINUTE);
    expect(await subjectsFor(member.email)).toEqual([...five, 'Changes to your account']);
    const { text } = await mailbox.last(app, member.email, 'Changes');
    expect(text).toContain('An API key was made for your account.');
    expect(text).toContain('How often: 2 times since');
    expect(text).toContain('The password of your account was changed');
    expect(await rowsFor(member.email)).toEqual([]);
  });

  it('of one source wait for themselves: another source is next, and only its own are dropped', async () => {
    const mail = app.nest.get(MailService);
    const arrived: string[] = [];
    const asked = deferred();
    mail.useTransport({
      send: async ({ to }) => {
        await asked.promise;
        arrived.push(to);
      },
    });
    const from = (ip: string) => app.as.anonymous().with({ 'x-forwarded-for': ip });
    mail.writes('bulk', { write: async ([{ to }]) => ({ to, subject: 'bulk', before: ['…'] }) });
    const flood = { principal: null, ip: '10.1.1.1', userAgent: null, requestId: null };
    for (let n = 0; n < 1_050; n++) await mail.later('bulk', `bulk-${n}@example.com`, {}, flood);
    const { text } = await (await app.as.admin()).get('/metrics');
    expect(text).toMatch(/^gatehouse_mails_total\{outcome="dropped"\} 50$/m);

    await from('10.9.9.9').post('/v1/auth/signup', { email: 'victim@example.com', password: PASSWORD });
    asked.resolve();
    await mail.flush();
    expect(arrived).toContain('victim@example.com');
    // Those that were begun when it was asked for, and one for each of its turns.
    expect(arrived.indexOf('victim@example.com')).toBeLessThan(arrived.length - 500);
    expect(arrived.filter((to) => to.startsWith('bulk'))).toHaveLength(1_000);
  });

  it('of one kind to one address do not keep those of another kind away', async () => {
    const box = await Mailbox.open();
    const other = await startApp({ env: { SMTP_URL: box.url, RATE_LIMIT: 'on' } });
    try {
      const { email } = await other.as.member();
      for (let n = 0; n < 8; n++) await other.as.anonymous().post('/v1/auth/email/verification', { email });
      await other.as.anonymous().post('/v1/auth/password/reset', { email });
      const subjects = (await box.of(other, email)).map(({ headers }) => headers['subject']);
      expect(subjects.filter((subject) => subject?.includes(CONFIRM))).toHaveLength(5);
      expect(subjects.filter((subject) => subject?.includes('reset'))).toHaveLength(1);
    } finally {
      await other.close();
      await box.close();
    }
  });

  it('leave an hour later no more than they were, which is no address and no token', async () => {
    const { email, id } = await app.as.member();
    await app.nest.get(MailService).flush();
    const rows = await app.database.query<Record<string, unknown>>('SELECT * FROM mails');
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows.filter(({ sent_at }) => sent_at !== null))
      expect(row).toMatchObject({ address: null, detail: null, due_at: null });
    expect(JSON.stringify(rows)).not.toContain(email);
    expect(JSON.stringify(rows)).not.toContain(id);
  });

  it('whose time is far ahead, because the clock was set back, are sent all the same', async () => {
    await app.database.run({ sql: 'DELETE FROM mails', params: {} });
    const mail = app.nest.get(MailService);
    const arrived: string[] = [];
    mail.useTransport({ send: async ({ to }) => void arrived.push(to) });
    const { email } = await app.as.member();
    await mail.flush();
    await app.as.anonymous().post('/v1/auth/email/verification', { email });
    clock.stop();
    clock.forward(-HOUR);
    await mail.flush();
    expect(arrived).toEqual([email, email]);
  });
});

describe('letters that wait', () => {
  let database: TestDatabase;
  const servers: ServerProcess[] = [];

  beforeAll(async () => {
    database = await makeDatabase({ isShared: true });
  });
  afterAll(async () => {
    for (const server of servers) await server.discard();
    await database.drop();
  });

  it('survive that the server is killed, and are sent by the next one', async () => {
    const smtp = await freePort();
    const env = { DATABASE_URL: database.url, GATEHOUSE_SECRET, SMTP_URL: `smtp://127.0.0.1:${smtp}` };
    const killed = await new ServerProcess(await freePort(), { ...env, LOG_LEVEL: 'silent' }).start();
    servers.push(killed);
    const email = 'ada@example.com';
    const answer = await fetch(`${killed.url}/v1/auth/signup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password: PASSWORD }),
    });
    expect(answer.status).toBe(201);
    await killed.stop('SIGKILL');

    const mailbox = await Mailbox.open();
    const next = await startApp({ env: { ...env, SMTP_URL: mailbox.url } });
    try {
      await expect.poll(() => mailbox.mails.map(({ to }) => to), { timeout: 5_000 }).toEqual([[email]]);
      const { token } = mailbox.mails[0]!;
      const confirmed = await next.as.anonymous().post('/v1/auth/email/verification/confirm', { token });
      expect(confirmed.status).toBe(204);
    } finally {
      await next.close();
      await mailbox.close();
    }
  }, 60_000);
});

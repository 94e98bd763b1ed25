import { createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OPERATOR } from '../../../src/platform/access/actor.js';
import { MailService } from '../../../src/platform/mail/mail.service.js';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Mailbox } from '../../support/mailbox.js';
import { expectProblem } from '../../support/problem.js';
import { proved } from '../../support/proved.js';
import { freePort } from '../../support/process.js';

const outcomes = async (app: TestApp) => {
  const { text } = await (await app.as.admin()).get('/metrics');
  const lines = [...text.matchAll(/^gatehouse_mails_total\{outcome="(\w+)"\} (\d+)$/gm)];
  const counted = lines.map(([, outcome, count]) => [outcome, Number(count)] as const);
  return Object.fromEntries(counted.filter(([, count]) => count > 0));
};

describe('a mail', () => {
  let app: TestApp;
  let mailbox: Mailbox;

  beforeAll(async () => {
    mailbox = await Mailbox.open();
    const env = { SMTP_URL: mailbox.url, APP_NAME: 'Ünder <b>& "Söhne"', MAIL_FROM: 'accounts@auth.example' };
    app = await startApp({ env });
  });
  afterAll(async () => {
    await app.close();
    await mailbox.close();
  });

  it('comes from MAIL_FROM, to one address, as text and as HTML that say the same', async () => {
    const { email } = await app.as.member();
    const [mail, ...more] = await mailbox.of(app, email);
    expect(more).toEqual([]);
    expect(mail).toMatchObject({ from: 'accounts@auth.example', to: [email] });
    expect(mail!.headers).toMatchObject({
      to: email,
      from: expect.stringMatching(/<accounts@auth\.example>$/),
      'auto-submitted': 'auto-generated',
      'message-id': expect.stringMatching(/@auth\.example>$/),
    });
    expect(mail!.head).not.toMatch(/^(x-mailer|bcc|cc):|nodemailer/im);
    expect(mail!.text).toContain('Ünder <b>& "Söhne"');
    expect(mail!.html).toContain('Ünder &lt;b>&amp; &quot;Söhne&quot;');
    expect(mail!.html).not.toContain('<b>');
    expect(mail!.html).toContain(`<a href="${mail!.link}">`);
    expect(mail!.link).toMatch(/^http:\/\/localhost:3000\/account#v\.[\w-]{43}$/);
    expect(mail!.html).not.toMatch(/<img|<script|src=/);
  });

  it('repeats nothing that a stranger chose: no name, no user agent', async () => {
    const name =
      '<a href="https://evil.example">Click</a> https://evil.example\u2028Bcc: mallory@example.com';
    const email = 'named@example.com';
    const evil = app.as.anonymous().with({ 'user-agent': 'Firefox https://evil.example <b>' });
    const { user } = (await evil.post('/v1/auth/signup', { email, password: PASSWORD, name })).body;
    await mailbox.of(app, email);
    await proved(app, user);
    await evil.post('/v1/auth/login', { email, password: PASSWORD }, { 'user-agent': 'Safari <i>evil</i>' });
    await evil.post('/v1/auth/password/reset', { email });
    const mails = await mailbox.of(app, email);
    expect(mails.length).toBeGreaterThanOrEqual(3);
    for (const { raw, text, html, to } of mails) {
      expect(`${raw}${text}${html}`).not.toMatch(/evil|mallory|<i>/i);
      expect(to).toEqual([email]);
    }
  });

  it.each([
    ['markup', `<script>`, 400],
    ['an entity', 'o&lt', 201],
    ['an apostrophe', `o'brien`, 201],
    ['letters beyond ASCII', 'zoë', 201],
  ])('goes to an address with %s, or there is no such account', async (_, local, expected) => {
    const email = `${local}@example.com`;
    const { status } = await app.as.anonymous().post('/v1/auth/signup', { email, password: PASSWORD });
    expect(status).toBe(expected);
    const mails = await mailbox.of(app, email);
    expect(mails.map(({ to }) => to)).toEqual(expected === 201 ? [[email]] : []);
  });

  it('leaves neither its address nor its link in the log', async () => {
    const { email } = await app.as.member('unlogged@example.com');
    const [{ token } = { token: '' }] = await mailbox.of(app, email);
    const log = app.log.filter((line) => !line.includes('"sql"')).join('');
    expect(log).not.toContain('unlogged');
    expect(log).not.toContain(token);
  });
});

/** Has letters sent with a subject and nothing else, all by one source unless another is named; none with the subject `none`. */
function writerOf(app: TestApp) {
  const mail = app.nest.get(MailService);
  mail.writes('test', {
    write: async ([{ to, detail }]) =>
      detail['subject'] === 'none' ? undefined : { to, subject: String(detail['subject']), before: ['…'] },
  });
  return (to: string, subject: string, ip = '10.0.0.1') =>
    mail.later('test', to, { subject }, { ...OPERATOR, inside: undefined, ip });
}

describe('a mail server', () => {
  let app: TestApp | undefined;
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    await app?.close();
    for (const close of closing.splice(0)) await close();
  });

  /** What asking for a reset is answered, and how fast, with this mail server. */
  async function askWith(env: Record<string, string>) {
    app = await startApp({ env });
    const { email } = await app.as.member();
    const startedAt = performance.now();
    const { status } = await app.as.anonymous().post('/v1/auth/password/reset', { email });
    return { status, ms: performance.now() - startedAt };
  }

  it('that is slow with one letter gets those to the same address after it, and others in between', async () => {
    let letGo: (() => void) | undefined;
    const mailbox = await Mailbox.open({
      onMailFrom: (_address, _session, done) => {
        if (letGo) return done();
        letGo = done;
      },
    });
    closing.push(() => mailbox.close());
    app = await startApp({ env: { SMTP_URL: mailbox.url } });
    const mail = app.nest.get(MailService);
    const write = writerOf(app);
    const arrived = () => mailbox.mails.map(({ headers }) => headers['subject']);

    await write('ada@example.com', 'first');
    const flushed = mail.flush();
    await expect.poll(() => letGo, { timeout: 5_000 }).toBeDefined();
    await write('ada@example.com', 'second');
    await write('ada@example.com', 'third');
    await write('bob@example.com', 'elsewhere');
    const flushedToo = mail.flush();
    await expect.poll(arrived, { timeout: 5_000 }).toEqual(['elsewhere']);
    letGo!();
    await Promise.all([flushed, flushedToo]);
    expect(arrived()).toEqual(['elsewhere', 'first', 'second', 'third']);
  });

  it('gets letters to one address in the order in which they were asked for', async () => {
    const mailbox = await Mailbox.open();
    closing.push(() => mailbox.close());
    app = await startApp({ env: { SMTP_URL: mailbox.url } });
    const write = writerOf(app);
    const people = ['ada', 'bob', 'eve', 'joe', 'kim', 'zoe'].map((name) => `${name}@example.com`);
    const subjects = ['first', 'second', 'third'];
    for (const to of people) for (const subject of subjects) await write(to, subject);
    await expect.poll(() => mailbox.mails, { timeout: 5_000 }).toHaveLength(18);
    for (const person of people) {
      const arrived = mailbox.mails.filter(({ to }) => to.includes(person));
      expect(arrived.map(({ headers }) => headers['subject'])).toEqual(subjects);
    }
  });

  it('that is down changes no answer; it is tried three times', async () => {
    const { status, ms } = await askWith({ SMTP_URL: `smtp://127.0.0.1:${await freePort()}` });
    expect(status).toBe(202);
    expect(ms).toBeLessThan(1_000);
    await app!.nest.get(MailService).flush();
    expect(await outcomes(app!)).toEqual({ failed: 2, retried: 4 });
    expect(app!.log.join('')).toContain('a mail could not be sent');
    expect((await app!.as.anonymous().get('/health/ready')).status).toBe(200);
  });

  it('that was down for a while gets the mail in the end', async () => {
    const isDown = { now: true };
    const mailbox = await Mailbox.open({
      onMailFrom: (_address, _session, done) =>
        isDown.now ? done(Object.assign(new Error('later'), { responseCode: 451 })) : done(),
    });
    closing.push(() => mailbox.close());
    await askWith({ SMTP_URL: mailbox.url });
    // The first tries begin within a second, the next ones 5 seconds later.
    await expect.poll(async () => (await outcomes(app!))['retried'], { timeout: 5_000 }).toBe(2);
    expect(mailbox.mails).toEqual([]);
    isDown.now = false;
    await app!.nest.get(MailService).flush();
    expect(mailbox.mails).toHaveLength(2);
    expect(await outcomes(app!)).toEqual({ retried: 2, sent: 2 });
  });

  it('that refuses the address is not asked again, and what it says stays out of the log', async () => {
    const mailbox = await Mailbox.open({
      onRcptTo: ({ address }, _session, done) =>
        done(Object.assign(new Error(`${address} is not wanted`), { responseCode: 550 })),
    });
    closing.push(() => mailbox.close());
    const { status } = await askWith({ SMTP_URL: mailbox.url });
    expect(status).toBe(202);
    await app!.nest.get(MailService).flush();
    expect(await outcomes(app!)).toEqual({ failed: 2 });
    expect(app!.log.join('')).toContain('"responseCode":550');
    expect(app!.log.join('')).not.toContain('is not wanted');
  });

  it('that says nothing delays neither an answer nor the stop for long', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    closing.push(() => (sockets.forEach((socket) => socket.destroy()), silent.close()));
    const { port } = silent.address() as AddressInfo;
    const { status, ms } = await askWith({ SMTP_URL: `smtp://127.0.0.1:${port}` });
    expect({ status, isSoon: ms < 1_000 }).toEqual({ status: 202, isSoon: true });
    const stoppingAt = performance.now();
    await app!.close();
    app = undefined;
    expect(performance.now() - stoppingAt).toBeLessThan(6_000);
  });

  it('elsewhere that offers no TLS gets nothing', async () => {
    const mailbox = await Mailbox.open({ hideSTARTTLS: true });
    closing.push(() => mailbox.close());
    // Another name for this machine, which is not the loopback by its name.
    await askWith({ SMTP_URL: mailbox.url.replace('127.0.0.1', '0.0.0.0') });
    await app!.nest.get(MailService).flush();
    expect(mailbox.mails).toEqual([]);
    expect(await outcomes(app!)).toMatchObject({ failed: 2 });
  });

  it('elsewhere gets it without TLS where the URL says so', async () => {
    const mailbox = await Mailbox.open({ hideSTARTTLS: true });
    closing.push(() => mailbox.close());
    await askWith({ SMTP_URL: `${mailbox.url.replace('127.0.0.1', '0.0.0.0')}?requireTLS=false` });
    await app!.nest.get(MailService).flush();
    expect(mailbox.mails).toHaveLength(2);
  });

  it('that is slower than mail comes in costs no memory without end', async () => {
    await askWith({ SMTP_URL: `smtp://127.0.0.1:${await freePort()}` });
    const mail = app!.nest.get(MailService);
    const before = await outcomes(app!);
    await mail.flush();
    const write = writerOf(app!);
    // At once: what is written while others are sent would be counted against fewer.
    await Promise.all(Array.from({ length: 1_100 }, (_, n) => write(`${n}@example.com`, 'none')));
    expect((await outcomes(app!))['dropped']).toBe(100);
    await mail.flush();
    expect(before['dropped']).toBeUndefined();
  });

  it('that has not got it yet when the server stops gets it then', async () => {
    const mailbox = await Mailbox.open();
    closing.push(() => mailbox.close());
    await askWith({ SMTP_URL: mailbox.url });
    await app!.close();
    app = undefined;
    const subjects = mailbox.mails.map(({ headers }) => headers['subject']);
    expect(subjects.toSorted()).toEqual([
      'Gatehouse: confirm your e-mail address',
      'Gatehouse: reset your password',
    ]);
  });
});

describe('without a mail server', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({ env: { REQUIRE_VERIFIED_EMAIL: 'on' } });
  });
  afterAll(() => app.close());

  it('what needs mail is off, and says so', async () => {
    const anonymous = app.as.anonymous();
    const email = 'nobody@example.com';
    for (const answer of [
      await anonymous.post('/v1/auth/signup', { email, password: PASSWORD }),
      await anonymous.post('/v1/auth/password/reset', { email }),
      await anonymous.post('/v1/auth/email/verification', { email }),
      await (await app.as.admin()).post('/v1/me/email', { email, currentPassword: PASSWORD }),
    ])
      expectProblem(answer, 404, 'mail_off');
    expect(await app.database.query('SELECT id FROM users WHERE email = :email', { email })).toEqual([]);
  });

  it('the rest goes on', async () => {
    expect((await (await app.as.admin()).get('/v1/me')).status).toBe(200);
  });
});

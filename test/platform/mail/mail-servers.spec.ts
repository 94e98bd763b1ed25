import type { SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { doctor } from '../../../src/operations/cli/doctor/doctor.js';
import type { Finding } from '../../../src/operations/cli/doctor/finding.js';
import { mailFailure } from '../../../src/platform/mail/mail-failure.js';
import { MailService } from '../../../src/platform/mail/mail.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Mailbox } from '../../support/mailbox.js';
import { freePort, GATEHOUSE_SECRET } from '../../support/process.js';

/** Another name for this machine, which is not the loopback by its name. */
const elsewhere = (url: string) => url.replace('127.0.0.1', '0.0.0.0');

describe('a mail server as distributions install it, with STARTTLS and a self-made certificate', () => {
  let app: TestApp | undefined;
  let mailbox: Mailbox;
  afterEach(async () => {
    await app?.close();
    await mailbox.close();
    app = undefined;
  });

  /** What arrives of one letter, whether over TLS, and what the log says otherwise. */
  async function send(env: (url: string) => Record<string, string>, behaviour: SMTPServerOptions = {}) {
    const isSecure: boolean[] = [];
    mailbox = await Mailbox.open({
      disabledCommands: ['AUTH'],
      onMailFrom: (_address, session, done) => {
        isSecure.push(session.secure);
        done();
      },
      ...behaviour,
    });
    app = await startApp({ env: env(mailbox.url) });
    await app.as.member('ada@example.com');
    await app.nest.get(MailService).flush();
    const said = app.log.filter((line) => line.includes('a mail could not be sent'));
    return { arrived: mailbox.mails.length, isSecure, said: said.map((line) => JSON.parse(line)) };
  }

  it('on this machine takes mail in the clear, without any setting', async () => {
    const { arrived, isSecure, said } = await send((SMTP_URL) => ({ SMTP_URL }));
    expect({ arrived, isSecure, said }).toEqual({ arrived: 1, isSecure: [false], said: [] });
  });

  it.each([
    ['SMTP_TLS=encrypt', (url: string) => ({ SMTP_URL: url, SMTP_TLS: 'encrypt' })],
    ['SMTP_TLS=encrypt elsewhere', (url: string) => ({ SMTP_URL: elsewhere(url), SMTP_TLS: 'encrypt' })],
    ['the URL', (url: string) => ({ SMTP_URL: `${url}?tls.rejectUnauthorized=false` })],
  ])('takes it over TLS where %s asks for it', async (_, env) => {
    const { arrived, isSecure } = await send(env);
    expect({ arrived, isSecure }).toEqual({ arrived: 1, isSecure: [true] });
  });

  it('elsewhere takes it in the clear where SMTP_TLS=off says so', async () => {
    const env = (url: string) => ({ SMTP_URL: elsewhere(url), SMTP_TLS: 'off' });
    expect(await send(env)).toMatchObject({ arrived: 1, isSecure: [false] });
  });

  it.each([
    ['elsewhere', (url: string) => ({ SMTP_URL: elsewhere(url) })],
    ['with SMTP_TLS=verify', (url: string) => ({ SMTP_URL: url, SMTP_TLS: 'verify' })],
    ['with ?requireTLS=true', (url: string) => ({ SMTP_URL: `${url}?requireTLS=true` })],
  ])('%s gets nothing, and the log and doctor say why', async (_, env) => {
    const { arrived, said } = await send(env);
    expect(arrived).toBe(0);
    expect(said[0]).toMatchObject({
      code: 'ESOCKET',
      cause: expect.stringMatching(/CERT/),
      reason: expect.stringContaining('SMTP_TLS=encrypt'),
    });
    const { data } = await doctor({ DATABASE_URL: 'sqlite::memory:', GATEHOUSE_SECRET, ...env(mailbox.url) });
    const found = (data as Finding[]).find(({ name }) => name === 'mail');
    expect(found).toMatchObject({ status: 'fail', detail: expect.stringContaining('SMTP_TLS=encrypt') });
  });

  it('that refuses the recipient is told apart in the log, without what it says', async () => {
    const { said } = await send((SMTP_URL) => ({ SMTP_URL }), {
      onRcptTo: (_address, _session, done) =>
        done(Object.assign(new Error('5.1.1 hunter2 is not here'), { responseCode: 550 })),
    });
    expect(said).toEqual([
      expect.objectContaining({
        code: 'EENVELOPE',
        command: 'RCPT TO',
        responseCode: 550,
        status: '5.1.1',
        reason: expect.stringContaining('refuses the recipient'),
      }),
    ]);
    expect(JSON.stringify(said)).not.toMatch(/hunter2|ada@/);
  });

  it('that is not there is named as such', async () => {
    const port = await freePort();
    const { said } = await send(() => ({ SMTP_URL: `smtp://127.0.0.1:${port}` }));
    expect(said[0]).toMatchObject({
      cause: 'ECONNREFUSED',
      reason: expect.stringContaining('nothing listens'),
    });
  });
});

describe('why a mail was not sent', () => {
  it.each([undefined, null, 'hunter2', new Error('hunter2'), { code: 1, command: {}, response: [] }])(
    'is no text of an error that is not known: %j',
    (error) => {
      const failure = mailFailure(error);
      expect(Object.values(failure)).toEqual(Object.values(failure).map(() => undefined));
    },
  );
});

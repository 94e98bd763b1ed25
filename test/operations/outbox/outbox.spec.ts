import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { Mailbox } from '../../support/mailbox.js';
import { expectProblem } from '../../support/problem.js';
import { statementsDuring } from '../../support/statements.js';

const NAMES = ['email_change', 'email_verification', 'new_device', 'password_changed', 'password_reset'];

describe('mail, as an administrator sees it', () => {
  let app: TestApp;
  let mailbox: Mailbox;
  let postmaster: SignedIn;
  let isRefusing = false;

  beforeAll(async () => {
    mailbox = await Mailbox.open({
      onRcptTo: (_address, _session, done) =>
        isRefusing ? done(Object.assign(new Error('later'), { responseCode: 450 })) : done(),
    });
    app = await startApp({ env: { SMTP_URL: mailbox.url, APP_NAME: 'Ünder <b>', BRAND_COLOR: '#ffee00' } });
    postmaster = await app.as.holderOf('mail:read', 'mail:write');
  });
  afterAll(async () => {
    await app.close();
    await mailbox.close();
  });

  const get = async (path: string) => {
    const { status, body } = await postmaster.get(`/v1/mail/${path}`);
    expect(status).toBe(200);
    return body;
  };

  it('has every letter, with an example in it and no token that opens anything', async () => {
    const { items } = await get('letters');
    const names = items.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(NAMES));
    expect(names).toEqual(names.toSorted());
    for (const name of names) {
      const letter = await get(`letters/${name}`);
      expect(letter).toMatchObject({ name, subject: expect.stringMatching(/^Ünder <b>: \w/) });
      expect(letter.text).toMatch(/\w/);
      expect(letter.html).toContain('Ünder &lt;b>');
      expect(letter.html).not.toMatch(/<b>|<img|<script|<table|src=|undefined/);
      for (const line of letter.text.split('\n').filter((each: string) => !each.includes('://')))
        expect(line.length).toBeLessThanOrEqual(72);
    }
    const { text, html } = await get('letters/password_reset');
    expect(text).toContain('http://localhost:3000/account#r.EXAMPLE');
    expect(html).toContain('background:#ffee00;color:#000000');
    expect(
      await app.database.query('SELECT * FROM one_time_tokens WHERE purpose = :purpose', {
        purpose: 'password_reset',
      }),
    ).toEqual([]);
  });

  it('has every letter in the languages that it names, English when none is asked for', async () => {
    const [{ locales }] = (await get('letters')).items;
    expect(locales).toEqual(['en', 'de', 'fr', 'es', 'pt-BR', 'ja', 'zh-CN', 'ar']);
    expect(await get('letters/new_device')).toMatchObject({
      locale: 'en',
      subject: 'Ünder <b>: New sign-in',
    });
    const { locale, subject, text, html } = await get('letters/new_device?locale=de');
    expect({ locale, subject }).toEqual({ locale: 'de', subject: 'Ünder <b>: Neue Anmeldung' });
    expect(text).toContain('Wann: 1. Januar 2026 um 12:00:00 UTC\nVon: Firefox unter Linux, 192.0.2.1');
    expect(html).toContain('<html lang="de" dir="ltr">');
    for (const wrong of ['tlh', 'en-XA', '__proto__', 'de&locale=fr'])
      expectProblem(
        await postmaster.get(`/v1/mail/letters/new_device?locale=${wrong}`),
        400,
        'validation_failed',
      );
  });

  it.each(['nothing', 'constructor', '__proto__', 'test'])('has no letter %s', async (name) => {
    expectProblem(await postmaster.get(`/v1/mail/letters/${name}`), 404, 'not_found');
    expectProblem(await postmaster.post('/v1/mail/test', { letter: name }), 404, 'not_found');
  });

  it('sends a letter to who asks, and to nobody else', async () => {
    await mailbox.of(app, postmaster.email);
    const before = mailbox.mails.length;
    expect((await postmaster.post('/v1/mail/test', { letter: 'password_changed' })).status).toBe(202);
    const mail = (await mailbox.of(app, postmaster.email)).at(-1);
    expect(mail!.text).toContain('The password of your account was changed');
    expect(mailbox.mails.slice(before).flatMap(({ to }) => to)).toEqual([postmaster.email]);
    const more = { letter: 'password_changed', to: 'other@example.com' };
    expectProblem(await postmaster.post('/v1/mail/test', more), 400, 'validation_failed');
    const audited = `SELECT detail FROM audit_events WHERE action = 'mail.tested' AND actor_id = :id`;
    expect(await app.database.query(audited, { id: postmaster.id })).toEqual([
      { detail: '{"letter":"password_changed"}' },
    ]);
  });

  it('says which letters wait, how often they were tried and when they are again', async () => {
    isRefusing = true;
    const member = await app.as.member('waits@example.com');
    const tried = async () => (await get('outbox')).items;
    await expect.poll(tried, { timeout: 4_000 }).toEqual([
      {
        id: expect.any(String),
        kind: 'email_verification',
        letter: null,
        address: member.email,
        attempts: 1,
        dueAt: expect.any(String),
      },
    ]);
    const items = await tried();
    expect(Date.parse(items[0].dueAt)).toBeGreaterThan(Date.now());
    expect(JSON.stringify(items)).not.toContain(member.id);
    expect(await statementsDuring(app, () => get('outbox'))).toHaveLength(1);
    isRefusing = false;
  });

  it('has no decoy in it: whether an address has an account is not seen', async () => {
    await app.database.query('DELETE FROM mails');
    await app.as.anonymous().post('/v1/auth/password/reset', { email: 'nobody@example.com' });
    expect(await app.database.query('SELECT address FROM mails')).toEqual([{ address: null }]);
    expect((await get('outbox')).items).toEqual([]);
  });

  it('is closed to others', async () => {
    const reader = await app.as.holderOf('mail:read');
    expectProblem(await reader.post('/v1/mail/test', { letter: 'new_device' }), 403, 'insufficient_scope');
    for (const path of ['outbox', 'letters', 'letters/new_device'])
      expectProblem(await (await app.as.member()).get(`/v1/mail/${path}`), 403, 'insufficient_scope');
  });
});

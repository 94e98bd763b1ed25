import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LetterPreviews } from '../../../src/platform/mail/letter-previews.service.js';
import { asHtml } from '../../../src/platform/mail/letters.service.js';
import { MailService } from '../../../src/platform/mail/mail.service.js';
import { OPERATOR } from '../../../src/platform/access/actor.js';
import { LOCALES } from '../../../src/platform/texts/locales.js';
import { PASSWORD } from '../../support/actors.js';
import type { TestApp } from '../../support/app.js';
import { useMailApp } from '../../support/mail-app.js';
import type { Mailbox } from '../../support/mailbox.js';
import { sendLines } from '../../support/lines.js';
import { proved } from '../../support/proved.js';
import { readSources } from '../../support/source-rules.js';

const FRENCH = { 'accept-language': 'fr-CA, en;q=0.5' };

describe('a letter', () => {
  let app: TestApp;
  let mailbox: Mailbox;
  useMailApp((own) => ({ app, mailbox } = own));

  const subjects = async (email: string) =>
    (await mailbox.of(app, email)).map(({ headers }) => decodedWords(headers['subject']!));

  const localeOf = async (email: string) => {
    const sql = 'SELECT locale FROM users WHERE email = :email';
    return (await app.database.query<{ locale: string | null }>(sql, { email }))[0]!.locale;
  };

  it('speaks the language of the person, no matter who causes it', async () => {
    const email = 'amelie@example.com';
    const anonymous = app.as.anonymous();
    const signedUp = await anonymous.post('/v1/auth/signup', { email, password: PASSWORD }, FRENCH);
    const { user } = signedUp.body;
    expect(await subjects(email)).toEqual(['Gatehouse: confirmez votre adresse e-mail']);
    await proved(app, user);
    await anonymous.post('/v1/auth/password/reset', { email }, { 'accept-language': 'ja' });
    expect((await subjects(email)).at(-1)).toBe('Gatehouse: réinitialisez votre mot de passe');

    // A password may be stolen; the token shows that the device is theirs.
    await anonymous.post('/v1/auth/login', { email, password: PASSWORD }, { 'accept-language': 'ja' });
    expect(await localeOf(email)).toBe('fr');
    const own = { 'accept-language': 'ar', 'device-token': signedUp.headers.get('device-token')! };
    await anonymous.post('/v1/auth/login', { email, password: PASSWORD }, own);
    await (await app.as.admin()).put(`/v1/users/${user.id}/roles`, { roles: ['user', 'admin'] });
    const mail = (await mailbox.of(app, email)).at(-1)!;
    expect(mail.html).toContain('<html lang="ar" dir="rtl">');
    expect(mail.text).toContain('127.0.0.1');
    // A client that names no language changes nothing.
    await anonymous.post('/v1/auth/login', { email, password: PASSWORD }, { ...own, 'accept-language': '' });
    expect(await localeOf(email)).toBe('ar');
  });

  it('to an address that is not proved speaks as it is asked to, and forgets who signed up with it', async () => {
    const email = 'victim@example.com';
    const anonymous = app.as.anonymous();
    await anonymous.post('/v1/auth/signup', { email, password: PASSWORD }, { 'accept-language': 'ja' });
    await anonymous.post('/v1/auth/email/verification', { email }, FRENCH);
    expect((await subjects(email)).at(-1)).toBe('Gatehouse: confirmez votre adresse e-mail');
    await anonymous.post('/v1/auth/password/reset', { email }, FRENCH);
    const { token } = (await mailbox.of(app, email)).at(-1)!;
    expect((await subjects(email)).at(-1)).toBe('Gatehouse: réinitialisez votre mot de passe');
    const reset = { token, password: 'another horse battery' };
    await anonymous.post('/v1/auth/password/reset/confirm', reset, { 'accept-language': 'de' });
    expect((await subjects(email)).at(-1)).toBe('Gatehouse: Passwort geändert');
    expect(await localeOf(email)).toBeNull();
  });

  it('to the owner of an account that an import takes over is not in the language of who signed up', async () => {
    const email = 'imported@example.com';
    const japanese = { 'accept-language': 'ja' };
    await app.as.anonymous().post('/v1/auth/signup', { email, password: PASSWORD }, japanese);
    await sendLines(await app.as.admin(), '/v1/users/import?update=true', { email, verified: true });
    expect((await subjects(email)).at(-1)).toBe('Gatehouse: Account handed over to you');
    expect(await localeOf(email)).toBeNull();
  });

  it('about a new device is in English where the language of the person is not known', async () => {
    const member = await proved(app, await app.as.member());
    expect(await localeOf(member.email)).toBeNull();
    const intruder = { 'accept-language': 'ja', 'user-agent': 'Mozilla/5.0 (Windows NT 10.0) Firefox/140.0' };
    await app.as
      .anonymous()
      .post('/v1/auth/login', { email: member.email, password: member.password }, intruder);
    expect((await subjects(member.email)).at(-1)).toBe('Gatehouse: New sign-in');
  });

  it('to a next address speaks the language of the person', async () => {
    const email = 'luc@example.com';
    const signedUp = await app.as.anonymous().post('/v1/auth/signup', { email, password: PASSWORD }, FRENCH);
    await proved(app, signedUp.body.user);
    const next = { email: 'luc.next@example.com', currentPassword: PASSWORD };
    const headers = { authorization: `Bearer ${signedUp.body.access_token}`, 'accept-language': 'ja' };
    await app.as.anonymous().post('/v1/me/email', next, headers);
    expect(await subjects(next.email)).toEqual(['Gatehouse: confirmez votre nouvelle adresse e-mail']);
  });

  it('that was queued before letters had languages says from where all the same', async () => {
    const detail = {
      notice: 'new_device',
      at: '2026-01-01T12:00:00.000Z',
      where: 'Firefox on Linux, 192.0.2.1',
    };
    await app.nest.get(MailService).later('notice', 'queued@example.com', detail, OPERATOR);
    const [sent] = await mailbox.of(app, 'queued@example.com');
    expect(sent!.text).toContain('From: Firefox on Linux, 192.0.2.1');
  });

  it('speaks the language of the request to a person who has none, and English without one', async () => {
    const admin = await app.as.admin();
    const made = { password: PASSWORD, email: 'new@example.com' };
    await admin.post('/v1/users', made, { 'accept-language': 'de' });
    expect(await subjects(made.email)).toEqual(['Gatehouse: Bestätigen Sie Ihre E-Mail-Adresse']);
    await admin.post('/v1/users', { ...made, email: 'newer@example.com' }, { 'accept-language': 'tlh, *' });
    expect(await subjects('newer@example.com')).toEqual(['Gatehouse: confirm your e-mail address']);
  });

  it('is written in every language, and says the same as text and as HTML', () => {
    const previews = app.nest.get(LetterPreviews);
    for (const { tag, direction } of LOCALES)
      for (const name of previews.names) {
        const { subject, text, html } = previews.preview(name, 'ada@example.com', tag)!;
        expect(html).toContain(`<html lang="${tag}" dir="${direction}">`);
        expect(`${subject}${text}${html}`).not.toMatch(/\{\w+\}|undefined|<script|<img|<table/);
        const words = (markup: string) => markup.replaceAll(/\s/g, '');
        for (const paragraph of text.trimEnd().split('\n\n'))
          expect(words(html)).toContain(words(asHtmlText(paragraph.replace(/:\n(?=http).*/, ''))));
      }
  });

  it('has no text that becomes markup, nor a header', async () => {
    const hostile = '</p><script>alert(1)</script>\r\nBcc: mallory@example.com';
    const letter = { to: 'ada@example.com', subject: hostile, before: [hostile] };
    expect(
      asHtml({ ...letter, link: { label: hostile, url: 'https://a.example/"><script>' } }),
    ).not.toContain('<script');
    const mail = app.nest.get(MailService);
    mail.writes('hostile', { write: async () => letter });
    await mail.later('hostile', letter.to, {}, OPERATOR);
    const [sent] = await mailbox.of(app, letter.to);
    expect(sent!.to).toEqual([letter.to]);
    expect(sent!.head).not.toMatch(/^bcc:/im);
    expect(sent!.html).not.toContain('<script');
  });
});

it('has no text that no letter uses', () => {
  const english = JSON.parse(readFileSync('src/platform/mail/texts/en.json', 'utf8')) as object;
  const source = readSources('src/platform/mail')
    .map(({ text }) => text)
    .join('\n');
  const isUsed = (key: string) => {
    const [name, part] = key.split('.');
    return source.includes(`'${key}'`) || (source.includes(name!) && source.includes(`}.${part}\``));
  };
  expect(Object.keys(english).filter((key) => !isUsed(key))).toEqual([]);
});

/** As Preact escapes it. */
function asHtmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

/** A header as it was before RFC 2047 encoded it. */
function decodedWords(header: string): string {
  return header
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?UTF-8\?Q\?(.*?)\?=/gi, (_, word: string) =>
      decodeURIComponent(word.replaceAll('_', ' ').replaceAll('=', '%')),
    )
    .replaceAll(/=\?UTF-8\?B\?(.*?)\?=/gi, (_, word: string) => Buffer.from(word, 'base64').toString());
}

import { beforeEach, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { makeKey } from '../../support/api-keys.js';
import type { TestApp } from '../../support/app.js';
import type { Answer, SignedIn } from '../../support/client.js';
import { protect } from '../../support/factors.js';
import { useMailApp } from '../../support/mail-app.js';
import type { Mailbox } from '../../support/mailbox.js';

/** Of no password that is known. */
const HASH = `$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$${'A'.repeat(43)}`;

describe('the owner of an account', () => {
  let app: TestApp;
  let mailbox: Mailbox;
  let owner: SignedIn;
  let admin: SignedIn;

  useMailApp((own) => ({ app, mailbox } = own));
  beforeEach(async () => {
    owner = await app.as.member();
    admin = await app.as.admin();
    const { token } = await mailbox.last(app, owner.email, 'confirm your e-mail address');
    await owner.post('/v1/auth/email/verification/confirm', { token });
  });

  /** The subjects of what the owner is sent because of it, and no other user is. */
  async function toldBy(work: () => Promise<Answer>): Promise<string[]> {
    await mailbox.of(app, '');
    const before = mailbox.mails.length;
    const { status, text } = await work();
    expect(status, text).toBeLessThan(300);
    await mailbox.of(app, '');
    const mails = mailbox.mails.slice(before);
    expect(mails.flatMap(({ to }) => to)).toEqual(mails.map(() => owner.email));
    return mails.map(({ headers }) => headers['subject']!.replace('Gatehouse: ', '')).toSorted();
  }
  const importLine = async (line: object) => {
    const body = JSON.stringify({ email: owner.email, ...line });
    const answer = await admin.post('/v1/users/import?update=true', body, {
      'content-type': 'application/x-ndjson',
    });
    expect(answer.body.errors).toEqual([]);
    return answer;
  };
  const user = (path = '') => `/v1/users/${owner.id}${path}`;

  it.each<[string, () => Promise<Answer>, string[]]>([
    [
      'their password is changed',
      () =>
        owner.post('/v1/me/password', { currentPassword: PASSWORD, newPassword: 'another long passphrase' }),
      ['Password changed'],
    ],
    ['an import brings another password', () => importLine({ passwordHash: HASH }), ['Password changed']],
    ['an import brings other roles', () => importLine({ roles: ['admin', 'user'] }), ['Roles changed']],
    ['an import disables the account', () => importLine({ status: 'disabled' }), ['Account disabled']],
    [
      'an import brings all of these',
      () => importLine({ passwordHash: HASH, roles: ['admin'], status: 'disabled' }),
      ['Account disabled', 'Password changed', 'Roles changed'],
    ],
    [
      'an administrator makes them one',
      () => admin.put(user('/roles'), { roles: ['admin', 'user'] }),
      ['Roles changed'],
    ],
    ['an administrator takes a role', () => admin.put(user('/roles'), { roles: [] }), ['Roles changed']],
    [
      'an administrator disables the account',
      () => admin.patch(user(), { status: 'disabled' }),
      ['Account disabled'],
    ],
    ['an administrator deletes the account', () => admin.delete(user()), ['Account deleted']],
  ])('is told when %s', async (_, work, subjects) => {
    expect(await toldBy(work)).toEqual(subjects);
  });

  it('is told when an administrator enables the account again', async () => {
    await admin.patch(user(), { status: 'disabled' });
    expect(await toldBy(() => admin.patch(user(), { status: 'active' }))).toEqual(['Account enabled']);
  });

  it('is told when an administrator takes the second factors away', async () => {
    await protect(owner);
    expect(await toldBy(() => admin.delete(user('/factors')))).toEqual(['Second factors removed']);
  });

  it('is told of each API key that is made, rotated and revoked, by themselves or by an administrator', async () => {
    const key = { name: 'backup', scopes: ['account:read'] };
    expect(await toldBy(() => owner.post('/v1/api-keys', key))).toEqual(['New API key']);
    const { id } = (await owner.get('/v1/api-keys')).body.items[0];
    expect(await toldBy(() => owner.post(`/v1/api-keys/${id}/rotate`, {}))).toEqual(['New API key']);
    expect(await toldBy(() => owner.delete(`/v1/api-keys/${id}`))).toEqual(['API key revoked']);
    const second = (await owner.get('/v1/api-keys')).body.items.at(-1).id;
    const revoked = await toldBy(() => admin.delete(user(`/api-keys/${second}`)));
    expect(revoked).toEqual(['API key revoked']);
  });

  it.each<[string, () => Promise<Answer>]>([
    ['an import changes nothing', () => importLine({ roles: ['user'], status: 'active', verified: true })],
    ['an import changes the name', () => importLine({ name: 'Ada' })],
    ['an administrator changes the name', () => admin.patch(user(), { name: 'Ada' })],
    ['the roles stay what they were', () => admin.put(user('/roles'), { roles: ['user'] })],
    ['the status stays what it was', () => admin.patch(user(), { status: 'active' })],
    [
      'a service account is made, given a role, disabled and deleted',
      async () => {
        const { body } = await admin.post('/v1/service-accounts', { name: 'Backup' });
        await admin.put(`/v1/users/${body.id}/roles`, { roles: ['user'] });
        await admin.patch(`/v1/users/${body.id}`, { status: 'disabled' });
        return admin.delete(`/v1/users/${body.id}`);
      },
    ],
  ])('is told nothing when %s', async (_, work) => {
    expect(await toldBy(work)).toEqual([]);
  });

  it('is told nothing of what was refused', async () => {
    await mailbox.of(app, '');
    const before = mailbox.mails.length;
    expect((await owner.put(user('/roles'), { roles: ['admin'] })).status).toBe(403);
    expect((await admin.put(user('/roles'), { roles: ['nope'] })).status).toBe(400);
    const wrong = { currentPassword: 'a wrong passphrase', newPassword: 'another long passphrase' };
    expect((await owner.post('/v1/me/password', wrong)).status).toBe(400);
    await mailbox.of(app, '');
    expect(mailbox.mails).toHaveLength(before);
  });

  it('is told when an import gives them the account that another person made with their address', async () => {
    const stranger = await app.as.member('taken-over@example.com');
    await makeKey(app, stranger);
    await mailbox.of(app, '');
    owner = stranger;
    const told = await toldBy(() => importLine({ verified: true }));
    expect(told).toEqual(['Account handed over to you']);
    const { text } = await mailbox.last(app, stranger.email, 'handed over');
    expect(text).toContain('reset it');
  });
});

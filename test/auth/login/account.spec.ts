import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { expectOnly } from '../../support/expect-only.js';
import { auditOf, refresh, rowsOfUser, works } from '../../support/sessions.js';
import { statementsDuring } from '../../support/statements.js';

const NEXT_PASSWORD = 'another long passphrase';

describe('one’s own account', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  const logIn = async (email: string, password: string) =>
    (await app.as.anonymous().post('/v1/auth/login', { email, password })).status;

  describe('is shown', () => {
    it('with what is public of it, and nothing else', async () => {
      const member = await app.as.member();
      const { status, body } = await member.get('/v1/me');
      expect(status).toBe(200);
      const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(body).toEqual({
        id: member.id,
        email: member.email,
        emailVerified: false,
        name: null,
        status: 'active',
        kind: 'person',
        roles: ['user'],
        createdAt: iso,
        updatedAt: iso,
        lastLoginAt: null,
      });
    });

    it('to no user without a token or the scope for it', async () => {
      const { email } = await app.as.member();
      const narrow = await app.as.logIn(email, PASSWORD, { scope: 'resources:read' });
      const refused = await narrow.get('/v1/me');
      expect(refused.status).toBe(403);
      expect(refused.headers.get('www-authenticate')).toBe(
        'Bearer error="insufficient_scope", scope="account:read"',
      );
      const { status, headers } = await app.as.anonymous().get('/v1/me');
      expect({ status, challenge: headers.get('www-authenticate') }).toEqual({
        status: 401,
        challenge: 'Bearer',
      });
    });
  });

  describe('is renamed', () => {
    it('and keeps everything else', async () => {
      const member = await app.as.member();
      const before = (await member.get('/v1/me')).body;
      const { status, body } = await member.patch('/v1/me', { name: 'Ada 🦊 Lovelace' });
      expect(status).toBe(200);
      expect(body).toEqual({ ...before, name: 'Ada 🦊 Lovelace', updatedAt: expect.any(String) });
      expect((await member.get('/v1/me')).body).toEqual(body);
      expect(await auditOf(app, member.id)).toEqual(['user.signed_up', 'user.renamed']);
      expect((await member.patch('/v1/me', { name: null })).body.name).toBeNull();
    });

    it('by nothing to nothing: an empty change changes nothing', async () => {
      const member = await app.as.member();
      const before = (await member.get('/v1/me')).body;
      const { status, body } = await member.patch('/v1/me', {});
      expect({ status, body }).toEqual({ status: 200, body: before });
      expect(await auditOf(app, member.id)).toEqual(['user.signed_up']);
    });

    it.each([
      ['100 characters', 'x'.repeat(100)],
      ['100 emoji', '🦊'.repeat(100)],
      ['quotes and markup', `Robert'); DROP TABLE users;-- <b>"`],
    ])('to %s', async (_, name) => {
      const member = await app.as.member();
      const { status, body } = await member.patch('/v1/me', { name });
      expect({ status, name: body.name }).toEqual({ status: 200, name });
    });

    it.each([
      ['101 characters', { name: 'x'.repeat(101) }],
      ['101 emoji', { name: '🦊'.repeat(101) }],
      ['1000 variation selectors', { name: '❤\ufe0f'.repeat(100) }],
      ['a line feed', { name: 'Ada\nadmin' }],
      ['an escape sequence', { name: '\u001b[31mAda' }],
      ['a NUL', { name: 'Ada\0' }],
      ['half a surrogate pair', { name: 'Ada\ud83e' }],
      ['a number', { name: 1 }],
      ['an array', { name: ['Ada'] }],
      ['another e-mail', { email: 'mallory@example.com' }],
      ['another status', { status: 'active' }],
      ['other roles', { roles: ['admin'] }],
      ['another id', { name: 'Ada', id: '1' }],
      ['a password hash', { passwordHash: 'x' }],
    ])('not to %s', async (_, change) => {
      const member = await app.as.member();
      const before = (await member.get('/v1/me')).body;
      expect((await member.patch('/v1/me', change)).status).toBe(400);
      expect((await member.get('/v1/me')).body).toEqual(before);
      expect(await auditOf(app, member.id)).toEqual(['user.signed_up']);
    });

    it('by no user without account:write', async () => {
      const member = await app.as.member();
      const reader = await app.as.logIn(member.email, PASSWORD, { scope: 'account:read' });
      expect((await reader.patch('/v1/me', { name: 'Ada' })).status).toBe(403);
      expect((await member.get('/v1/me')).body.name).toBeNull();
    });
  });

  describe('gets a new password', () => {
    const change = { currentPassword: PASSWORD, newPassword: NEXT_PASSWORD };

    it('which ends every other session, and not this one', async () => {
      const here = await app.as.member();
      const there = await app.as.logIn(here.email);
      const stranger = await app.as.member();
      const { status, text, headers } = await expectOnly(app, ['user.password_changed'], () =>
        here.post('/v1/me/password', change),
      );
      expect({ status, text }).toEqual({ status: 204, text: '' });
      expect(headers.getSetCookie()).toEqual([]);

      expect(await works(app, there.tokens.access_token)).toBe(false);
      expect((await refresh(app, there.tokens.refresh_token)).body.code).toBe('invalid_refresh_token');
      expect(await works(app, here.tokens.access_token)).toBe(true);
      expect((await refresh(app, here.tokens.refresh_token)).status).toBe(200);
      expect(await works(app, stranger.tokens.access_token)).toBe(true);

      expect(await logIn(here.email, PASSWORD)).toBe(401);
      expect(await logIn(here.email, NEXT_PASSWORD)).toBe(200);
      expect(await auditOf(app, here.id)).toEqual([
        'user.signed_up',
        'user.password_changed',
        'login.failed',
      ]);
    });

    it.each([
      ['the current one is wrong', { ...change, currentPassword: 'a wrong passphrase' }, 'wrong_password'],
      [
        'the current one is in another case',
        { ...change, currentPassword: PASSWORD.toUpperCase() },
        'wrong_password',
      ],
      ['the current one is empty', { ...change, currentPassword: '' }, 'wrong_password'],
      ['the new one is weak', { ...change, newPassword: 'password' }, 'weak_password'],
      ['the new one is too long', { ...change, newPassword: 'x7'.repeat(65) }, 'weak_password'],
      ['the current one is missing', { newPassword: NEXT_PASSWORD }, 'validation_failed'],
      ['the new one is missing', { currentPassword: PASSWORD }, 'validation_failed'],
      ['the new one is null', { ...change, newPassword: null }, 'validation_failed'],
      ['the current one is an object', { ...change, currentPassword: { $gt: '' } }, 'validation_failed'],
      ['a user is named', { ...change, userId: '1' }, 'validation_failed'],
    ])('not when %s', async (_, body, code) => {
      const here = await app.as.member();
      const there = await app.as.logIn(here.email);
      const answer = await expectOnly(app, [], () => here.post('/v1/me/password', body));
      expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 400, code });

      expect(await works(app, there.tokens.access_token)).toBe(true);
      expect((await rowsOfUser(app, here.id)).filter(({ revoked_at }) => revoked_at !== null)).toEqual([]);
      expect(await auditOf(app, here.id)).toEqual(['user.signed_up']);
      expect(await logIn(here.email, PASSWORD)).toBe(200);
      expect(await logIn(here.email, NEXT_PASSWORD)).toBe(401);
    });

    it('once, when two ask at the same time', async () => {
      const here = await app.as.member();
      const answers = await Promise.all(
        ['first new passphrase', 'second new passphrase'].map((newPassword) =>
          here.post('/v1/me/password', { currentPassword: PASSWORD, newPassword }),
        ),
      );
      expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 400]);
      const winner = answers[0]!.status === 204 ? 'first' : 'second';
      expect(await logIn(here.email, `${winner} new passphrase`)).toBe(200);
      expect(
        (await auditOf(app, here.id)).filter((action) => action === 'user.password_changed'),
      ).toHaveLength(1);
    });

    it('by no user without account:write', async () => {
      const { email } = await app.as.member();
      const reader = await app.as.logIn(email, PASSWORD, { scope: 'account:read' });
      expect((await reader.post('/v1/me/password', change)).status).toBe(403);
      expect((await app.as.anonymous().post('/v1/me/password', change)).status).toBe(401);
      expect(await logIn(email, PASSWORD)).toBe(200);
    });

    it('and leaves neither password in the log', async () => {
      const here = await app.as.member();
      await here.post('/v1/me/password', { currentPassword: PASSWORD, newPassword: 'seen in no log at all' });
      expect(app.log.join('')).not.toMatch(/seen in no log at all|a long enough passphrase/);
    });
  });

  describe('as the guards see it', () => {
    it('is what the token says', async () => {
      const member = await app.as.member();
      const { status, body } = await member.get('/v1/auth/whoami');
      expect(status).toBe(200);
      expect(body).toEqual({
        kind: 'user',
        id: member.id,
        sessionId: (await rowsOfUser(app, member.id))[0]!.id,
        roles: ['user'],
        scopes: ['account:read', 'account:write', 'resources:read'],
        expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
      });
    });

    it('costs no look into the database', async () => {
      const during = (path: string) =>
        statementsDuring(app, async () => {
          // One whose token has not been seen yet, in every round.
          const member = members.pop()!;
          for (let times = 0; times < 3; times++) expect((await member.get(path)).status).toBe(200);
        });
      const members = await Promise.all(Array.from({ length: 6 }, () => app.as.member()));
      expect(await during('/v1/auth/whoami')).toEqual([]);
      expect(await during('/v1/me')).not.toEqual([]);
    });

    it('needs no scope, but a token', async () => {
      const admin = await app.as.admin();
      const member = await app.as.member();
      await admin.put(`/v1/users/${member.id}/roles`, { roles: [] });
      const nobody = await member.refreshed();
      const { status, body } = await nobody.get('/v1/auth/whoami');
      expect({ status, roles: body.roles, scopes: body.scopes }).toEqual({
        status: 200,
        roles: [],
        scopes: [],
      });
      expect((await nobody.get('/v1/me')).status).toBe(403);
      expect((await app.as.anonymous().get('/v1/auth/whoami')).status).toBe(401);
    });
  });
});

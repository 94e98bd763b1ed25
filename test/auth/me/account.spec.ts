import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { SYSTEM } from '../../../src/platform/access/actor.js';
import { AuditService } from '../../../src/platform/audit/audit.service.js';
import { ENDINGS } from '../../../src/app.endings.js';
import { PersonalData } from '../../../src/accounts/users/personal-data.service.js';
import { ADMIN, PASSWORD } from '../../support/actors.js';
import type { TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { useMailApp } from '../../support/mail-app.js';
import type { Mailbox } from '../../support/mailbox.js';
import { expectProblem } from '../../support/problem.js';
import { proved } from '../../support/proved.js';
import { refresh, works } from '../../support/sessions.js';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/604.1';

describe('your own account', () => {
  let app: TestApp;
  let mailbox: Mailbox;

  useMailApp((own) => ({ app, mailbox } = own));

  const rows = async (sql: string, id: string) => app.database.query<Record<string, unknown>>(sql, { id });
  const exists = async (id: string) => (await rows('SELECT id FROM users WHERE id = :id', id)).length === 1;

  describe('is deleted', () => {
    const remove = (client: Client, body: unknown = { currentPassword: PASSWORD }) =>
      client.send('DELETE', '/v1/me', body);

    it('with all that belongs to it; everything dies at once, and the trail keeps the id alone', async () => {
      const member = await proved(app, await app.as.member());
      const elsewhere = await app.as.logIn(member.email);
      const admin = await app.as.admin();
      await app.as
        .anonymous()
        .post('/v1/auth/login', { email: member.email, password: 'a wrong passphrase' });
      await member.patch('/v1/me', { name: 'Ada Lovelace' });
      await admin.patch(`/v1/users/${member.id}`, { name: 'Countess' });
      await mailbox.of(app, member.email);

      const { status, text } = await remove(member);
      expect({ status, text }).toEqual({ status: 204, text: '' });
      for (const { tokens } of [member, elsewhere]) {
        expect(await works(app, tokens.access_token)).toBe(false);
        expect((await refresh(app, tokens.refresh_token)).body.code).toBe('invalid_refresh_token');
      }
      expect((await admin.get(`/v1/users/${member.id}`)).status).toBe(404);
      const login = { email: member.email, password: PASSWORD };
      expect((await app.as.anonymous().post('/v1/auth/login', login)).status).toBe(401);
      for (const table of ['sessions', 'user_roles', 'one_time_tokens'])
        expect(await rows(`SELECT user_id FROM ${table} WHERE user_id = :id`, member.id)).toEqual([]);

      const trail = await rows(
        'SELECT * FROM audit_events WHERE actor_id = :id OR target_id = :id',
        member.id,
      );
      expect(trail.map(({ action }) => action)).toEqual(
        expect.arrayContaining(['user.signed_up', 'login.failed', 'user.renamed', 'user.deleted']),
      );
      expect(JSON.stringify(trail)).not.toMatch(/member-|Ada|Countess/);
      const others = trail.filter(({ actor_id }) => actor_id === admin.id);
      expect(others).toHaveLength(1);
      expect(others[0]).toMatchObject({ ip: expect.any(String) });
      for (const event of trail.filter((each) => !others.includes(each)))
        expect(event, String(event['action'])).toMatchObject({ ip: null, user_agent: null });
      await mailbox.last(app, member.email, 'Account deleted');
    });

    it.each([
      ['the password is wrong', { currentPassword: 'a wrong passphrase' }, 'wrong_password'],
      ['the password is missing', {}, 'validation_failed'],
      ['there is no body', undefined, 'validation_failed'],
      ['the password is an object', { currentPassword: { $ne: '' } }, 'validation_failed'],
      ['somebody else is named', { currentPassword: PASSWORD, id: '1' }, 'validation_failed'],
    ])('not when %s', async (_, body, code) => {
      const member = await app.as.member();
      expectProblem(await member.send('DELETE', '/v1/me', body), 400, code);
      expect(await exists(member.id)).toBe(true);
      expect(await works(app, member.tokens.access_token)).toBe(true);
    });

    it('not by the last admin', async () => {
      const admin = await app.as.admin();
      await rows(`DELETE FROM user_roles WHERE role_name = 'admin' AND user_id <> :id`, admin.id);
      expectProblem(await remove(admin, { currentPassword: ADMIN.password }), 409, 'last_admin');
      expect((await admin.get('/v1/me')).status).toBe(200);
    });

    it('not without account:write', async () => {
      const member = await app.as.member();
      const reader = await app.as.logIn(member.email, PASSWORD, { scope: 'account:read' });
      expectProblem(await remove(reader), 403, 'insufficient_scope');
      expect(await exists(member.id)).toBe(true);
    });

    it('once, when five ask at the same time', async () => {
      const member = await app.as.member();
      const answers = await Promise.all(Array.from({ length: 5 }, () => remove(member)));
      expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
      expect(answers.every(({ status }) => status < 500)).toBe(true);
      const sql = `SELECT id FROM audit_events WHERE action = 'user.deleted' AND target_id = :id`;
      expect(await rows(sql, member.id)).toHaveLength(1);
    });

    it('with its cookies', async () => {
      const email = 'cookies@example.com';
      const signedUp = await app.as
        .anonymous()
        .post('/v1/auth/signup', { email, password: PASSWORD, session: 'cookie' });
      const cookie = signedUp.headers
        .getSetCookie()
        .map((each) => each.split(';')[0])
        .join('; ');
      const browser = app.as.anonymous().with({ cookie, 'sec-fetch-site': 'same-origin' });
      const { status, headers } = await remove(browser);
      expect(status).toBe(204);
      expect(headers.getSetCookie().join()).toMatch(/gatehouse_access=;.*gatehouse_refresh=;/);
      const foreign = app.as.anonymous().with({ cookie, origin: 'https://evil.example' });
      expect((await remove(foreign)).status).toBeGreaterThanOrEqual(401);
    });
  });

  describe('is exported', () => {
    it('with everything that is stored about it, and no secret', async () => {
      const member = await app.as.member();
      const admin = await app.as.admin();
      await app.as
        .anonymous()
        .post('/v1/auth/login', { email: member.email, password: 'a wrong passphrase' });
      await admin.put(`/v1/users/${member.id}/roles`, { roles: ['user', 'admin'] });
      const owner = await member.refreshed();
      await owner.post('/v1/resources', { identifier: 'https://export.example', name: 'Exported' });
      await mailbox.of(app, member.email);

      const { status, headers, body, text } = await owner.get('/v1/me/export');
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(Object.keys(body)).toEqual([
        'exportedAt',
        'account',
        'sessions',
        'pendingConfirmations',
        'secondFactors',
        ...ENDINGS.flatMap(({ exported }) => exported?.as ?? []),
        ...app.nest.get(PersonalData).added.keys(),
        'auditEvents',
      ]);
      const { id, email } = member;
      expect(body.account).toMatchObject({ id, email, roles: ['admin', 'user'], locale: null });
      expect(body.sessions).toMatchObject([{ device: expect.any(String), ip: '127.0.0.1', revokedAt: null }]);
      expect(body.pendingConfirmations).toMatchObject([
        { purpose: 'email_verification', boundTo: member.email },
      ]);
      expect(body.apiKeys).toEqual([]);
      expect(body.resources).toMatchObject([{ identifier: 'https://export.example' }]);
      const actions = body.auditEvents.map(({ action }: { action: string }) => action);
      expect(actions).toEqual(['user.signed_up', 'login.failed', 'user.roles_changed', 'resource.created']);
      const byAdmin = body.auditEvents.find(
        ({ action }: { action: string }) => action === 'user.roles_changed',
      );
      expect(byAdmin).not.toHaveProperty('ip');

      const [session] = await rows('SELECT salt FROM sessions WHERE user_id = :id', member.id);
      const [token] = await rows('SELECT hash FROM one_time_tokens WHERE user_id = :id', member.id);
      for (const secret of ['$argon2', session!['salt'], token!['hash'], member.tokens.refresh_token])
        expect(text).not.toContain(secret);
      expect(text).not.toMatch(/"(password_?hash|salt|hash|generation|rotations|version)":(?!"1\.0")/i);
    });

    it('while others are served', async () => {
      const member = await app.as.member();
      const happening = { action: 'user.renamed', target: { kind: 'user', id: member.id } };
      const events = Array.from({ length: 4_000 }, () => app.nest.get(AuditService).event(happening, SYSTEM));
      await app.database.atomically(events);
      const { body, status } = await fetch(`${app.url}/v1/me/export`, { headers: member.headers });
      expect(status).toBe(200);
      const order: string[] = [];
      await Promise.all([
        text(body!).then(() => order.push('the export')),
        app.as
          .anonymous()
          .get('/health/live')
          .then(() => order.push('others')),
      ]);
      expect(order).toEqual(['others', 'the export']);
    });

    it('with nothing of another user', async () => {
      const [member, other] = [await app.as.member(), await app.as.member()];
      await other.patch('/v1/me', { name: 'Somebody Else' });
      const { text } = await member.get('/v1/me/export');
      expect(text).toContain(member.id);
      expect(text).not.toContain(other.id);
      expect(text).not.toContain('Somebody Else');
    });

    it('whole, however long it is', async () => {
      const member = await app.as.member();
      const audit = app.nest.get(AuditService);
      const event = () => audit.event({ action: 'made.up', target: { kind: 'user', id: member.id } }, SYSTEM);
      await app.database.atomically(Array.from({ length: 1_100 }, event));
      const { body } = await member.get('/v1/me/export');
      expect(body.auditEvents).toHaveLength(1_101);
      expect(new Set(body.auditEvents.map(({ id }: { id: string }) => id)).size).toBe(1_101);
    });

    it('to no user without account:read', async () => {
      const { email } = await app.as.member();
      const writer = await app.as.logIn(email, PASSWORD, { scope: 'account:write' });
      expectProblem(await writer.get('/v1/me/export'), 403, 'insufficient_scope');
      expectProblem(await app.as.anonymous().get('/v1/me/export'), 401, 'unauthenticated');
    });
  });

  describe('is told by mail', () => {
    const about = async (email: string, subject: string) =>
      (await mailbox.of(app, email)).filter(({ headers }) => headers['subject']?.includes(subject));

    it('of a sign-in from a new device, once, and of none from one that is known', async () => {
      const email = 'devices@example.com';
      const on = (userAgent: string) => app.as.anonymous().with({ 'user-agent': userAgent });
      const logIn = (userAgent: string, password = PASSWORD) =>
        on(userAgent).post('/v1/auth/login', { email, password });
      const { user } = (await on(FIREFOX).post('/v1/auth/signup', { email, password: PASSWORD })).body;
      await proved(app, user);
      await logIn(FIREFOX);
      expect(await about(email, 'New sign-in')).toEqual([]);
      await logIn(SAFARI, 'a wrong passphrase');
      expect(await about(email, 'New sign-in')).toEqual([]);

      await Promise.all([logIn(SAFARI), logIn(SAFARI)]);
      const [notice, ...more] = await about(email, 'New sign-in');
      expect(more).toEqual([]);
      expect(notice!.text).toContain('From: Safari on iOS, 127.0.0.1');
      expect(notice!.link).toBeUndefined();
      await logIn(SAFARI);
      expect(await about(email, 'New sign-in')).toHaveLength(1);
    });

    it('of a changed password', async () => {
      const member = await proved(app, await app.as.member());
      const change = { currentPassword: PASSWORD, newPassword: 'another long passphrase' };
      await member.post('/v1/me/password', { ...change, currentPassword: 'a wrong passphrase' });
      expect(await about(member.email, 'Password changed')).toEqual([]);
      await member.post('/v1/me/password', change);
      expect(await about(member.email, 'Password changed')).toHaveLength(1);
    });
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { UsersService } from '../../../src/accounts/users/users.service.js';
import type { TestApp } from '../../support/app.js';
import { makeKey } from '../../support/api-keys.js';
import type { SignedIn } from '../../support/client.js';
import { clock, SECOND } from '../../support/clock.js';
import { answer, challenge, codeOf, protect, wrongCodeOf, type Protected } from '../../support/factors.js';
import { useMailApp } from '../../support/mail-app.js';
import type { Mailbox } from '../../support/mailbox.js';
import { expectProblem } from '../../support/problem.js';
import { proved } from '../../support/proved.js';
import { works } from '../../support/sessions.js';

const STEP = 30 * SECOND;

describe('second factors', () => {
  let app: TestApp;
  let mailbox: Mailbox;
  let ada: Protected;

  useMailApp((own) => ({ app, mailbox } = own));
  beforeAll(async () => {
    clock.stop();
    ada = await protect(await app.as.member('ada@example.com'));
  });
  // Every code works once, so each test has time steps of its own.
  beforeEach(() => clock.forward(4 * STEP));
  afterAll(() => clock.release());

  const rows = (table: string, userId: string) =>
    app.database.query(`SELECT * FROM ${table} WHERE user_id = :userId`, { userId });

  describe('a password reset', () => {
    const reset = async (email: string) => {
      await app.as.anonymous().post('/v1/auth/password/reset', { email });
      return (await mailbox.last(app, email, 'reset your password')).token!;
    };
    const confirm = (token: string, more: object = {}) =>
      app.as.anonymous().post('/v1/auth/password/reset/confirm', {
        token,
        password: 'another long passphrase',
        ...more,
      });

    /** The owner opens the link that came with the account, where they are signed in. */
    const prove = async (owner: SignedIn) => {
      const { token } = await mailbox.last(app, owner.email, 'onfirm');
      const { status } = await owner.post('/v1/auth/email/verification/confirm', { token });
      expect(status).toBe(204);
    };

    it('needs the second factor too, and a wrong code leaves everything as it is', async () => {
      const person = await protect(await app.as.member());
      await prove(person.person);
      const token = await reset(person.person.email);
      const asked = await confirm(token);
      expectProblem(asked, 401, 'mfa_required', ['methods']);
      expect(asked.body.methods).toEqual(['totp', 'recovery_code']);
      expectProblem(await confirm(token, { code: wrongCodeOf(person.secret) }), 400, 'wrong_code');
      expect(await works(app, person.person.tokens.access_token)).toBe(true);

      const code = codeOf(person.secret);
      expect((await confirm(token, { code })).status).toBe(204);
      expect(await works(app, person.person.tokens.access_token)).toBe(false);
      const { email } = person.person;
      const login = { email, password: 'another long passphrase' };
      const asks = await app.as.anonymous().post('/v1/auth/login', login);
      expect(asks.body.code).toBe('mfa_required');
      expectProblem(await answer(app, asks.body.challenge_token, code), 401, 'wrong_code');
    });

    it('takes everything from an attacker who made the account with an address that is not theirs', async () => {
      const stranger = await protect(await app.as.member('victim@example.com'));
      const key = await makeKey(app, stranger.person);
      const waiting = await challenge(app, stranger);
      expect((await key.get('/v1/me')).status).toBe(200);

      expect((await confirm(await reset('victim@example.com'))).status).toBe(204);
      expect((await key.get('/v1/me')).status).toBe(401);
      expect(await works(app, stranger.person.tokens.access_token)).toBe(false);
      expectProblem(await answer(app, waiting, codeOf(stranger.secret)), 401, 'invalid_challenge');
      for (const table of ['totp_factors', 'recovery_codes', 'challenges'])
        expect(await rows(table, stranger.person.id)).toEqual([]);
      const owner = await app.as.logIn('victim@example.com', 'another long passphrase');
      expect((await owner.get('/v1/me')).body.emailVerified).toBe(true);
    });
  });

  describe('an administrator', () => {
    it('takes the factors of a user away who has lost them, and they are told', async () => {
      const person = await protect(await proved(app, await app.as.member()));
      const { id, email } = person.person;
      const token = await challenge(app, person);
      const admin = await app.as.logIn('admin@localhost', 'the-admin-of-the-tests');
      expect((await admin.delete(`/v1/users/${id}/factors`)).status).toBe(204);
      for (const table of ['totp_factors', 'recovery_codes', 'challenges'])
        expect(await rows(table, id)).toEqual([]);
      expectProblem(await answer(app, token, codeOf(person.secret)), 401, 'invalid_challenge');
      await app.as.logIn(email);
      const [event] = await app.database.query<{ actor_id: string }>(
        `SELECT actor_id FROM audit_events WHERE action = 'user.factors_removed' AND target_id = :id`,
        { id },
      );
      expect(event!.actor_id).toBe(admin.id);
      await mailbox.last(app, email, 'Second factors removed');
      expectProblem(await admin.delete('/v1/users/nobody/factors'), 404, 'not_found');
    });

    it('must hold what a user may do who is more powerful than others', async () => {
      const support = await app.as.holderOf('users:write', 'users:read');
      const person = await protect(await proved(app, await app.as.member()));
      const { id } = person.person;
      const admin = await app.as.admin();
      await admin.put(`/v1/users/${id}/roles`, { roles: ['user', 'admin'] });
      expectProblem(await support.delete(`/v1/users/${id}/factors`), 403, 'privilege_escalation');
      expect(await rows('totp_factors', id)).toHaveLength(1);
      await admin.put(`/v1/users/${id}/roles`, { roles: ['user'] });
      expect((await support.delete(`/v1/users/${id}/factors`)).status).toBe(204);
    });

    it('finds out that a user has become more powerful in the meantime', async () => {
      const support = await app.as.holderOf('users:write');
      const { person } = await protect(await proved(app, await app.as.member()));
      const users = app.nest.get(UsersService);
      const { refuseToWeaken } = users;
      let decisions = 0;
      users.refuseToWeaken = async (...args) => {
        await refuseToWeaken.apply(users, args);
        if (decisions++ > 0) return;
        const roles = { roles: ['user', 'admin'] };
        expect((await (await app.as.admin()).put(`/v1/users/${person.id}/roles`, roles)).status).toBe(200);
      };
      onTestFinished(() => void (users.refuseToWeaken = refuseToWeaken));
      expectProblem(await support.delete(`/v1/users/${person.id}/factors`), 403, 'privilege_escalation');
      expect(await rows('totp_factors', person.id)).toHaveLength(1);
    });

    it('helps who holds a scope that no route asks for any more', async () => {
      const { person } = await protect(await app.as.holderOf('users:read', 'account:write'));
      const [role] = (await person.get('/v1/auth/whoami')).body.roles;
      const scopes = JSON.stringify(['users:read', 'account:write', 'gone:read']);
      const sql = 'UPDATE roles SET scopes = :scopes WHERE name = :role';
      await app.database.run({ sql, params: { role, scopes } });
      const admin = await app.as.admin();
      expect((await admin.delete(`/v1/users/${person.id}/factors`)).status).toBe(204);
    });

    it('must be one: 403 for the owner and for others', async () => {
      const member = await app.as.member();
      for (const id of [member.id, ada.person.id])
        expectProblem(await member.delete(`/v1/users/${id}/factors`), 403, 'insufficient_scope');
    });
  });
});

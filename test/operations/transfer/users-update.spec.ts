import { hash as bcrypt } from '@node-rs/bcrypt';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { RolesService } from '../../../src/accounts/roles/roles.service.js';
import { ADMIN, PASSWORD } from '../../support/actors.js';
import type { TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { makeKey } from '../../support/api-keys.js';
import { protect } from '../../support/factors.js';
import { auditOf, refresh, works } from '../../support/sessions.js';
import { duringImport, NOTHING, useUserImports } from '../../support/user-imports.js';

describe('an import of users', () => {
  let app: TestApp;
  let admin: SignedIn;
  let passwordHash: string;
  const { send, update, found } = useUserImports((own) => ({ app, admin, passwordHash } = own));
  const whileImporting = (at: number, work: () => Promise<unknown>) => duringImport(app, at, work);
  const addPasskey = (userId: string) =>
    app.database.query(
      `INSERT INTO passkeys (id, user_id, credential_id, public_key, counter, transports, device, name, created_at)
       VALUES (:id, :userId, :id, 'key', 0, '[]', 'singleDevice', 'Key', 0)`,
      { id: randomUUID(), userId },
    );

  describe('with update=true', () => {
    it('changes what a line says and nothing else, once', async () => {
      await send({
        email: 'change@example.com',
        name: 'Old',
        roles: ['user', 'support'],
        verified: true,
        passwordHash,
      });
      const before = await found('change@example.com');
      const line = { email: 'change@example.com', name: 'New' };
      expect((await update(line)).body).toEqual({ ...NOTHING, updated: 1 });
      expect(await found('change@example.com')).toMatchObject({
        id: before.id,
        name: 'New',
        emailVerified: true,
        roles: ['support', 'user'],
        status: 'active',
      });
      expect(await auditOf(app, before.id)).toEqual(['user.created', 'user.renamed']);
      expect((await update(line, { ...line, verified: false })).body).toEqual({ ...NOTHING, skipped: 2 });
      expect(await found('change@example.com')).toMatchObject({ emailVerified: true });
      await app.as.logIn('change@example.com');
    });

    it('ends the sessions of the user who gets another password', async () => {
      await send({ email: 'password@example.com', verified: true, passwordHash });
      const before = await app.as.logIn('password@example.com');
      const key = await makeKey(app, before);
      const other = await bcrypt('another long passphrase', 4);
      expect((await update({ email: 'password@example.com', passwordHash: other })).body).toMatchObject({
        updated: 1,
      });
      expect(await works(app, before.tokens.access_token)).toBe(false);
      expect((await refresh(app, before.tokens.refresh_token)).status).toBe(401);
      expect((await key.get('/v1/auth/whoami')).status).toBe(200);
      await app.as.logIn('password@example.com', 'another long passphrase');
    });

    it('ends access tokens with the roles, and everything with the status', async () => {
      await send({ email: 'rights@example.com', roles: ['user', 'support'], verified: true, passwordHash });
      const before = await app.as.logIn('rights@example.com');
      const key = await makeKey(app, before);
      expect((await before.get('/v1/users')).status).toBe(200);
      await update({ email: 'rights@example.com', roles: ['user'] });
      expect(await works(app, before.tokens.access_token)).toBe(false);
      const after = await before.refreshed();
      expect((await after.get('/v1/users')).status).toBe(403);

      await update({ email: 'rights@example.com', status: 'disabled' });
      expect((await refresh(app, after.tokens.refresh_token)).status).toBe(401);
      expect((await key.get('/v1/auth/whoami')).status).toBe(401);
      await update({ email: 'rights@example.com', status: 'active' });
      expect((await refresh(app, after.tokens.refresh_token)).status).toBe(401);
      expect((await key.get('/v1/auth/whoami')).status).toBe(401);
      expect((await auditOf(app, before.id)).filter((action) => /roles|abled/.test(action))).toEqual([
        'user.roles_changed',
        'user.disabled',
        'user.enabled',
      ]);
    });

    it('keeps the last admin, whole', async () => {
      const { body } = await update(
        { email: admin.email, roles: ['user'], name: 'Nobody' },
        { email: admin.email, status: 'disabled', name: 'Nobody' },
      );
      expect(body).toMatchObject({ updated: 0, failed: 2 });
      expect(body.errors.map(({ code }: { code: string }) => code)).toEqual(['last_admin', 'last_admin']);
      expect(await found(admin.email)).toMatchObject({
        roles: ['admin', 'user'],
        status: 'active',
        name: null,
      });
    });

    it('undoes nothing that a user changes at the same time', async () => {
      await send({ email: 'meanwhile@example.com', verified: true, passwordHash });
      const member = await app.as.logIn('meanwhile@example.com');
      const roles = app.nest.get(RolesService);
      const { named } = roles;
      const changed = { currentPassword: PASSWORD, newPassword: 'a passphrase of meanwhile' };
      roles.named = async (...args) => {
        await member.post('/v1/me/password', changed);
        await member.patch('/v1/me', { name: 'Meanwhile' });
        return named.apply(roles, args);
      };
      try {
        const { body } = await update({ email: member.email, roles: ['user', 'support'] });
        expect(body).toEqual({ ...NOTHING, updated: 1 });
      } finally {
        roles.named = named;
      }
      await app.as.logIn(member.email, changed.newPassword);
      expect(await found(member.email)).toMatchObject({ name: 'Meanwhile', roles: ['support', 'user'] });
    });

    it.each<[string, object, keptPassword?: string]>([
      ['verified', { verified: true }],
      ['made an admin', { roles: ['admin', 'user'], verified: true }],
      ['given other roles', { roles: ['user', 'support'] }],
      ['given a password', {}, 'a passphrase of the owner'],
      ['given a password and verified', { verified: true }, 'a passphrase of the owner'],
    ])('leaves a stranger nothing of an account that is %s', async (_, change, password) => {
      const stranger = await app.as.member();
      const { id, email } = stranger;
      const key = await makeKey(app, stranger);
      await protect(stranger);
      await addPasskey(id);
      const hash = password && { passwordHash: await bcrypt(password, 4) };
      expect((await update({ email, ...change, ...hash })).body).toEqual({ ...NOTHING, updated: 1 });

      expect(await works(app, stranger.tokens.access_token)).toBe(false);
      expect((await refresh(app, stranger.tokens.refresh_token)).status).toBe(401);
      expect((await key.get('/v1/auth/whoami')).status).toBe(401);
      const login = { email, password: PASSWORD };
      expect((await app.as.anonymous().post('/v1/auth/login', login)).body.code).toBe('invalid_credentials');
      for (const table of ['totp_factors', 'passkeys', 'recovery_codes', 'challenges'])
        expect(await app.database.query(`SELECT * FROM ${table} WHERE user_id = :id`, { id })).toEqual([]);
      if (password) await app.as.logIn(email, password);
      const { body } = await admin.get('/v1/audit-events?limit=100&action=user.roles_changed');
      for (const event of body.items.filter(({ target }: any) => target?.id === id))
        expect(event.detail).toMatchObject({ isEvicting: true });
    });

    it('leaves a user whose address was proved what they have', async () => {
      await send({ email: 'proved@example.com', verified: true, passwordHash });
      const person = await app.as.logIn('proved@example.com');
      const key = await makeKey(app, person);
      const line = { email: person.email, verified: true, roles: ['user', 'support'], name: 'Proved' };
      expect((await update(line)).body).toEqual({ ...NOTHING, updated: 1 });
      expect((await refresh(app, person.tokens.refresh_token)).status).toBe(200);
      expect((await key.get('/v1/auth/whoami')).status).toBe(200);
      await app.as.logIn(person.email);
    });

    it('evicts no user who proves the address at the same time', async () => {
      const member = await app.as.member();
      const proving = whileImporting(2, () =>
        app.database.query('UPDATE users SET email_verified_at = 1 WHERE id = :id', { id: member.id }),
      );
      const { body } = await update({ email: member.email, roles: ['user', 'support'] });
      proving.isOver();
      expect(body).toEqual({ ...NOTHING, updated: 1 });
      await app.as.logIn(member.email);
    });

    it('takes no user’s password away, the last admin’s least of all', async () => {
      await send({ email: 'kept@example.com', verified: true, passwordHash });
      const { body } = await update(
        { email: admin.email, passwordHash: null, name: 'Nobody' },
        { email: 'kept@example.com', passwordHash: null },
        { email: 'kept@example.com', passwordHash: null, status: 'active', verified: true },
      );
      expect(body).toMatchObject({ updated: 0, failed: 3 });
      expect(body.errors.map(({ code }: any) => code)).toEqual(Array(3).fill('password_needed'));
      await app.as.logIn(ADMIN.email, ADMIN.password);
      await app.as.logIn('kept@example.com');
    });

    it('does not count an admin without a password as another who could take over', async () => {
      await send({ email: 'locked@example.com', roles: ['admin', 'user'], verified: true });
      const { body } = await update({ email: admin.email, status: 'disabled' });
      expect(body.errors).toMatchObject([{ code: 'last_admin' }]);
      await update({ email: 'locked@example.com', roles: ['user'] });
    });

    it('leaves service accounts alone', async () => {
      const { body: service } = await admin.post('/v1/service-accounts', { name: 'Backup' });
      const { body } = await update({ email: service.email, passwordHash });
      expect(body.errors).toMatchObject([{ line: 1, code: 'not_a_person' }]);
      const rows = await app.database.query('SELECT password_hash FROM users WHERE id = :id', {
        id: service.id,
      });
      expect(rows).toEqual([{ password_hash: null }]);
    });
  });
});

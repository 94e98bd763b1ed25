import { hash as bcrypt } from '@node-rs/bcrypt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { Client, SignedIn } from '../../support/client.js';
import { makeKey } from '../../support/api-keys.js';
import { sendLines } from '../../support/lines.js';
import { works } from '../../support/sessions.js';
import { duringImport, userWith } from '../../support/user-imports.js';

const IMPORT = '/v1/users/import';

describe('an import of users', () => {
  let app: TestApp;
  let admin: SignedIn;
  let passwordHash: string;
  const send = (...lines: (object | string)[]) => sendLines(admin, IMPORT, ...lines);
  const found = (email: string) => userWith(app, email);
  const whileImporting = (at: number, work: () => Promise<unknown>) => duringImport(app, at, work);

  beforeAll(async () => {
    app = await startApp();
    admin = await app.as.admin();
    passwordHash = await bcrypt(PASSWORD, 4);
    await admin.post('/v1/roles', { name: 'support', scopes: ['users:read', 'account:read'] });
  });
  afterAll(() => app.close());

  describe('by a user with fewer rights', () => {
    let importer: SignedIn;
    const sendAs = (who: Client, ...lines: object[]) => sendLines(who, `${IMPORT}?update=true`, ...lines);
    const codesOf = ({ body }: { body: any }) => body.errors.map(({ code }: { code: string }) => code);

    beforeAll(async () => {
      importer = await app.as.holderOf('users:write', 'roles:assign', 'account:read');
    });

    it('gives no roles that they could not give by hand', async () => {
      const answer = await sendAs(
        importer,
        { email: 'escalated@example.com', roles: ['admin'] },
        { email: 'escalated@example.com', roles: ['user', 'support'] },
        { email: 'plain@example.com', roles: ['user'] },
      );
      expect(answer.body).toMatchObject({ created: 1, failed: 2 });
      expect(codesOf(answer)).toEqual(['privilege_escalation', 'privilege_escalation']);
      expect(await found('escalated@example.com')).toBeUndefined();

      const writer = await app.as.holderOf('users:write', 'account:read');
      const without = await sendAs(
        writer,
        { email: 'none@example.com', roles: [] },
        { email: 'usual@example.com', roles: ['user'] },
      );
      expect(codesOf(without)).toEqual(['insufficient_scope']);
      expect(without.body.created).toBe(1);
    });

    it('does not touch a user who may do more', async () => {
      const member = await app.as.member();
      const victims = [admin.email, member.email];
      const before = await app.database.query(
        'SELECT email, password_hash, status, name FROM users WHERE email IN (:a, :b) ORDER BY email',
        { a: victims[0], b: victims[1] },
      );
      const changes = [{ passwordHash }, { passwordHash: null }, { status: 'disabled' }, { name: 'Taken' }];
      const answer = await sendAs(
        importer,
        ...victims.flatMap((email) => changes.map((change) => ({ email, ...change }))),
      );
      expect(answer.body).toMatchObject({ updated: 0, failed: 8 });
      expect(new Set(codesOf(answer))).toEqual(new Set(['privilege_escalation']));
      const after = await app.database.query(
        'SELECT email, password_hash, status, name FROM users WHERE email IN (:a, :b) ORDER BY email',
        { a: victims[0], b: victims[1] },
      );
      expect(after).toEqual(before);
      expect(await works(app, member.tokens.access_token)).toBe(true);
    });

    it('does not touch a user who comes to be able to do more in the middle', async () => {
      await send({ email: 'widened@example.com', roles: ['support'], verified: true, passwordHash });
      await admin.post('/v1/roles', { name: 'wide', scopes: ['account:read'] });
      const { id } = await found('widened@example.com');
      await admin.put(`/v1/users/${id}/roles`, { roles: ['wide'] });
      const widening = whileImporting(2, () =>
        admin.patch('/v1/roles/wide', { scopes: ['account:read', 'users:read'] }),
      );
      const answer = await sendAs(importer, {
        email: 'widened@example.com',
        passwordHash: await bcrypt('a passphrase of the thief', 4),
      });
      widening.isOver();
      expect(codesOf(answer)).toEqual(['privilege_escalation']);
      await app.as.logIn('widened@example.com');
    });

    it.each<[string, (importer: SignedIn) => Promise<unknown>]>([
      ['is disabled', ({ id }) => admin.patch(`/v1/users/${id}`, { status: 'disabled' })],
      ['logs out', (who) => who.post('/v1/auth/logout')],
    ])('ends with the line at which its sender %s', async (_, end) => {
      const sender = await app.as.holderOf('users:write', 'account:read');
      const emails = [0, 1, 2].map((n) => `batch-${n}-of-${sender.id}@example.com`);
      await send(...emails.map((email) => ({ email, roles: [], verified: true })));
      // While the second of three lines is looked at.
      const ending = whileImporting(3, () => end(sender));
      const { status, body } = await sendAs(sender, ...emails.map((email) => ({ email, name: 'Changed' })));
      ending.isOver();
      expect([status, body.code]).toEqual([401, 'invalid_token']);
      const names = await Promise.all(emails.map(async (email) => (await found(email)).name));
      expect(names).toEqual(['Changed', null, null]);
    });

    it('makes no user once its sender is disabled', async () => {
      const sender = await app.as.holderOf('users:write', 'account:read');
      const disabling = whileImporting(1, () =>
        admin.patch(`/v1/users/${sender.id}`, { status: 'disabled' }),
      );
      const { status } = await sendAs(sender, { email: 'too-late@example.com' });
      disabling.isOver();
      expect(status).toBe(401);
      expect(await found('too-late@example.com')).toBeUndefined();
    });

    it('is closed to API keys, no matter which scopes they have', async () => {
      const key = await makeKey(app, admin, { scopes: ['users:write'] });
      const { status, body } = await sendLines(key, IMPORT, { email: 'by-key@example.com' });
      expect([status, body.code]).toEqual([403, 'session_required']);
      expect(await found('by-key@example.com')).toBeUndefined();
    });
  });
});

import { hash as bcrypt } from '@node-rs/bcrypt';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RolesService } from '../../src/roles/roles.service.js';
import { ADMIN, PASSWORD } from '../support/actors.js';
import { startApp, type TestApp } from '../support/app.js';
import type { Client, SignedIn } from '../support/client.js';
import { makeKey } from '../support/api-keys.js';
import { protect } from '../support/factors.js';
import { NDJSON, sendLines } from '../support/lines.js';
import { auditOf, refresh, works } from '../support/sessions.js';

const IMPORT = '/v1/users/import';
const NOTHING = { created: 0, updated: 0, skipped: 0, failed: 0, errors: [] };

describe('an import of users', () => {
  let app: TestApp;
  let admin: SignedIn;
  let passwordHash: string;
  const send = (...lines: (object | string)[]) => sendLines(admin, IMPORT, ...lines);
  const update = (...lines: (object | string)[]) => sendLines(admin, `${IMPORT}?update=true`, ...lines);
  const found = async (email: string) => {
    const rows = await app.database.query<{ id: string }>('SELECT * FROM users WHERE email = :email', {
      email,
    });
    return rows[0] && (await admin.get(`/v1/users/${rows[0].id}`)).body;
  };

  /** Has something done while an import looks up roles for the `at`th time: first for new accounts, then line by line. */
  const meanwhile = (at: number, work: () => Promise<unknown>) => {
    const roles = app.nest.get(RolesService);
    const { named } = roles;
    let times = 0;
    roles.named = async (...args) => {
      if (++times === at) await work();
      return named.apply(roles, args);
    };
    return { isOver: () => void (roles.named = named) };
  };
  const addPasskey = (userId: string) =>
    app.database.query(
      `INSERT INTO passkeys (id, user_id, credential_id, public_key, counter, transports, device, name, created_at)
       VALUES (:id, :userId, :id, 'key', 0, '[]', 'singleDevice', 'Key', 0)`,
      { id: randomUUID(), userId },
    );

  beforeAll(async () => {
    app = await startApp();
    admin = await app.as.admin();
    passwordHash = await bcrypt(PASSWORD, 4);
    await admin.post('/v1/roles', { name: 'support', scopes: ['users:read', 'account:read'] });
  });
  afterAll(() => app.close());

  it('makes accounts that can log in at once', async () => {
    const { status, body } = await send(
      {
        email: 'Ada@Example.com ',
        name: 'Ada',
        roles: ['user', 'support'],
        verified: true,
        status: 'active',
        passwordHash,
      },
      { email: 'bob@example.com', status: 'disabled', passwordHash },
      { email: 'eve@example.com' },
    );
    expect({ status, body }).toEqual({ status: 200, body: { ...NOTHING, created: 3 } });
    const ada = await app.as.logIn('ada@example.com');
    expect(await found('ada@example.com')).toMatchObject({
      id: ada.id,
      name: 'Ada',
      roles: ['support', 'user'],
      status: 'active',
      kind: 'person',
      emailVerified: true,
    });
    expect(await found('bob@example.com')).toMatchObject({ status: 'disabled', roles: ['user'] });
    expect(await found('eve@example.com')).toMatchObject({
      name: null,
      emailVerified: false,
      status: 'active',
    });
    for (const email of ['bob@example.com', 'eve@example.com']) {
      const { status: refused } = await app.as
        .anonymous()
        .post('/v1/auth/login', { email, password: PASSWORD });
      expect(refused, email).toBe(401);
    }
  });

  it('tells the audit trail of each account and of the run', async () => {
    const importer = await app.as.holderOf('users:write', 'account:read');
    await sendLines(importer, IMPORT, { email: 'told@example.com' }, { email: 'none' });
    const { id } = await found('told@example.com');
    expect(await auditOf(app, id)).toEqual(['user.created']);
    const { body } = await admin.get(`/v1/audit-events?action=users.imported&actor=${importer.id}`);
    expect(body.items).toMatchObject([
      {
        actor: { kind: 'user', id: importer.id },
        detail: { created: 1, updated: 0, skipped: 0, failed: 1, isComplete: true },
      },
    ]);
  });

  it('can be repeated: who is there is skipped, and left as they are', async () => {
    const line = { email: 'again@example.com', name: 'First', passwordHash };
    expect((await send(line)).body).toMatchObject({ created: 1 });
    const signedIn = await app.as.logIn('again@example.com');
    const answer = await send({ ...line, name: 'Second', status: 'disabled' });
    expect(answer.body).toEqual({ ...NOTHING, skipped: 1 });
    expect(await found('again@example.com')).toMatchObject({ name: 'First', status: 'active' });
    expect(await works(app, signedIn.tokens.access_token)).toBe(true);
  });

  it('makes one account of an address that stands in it twice, in whatever form', async () => {
    const { body } = await send(
      { email: 'twice@example.com', name: 'One' },
      { email: ' TWICE@example.com', name: 'Two' },
      { email: 'ｔｗｉｃｅ@example.com', name: 'Three' },
    );
    expect(body).toEqual({ ...NOTHING, created: 1, skipped: 2 });
    expect(await found('twice@example.com')).toMatchObject({ name: 'One' });
    const changed = await update(
      { email: 'twice@example.com', name: 'A' },
      { email: 'twice@EXAMPLE.com', name: 'B' },
    );
    expect(changed.body).toEqual({ ...NOTHING, updated: 2 });
    expect(await found('twice@example.com')).toMatchObject({ name: 'B' });
  });

  it('reports each bad line with its number and keeps the good ones', async () => {
    const good = (n: number) => ({ email: `good-${n}@example.com` });
    const bad: [object | string, code: string, message: RegExp][] = [
      ['{"email":', 'malformed_line', /JSON/],
      ['[{"email":"x@example.com"}]', 'malformed_line', /object/],
      ['null', 'malformed_line', /object/],
      [{}, 'validation_failed', /email/],
      [{ email: 'nobody' }, 'validation_failed', /email/],
      [{ email: ['x@example.com'] }, 'validation_failed', /email/],
      [{ email: 'x@example.com', isAdmin: true }, 'validation_failed', /isAdmin should not exist/],
      [{ email: 'x@example.com', version: 7 }, 'validation_failed', /version should not exist/],
      ['{"email":"x@example.com","__proto__":{"status":"disabled"}}', 'validation_failed', /__proto__/],
      ['{"email":"x@example.com","name":"\\u0000"}', 'malformed_request', /character/],
      ['{"email":"x@example.com","name":"\\ud800"}', 'malformed_request', /character/],
      [`{"email":"x@example.com","roles":${'['.repeat(30)}${']'.repeat(30)}}`, 'malformed_request', /nested/],
      [{ email: 'x@example.com', status: 'deleted' }, 'validation_failed', /status/],
      [{ email: 'x@example.com', verified: 'yes' }, 'validation_failed', /verified/],
      [{ email: 'x@example.com', roles: 'admin' }, 'validation_failed', /roles/],
      [{ email: 'x@example.com', roles: ['nobody'] }, 'unknown_role', /nobody/],
      [{ email: 'x@example.com', password: PASSWORD }, 'validation_failed', /password should not exist/],
      [{ email: 'x@example.com', passwordHash: PASSWORD }, 'unknown_password_hash', /PHC/],
      [
        { email: 'x@example.com', passwordHash: `$pbkdf2$2000000$YWFh$${'A'.repeat(233)}` },
        'unknown_password_hash',
        /cost/,
      ],
      [
        {
          email: 'x@example.com',
          passwordHash: '$argon2id$v=19$m=4194304,t=10,p=1$c2FsdHNhbHQ$' + 'a'.repeat(43),
        },
        'unknown_password_hash',
        /cost/,
      ],
      [{ email: 'x@example.com', name: 'x'.repeat(70_000) }, 'line_too_long', /64 KiB/],
    ];
    const lines = bad.flatMap(([line], position) => [good(position), line, '', ' \r']);
    const { status, body } = await send(...lines);
    expect(status).toBe(200);
    expect(body).toMatchObject({ created: bad.length, updated: 0, skipped: 0, failed: bad.length });
    expect(body.errors).toEqual(
      bad.map(([, code, message], position) => ({
        line: 4 * position + 2,
        code,
        message: expect.stringMatching(message),
      })),
    );
    expect(await found('x@example.com')).toBeUndefined();
    expect(await found(`good-${bad.length - 1}@example.com`)).toBeDefined();
  });

  it('takes byte order marks, CRLF and a last line without an end, and refuses what is not UTF-8', async () => {
    const bytes = Buffer.concat([
      Buffer.from('\ufeff{"email":"bom@example.com"}\r\n\r\n{"email":"crlf@example.com","name":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}\r\n{"email":"last@example.com"}'),
    ]);
    const response = await fetch(app.url + IMPORT, {
      method: 'POST',
      headers: { ...admin.headers, ...NDJSON },
      body: bytes,
    });
    expect(await response.json()).toEqual({
      ...NOTHING,
      created: 2,
      failed: 1,
      errors: [{ line: 3, code: 'malformed_line', message: 'The line is not UTF-8.' }],
    });
    expect(await found('last@example.com')).toBeDefined();
  });

  it('goes through ten megabytes without an end of line, and counts more errors than it names', async () => {
    const { body } = await send(
      'x'.repeat(10_000_000),
      { email: 'after@example.com' },
      ...Array(1_500).fill('{'),
    );
    expect(body).toMatchObject({ created: 1, failed: 1_501 });
    expect(body.errors).toHaveLength(1_000);
    expect(body.errors[0]).toMatchObject({ line: 1, code: 'line_too_long' });
  });

  it('of nothing does nothing', async () => {
    expect((await admin.post(IMPORT, '', NDJSON)).body).toEqual(NOTHING);
    expect((await admin.post(IMPORT, '\n\n', NDJSON)).body).toEqual(NOTHING);
  });

  it('takes lines as they are and nothing else', async () => {
    const line = '{"email":"encoded@example.com"}\n';
    const refused = [
      await admin.post(IMPORT, line, { 'content-type': 'application/json' }),
      await admin.post(IMPORT, line, { 'content-type': 'text/plain' }),
      await admin.post(IMPORT, line, { ...NDJSON, 'content-encoding': 'gzip' }),
      await admin.post(IMPORT),
    ];
    expect(refused.map(({ status, body }) => [status, body.code])).toEqual(
      refused.map(() => [415, 'unsupported_media_type']),
    );
    expect(await found('encoded@example.com')).toBeUndefined();
    expect((await admin.post('/v1/roles', line, NDJSON)).status).toBe(415);
    expect((await admin.post(`${IMPORT}?update=yes`, line, NDJSON)).status).toBe(400);
    expect((await admin.post(`${IMPORT}?format=csv`, line, NDJSON)).status).toBe(400);
  });

  it('leaves the limit of other bodies as it is', async () => {
    const { status } = await admin.post('/v1/roles', { name: 'x', description: 'x'.repeat(70_000) });
    expect(status).toBe(413);
  });

  it('many times at once makes one account for each address, and nobody gets an error', async () => {
    const lines = Array.from({ length: 120 }, (_, n) => ({
      email: `parallel-${n}@example.com`,
      roles: ['support'],
    }));
    const answers = await Promise.all(
      [lines, lines.toReversed(), lines, lines.toReversed()].map((each) => send(...each)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(answers.map(({ body }) => body.failed)).toEqual([0, 0, 0, 0]);
    expect(answers.map(({ body }) => body.created).reduce((a, b) => a + b)).toBe(120);
    const rows = await app.database.query(`SELECT id FROM users WHERE email LIKE 'parallel-%'`);
    expect(rows).toHaveLength(120);
    const updates = await Promise.all(
      ['A', 'B', 'C'].map((name) =>
        update(...lines.slice(0, 40).map((line) => ({ ...line, name, roles: ['user'] }))),
      ),
    );
    expect(updates.map(({ status, body }) => [status, body.failed])).toEqual(updates.map(() => [200, 0]));
  });

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

    it('ends the sessions of whoever gets another password', async () => {
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

    it('undoes nothing that somebody changes at the same time', async () => {
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

    it('leaves somebody whose address was proved what they have', async () => {
      await send({ email: 'proved@example.com', verified: true, passwordHash });
      const person = await app.as.logIn('proved@example.com');
      const key = await makeKey(app, person);
      const line = { email: person.email, verified: true, roles: ['user', 'support'], name: 'Proved' };
      expect((await update(line)).body).toEqual({ ...NOTHING, updated: 1 });
      expect((await refresh(app, person.tokens.refresh_token)).status).toBe(200);
      expect((await key.get('/v1/auth/whoami')).status).toBe(200);
      await app.as.logIn(person.email);
    });

    it('evicts nobody who proves the address at the same time', async () => {
      const member = await app.as.member();
      const proving = meanwhile(2, () =>
        app.database.query('UPDATE users SET email_verified_at = 1 WHERE id = :id', { id: member.id }),
      );
      const { body } = await update({ email: member.email, roles: ['user', 'support'] });
      proving.isOver();
      expect(body).toEqual({ ...NOTHING, updated: 1 });
      await app.as.logIn(member.email);
    });

    it('takes nobody’s password away, the last admin’s least of all', async () => {
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

  describe('by somebody with fewer rights', () => {
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

    it('does not touch anybody who may do more', async () => {
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

    it('does not touch anybody who comes to be able to do more in the middle', async () => {
      await send({ email: 'widened@example.com', roles: ['support'], verified: true, passwordHash });
      await admin.post('/v1/roles', { name: 'wide', scopes: ['account:read'] });
      const { id } = await found('widened@example.com');
      await admin.put(`/v1/users/${id}/roles`, { roles: ['wide'] });
      const widening = meanwhile(2, () =>
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
      const ending = meanwhile(3, () => end(sender));
      const { status, body } = await sendAs(sender, ...emails.map((email) => ({ email, name: 'Changed' })));
      ending.isOver();
      expect([status, body.code]).toEqual([401, 'invalid_token']);
      const names = await Promise.all(emails.map(async (email) => (await found(email)).name));
      expect(names).toEqual(['Changed', null, null]);
    });

    it('makes nobody once its sender is disabled', async () => {
      const sender = await app.as.holderOf('users:write', 'account:read');
      const disabling = meanwhile(1, () => admin.patch(`/v1/users/${sender.id}`, { status: 'disabled' }));
      const { status } = await sendAs(sender, { email: 'too-late@example.com' });
      disabling.isOver();
      expect(status).toBe(401);
      expect(await found('too-late@example.com')).toBeUndefined();
    });

    it('is closed to API keys, whatever their scopes', async () => {
      const key = await makeKey(app, admin, { scopes: ['users:write'] });
      const { status, body } = await sendLines(key, IMPORT, { email: 'by-key@example.com' });
      expect([status, body.code]).toEqual([403, 'session_required']);
      expect(await found('by-key@example.com')).toBeUndefined();
    });
  });
});

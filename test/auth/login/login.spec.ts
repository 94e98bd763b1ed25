import { hash } from '@node-rs/argon2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { Answer } from '../../support/client.js';
import { expectOnly } from '../../support/expect-only.js';
import { auditOf, refresh, rowsOfUser } from '../../support/sessions.js';

let unique = 0;
const newEmail = () => `somebody-${++unique}@example.com`;

/** Everything of an answer but what differs from request to request. */
function gist({ status, headers, body }: Answer) {
  const { instance: _, ...rest } = body;
  const kept = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
  return { status, body: rest, headers: Object.fromEntries(kept) };
}

describe('logging in', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  const signUp = (body: object) => app.as.anonymous().post('/v1/auth/signup', body);
  const logIn = (body: object) => app.as.anonymous().post('/v1/auth/login', body);
  const hashOf = async (id: string) => {
    const [row] = await app.database.query<{ password_hash: string }>(
      'SELECT password_hash FROM users WHERE id = :id',
      { id },
    );
    return row!.password_hash;
  };
  const count = async (table: string) => {
    const [row] = await app.database.query<{ n: number | string }>(`SELECT count(*) AS n FROM ${table}`);
    return Number(row!.n);
  };

  async function account(password: string): Promise<string> {
    const email = newEmail();
    const { status, body } = await signUp({ email, password });
    expect({ status, errors: body.errors }).toEqual({ status: 201, errors: undefined });
    return email;
  }

  const opens = async (email: string, password: string) => (await logIn({ email, password })).status === 200;

  it('begins a new session each time and says whose', async () => {
    const member = await app.as.member();
    const { status, body, headers } = await expectOnly(app, ['login.succeeded'], () =>
      logIn({ email: member.email, password: PASSWORD }),
    );
    expect(status).toBe(200);
    expect(body.user).toMatchObject({ id: member.id, email: member.email });
    expect((await member.get('/v1/me')).body.lastLoginAt).toEqual(expect.any(String));
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body.refresh_token.slice(0, 20)).not.toBe(member.tokens.refresh_token.slice(0, 20));
    const rows = await rowsOfUser(app, member.id);
    expect(rows).toHaveLength(2);
    const audited = await Promise.all(rows.map(({ id }) => auditOf(app, id)));
    expect(audited.flat()).toEqual(['login.succeeded']);
  });

  describe('in vain', () => {
    it('is answered the same no matter what was wrong', async () => {
      const [member, disabled] = [await app.as.member(), await app.as.member()];
      await (await app.as.admin()).patch(`/v1/users/${disabled.id}`, { status: 'disabled' });
      const without = await app.as.member();
      await app.database.query('UPDATE users SET password_hash = NULL WHERE id = :id', { id: without.id });
      const sessions = await count('sessions');

      const unknown = gist(await logIn({ email: 'nobody@example.com', password: PASSWORD }));
      expect(unknown).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
      const attempts = [
        { email: member.email, password: 'a wrong passphrase' },
        { email: disabled.email, password: PASSWORD },
        { email: disabled.email, password: 'a wrong passphrase' },
        { email: without.email, password: PASSWORD },
        { email: 'no address at all', password: PASSWORD },
        { email: '', password: '' },
        { email: disabled.email, password: PASSWORD, scope: 'users:write' },
        { email: member.email, password: 'a wrong passphrase', scope: 'users:write' },
        { email: disabled.email, password: PASSWORD, session: 'cookie' },
      ];
      for (const attempt of attempts)
        expect(gist(await expectOnly(app, ['login.failed'], () => logIn(attempt)))).toEqual(unknown);
      expect(await count('sessions')).toBe(sessions);
    });

    it('is noted with the reason, which only auditors see', async () => {
      const member = await app.as.member();
      await expectOnly(app, ['login.failed'], () =>
        logIn({ email: member.email, password: 'a wrong passphrase' }),
      );
      const [event] = await app.database.query<{
        actor_kind: string;
        actor_id: string | null;
        detail: string;
      }>(`SELECT * FROM audit_events WHERE action = 'login.failed' AND target_id = :id`, { id: member.id });
      expect(event).toMatchObject({ actor_kind: 'anonymous', actor_id: null });
      expect(JSON.parse(event!.detail)).toEqual({ reason: 'wrong_password' });
      expect(app.log.join('')).not.toContain('a wrong passphrase');
    });

    it.each([
      ['an e-mail that is no string', { email: ['a@example.com'], password: PASSWORD }],
      ['a password that is no string', { email: 'a@example.com', password: { $ne: null } }],
      ['a password that is null', { email: 'a@example.com', password: null }],
      ['a password of 2000 characters', { email: 'a@example.com', password: 'x'.repeat(2_000) }],
      ['a NUL in the address', { email: 'a\0@example.com', password: PASSWORD }],
      ['a NUL in the password', { email: 'a@example.com', password: `${PASSWORD}\0` }],
      ['half a surrogate pair', { email: 'a@example.com', password: `${PASSWORD}\ud800` }],
      ['a field too many', { email: 'a@example.com', password: PASSWORD, userId: '1' }],
      ['nothing', {}],
    ])('is refused with 400 for %s', async (_, body) => {
      const { status } = await expectOnly(app, [], () => logIn(body));
      expect(status).toBe(400);
    });
  });

  describe('with a password', () => {
    it('takes another normal form of what was typed for the same', async () => {
      const composed = 'pässwörter für Ängström';
      const email = await account(composed.normalize('NFD'));
      expect(composed.normalize('NFD')).not.toBe(composed.normalize('NFC'));
      expect(await opens(email, composed.normalize('NFC'))).toBe(true);
      expect(await opens(email, composed.normalize('NFD'))).toBe(true);
      // Compatibility forms are other characters.
      expect(await opens(email, composed.replace('f', 'ｆ'))).toBe(false);
    });

    it('takes nothing else for the same: no trimming, no case, no wildcards', async () => {
      const email = await account('  Correct horse battery% ');
      const others = [
        'Correct horse battery%',
        '  Correct horse battery%',
        '  correct horse battery% ',
        '  CORRECT HORSE BATTERY% ',
        '  Correct horse battery_ ',
        '  Correct horse battery%  ',
      ];
      for (const other of others) expect(await opens(email, other)).toBe(false);
      expect(await opens(email, '  Correct horse battery% ')).toBe(true);
    });

    it('reads all 128 characters', async () => {
      const start = 'long '.repeat(26).slice(0, 127);
      const email = await account(`${start}a`);
      expect(await opens(email, `${start}b`)).toBe(false);
      expect(await opens(email, start)).toBe(false);
      expect(await opens(email, `${start}aa`)).toBe(false);
      expect(await opens(email, `${start}a`)).toBe(true);
    });

    it.each([
      ['8 characters', 'xq7 kv4z'],
      ['8 emoji', '🦊🐙🦉🐢🦔🐝🦀🐳'],
      ['128 emoji', '🦊🐙🦉🐢'.repeat(32)],
      ['128 composed characters, sent decomposed', 'äöüé'.repeat(32).normalize('NFD')],
      ['nothing but letters', 'plimsollvarnished'],
      ['spaces only', ' '.repeat(20)],
      ['control characters', 'tab\tand\u0007bell\r\n'],
    ])('of %s is taken', async (_, password) => {
      expect(await opens(await account(password), password)).toBe(true);
    });

    it.each([
      ['nothing', '', 'at least 8'],
      ['7 characters', 'xq7 kv4', 'at least 8'],
      ['7 emoji, which are 14 UTF-16 units', '🦊🐙🦉🐢🦔🐝🦀', 'at least 8'],
      ['7 characters, sent decomposed', 'äöüäöüä'.normalize('NFD'), 'at least 8'],
      ['129 characters', 'x7'.repeat(64) + 'x', 'at most 128'],
      ['129 emoji', '🦊🐙🦉'.repeat(43), 'at most 128'],
      ['a common word', 'password1', 'common'],
      ['a common word in capitals', 'QWERTYUIOP', 'common'],
      ['common digits', '12345678', 'common'],
    ])('of %s is refused, at sign-up and at a change', async (_, password, why) => {
      const email = newEmail();
      const { status, body } = await signUp({ email, password });
      expect({ status, code: body.code }).toEqual({ status: 400, code: 'weak_password' });
      expect(body.errors).toEqual([{ field: 'password', message: expect.stringContaining(why) }]);
      expect(await opens(email, password)).toBe(false);

      const member = await app.as.member();
      const before = await hashOf(member.id);
      const change = await member.post('/v1/me/password', {
        currentPassword: PASSWORD,
        newPassword: password,
      });
      expect({ status: change.status, code: change.body.code }).toEqual({
        status: 400,
        code: 'weak_password',
      });
      expect(change.body.errors).toEqual([{ field: 'newPassword', message: expect.stringContaining(why) }]);
      expect(await hashOf(member.id)).toBe(before);
    });

    it('that is the e-mail address is refused, at sign-up and at a change', async () => {
      const email = 'ada.lovelace.1815@example.com';
      for (const password of [email, email.toUpperCase(), ` ${email}`, 'Ada.Lovelace.1815']) {
        const { status, body } = await signUp({ email, password });
        expect({ status, code: body.code }).toEqual({ status: 400, code: 'weak_password' });
      }
      const member = await app.as.member();
      const change = await member.post('/v1/me/password', {
        currentPassword: PASSWORD,
        newPassword: member.email.toUpperCase(),
      });
      expect(change.body.code).toBe('weak_password');
    });
  });

  describe('with an address', () => {
    it.each([
      ['capitals and spaces around it', 'Trimmed@Example.COM', ' \t trimmed@example.com \n'],
      ['a full-width @', 'wide@example.com', 'wide＠example.com'],
      ['full-width letters', 'letters@example.com', 'ｌｅｔｔｅｒｓ@example.com'],
      ['the Kelvin sign', 'kelvin@example.com', '\u212aelvin@example.com'],
      ['a ligature', 'office@example.com', 'oﬃce@example.com'],
      ['a decomposed letter', 'zoë@example.com', 'zoe\u0308@example.com'],
    ])('finds the one account for %s', async (_, first, second) => {
      const { status, body } = await signUp({ email: first, password: PASSWORD });
      expect(status).toBe(201);
      const again = await signUp({ email: second, password: PASSWORD });
      expect({ status: again.status, code: again.body.code }).toEqual({ status: 409, code: 'email_taken' });
      const there = await logIn({ email: second, password: PASSWORD });
      expect({ status: there.status, id: there.body.user?.id }).toEqual({ status: 200, id: body.user.id });
    });

    it('takes a dotless i, a dotted capital I and look-alikes for letters of their own', async () => {
      const { body } = await signUp({ email: 'idiota@example.com', password: PASSWORD });
      for (const email of [
        'ıdiota@example.com',
        'İdiota@example.com',
        'іdiota@example.com',
        'ídiota@example.com',
      ]) {
        const { status, body: other } = await logIn({ email, password: PASSWORD });
        expect({ status, code: other.code }).toEqual({ status: 401, code: 'invalid_credentials' });
        const made = await signUp({ email, password: PASSWORD });
        // Whether such an address may be used at all is another question.
        expect([201, 400]).toContain(made.status);
        expect(made.body.user?.id).not.toBe(body.user.id);
      }
    });

    it.each([
      'no-at.example.com',
      '@example.com',
      'nobody@',
      'a@b@example.com',
      'a b@example.com',
      'a\0@example.com',
      'a@example.com\0',
      'a@exam\r\nple.com',
      'a\r\nBcc: b@example.com',
      'a@example.com\r\nBcc: b@example.com',
      'a@example.com,b@example.com',
      'Ada <a@example.com>',
      '<script>@example.com',
      `${'a'.repeat(65)}@example.com`,
      `a@${'b'.repeat(250)}.com`,
      `a@${`${'b'.repeat(60)}.`.repeat(5)}com`,
      // Variation selectors do not make room.
      `a${'\ufe0f'.repeat(20)}@${`${'b'.repeat(60)}.`.repeat(4)}comm`,
    ])('refuses to make an account for %j', async (email) => {
      const before = await count('users');
      const { status } = await expectOnly(app, [], () => signUp({ email, password: PASSWORD }));
      expect(status).toBe(400);
      expect(await count('users')).toBe(before);
    });
  });

  it('makes a better hash of a password whose hash is out of date', async () => {
    const member = await app.as.member();
    const weak = await hash(PASSWORD, { algorithm: 2, memoryCost: 8_192, timeCost: 1, parallelism: 1 });
    await app.database.query('UPDATE users SET password_hash = :weak WHERE id = :id', {
      id: member.id,
      weak,
    });

    expect((await logIn({ email: member.email, password: 'a wrong passphrase' })).status).toBe(401);
    expect(await hashOf(member.id)).toBe(weak);
    expect((await logIn({ email: member.email, password: PASSWORD })).status).toBe(200);
    const upgraded = await hashOf(member.id);
    expect(upgraded).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await logIn({ email: member.email, password: PASSWORD })).status).toBe(200);
    expect(await hashOf(member.id)).toBe(upgraded);
  });

  it('lets parallel logins through while the hash is being improved', async () => {
    const member = await app.as.member();
    const weak = await hash(PASSWORD, { algorithm: 2, memoryCost: 8_192, timeCost: 1, parallelism: 1 });
    await app.database.query('UPDATE users SET password_hash = :weak WHERE id = :id', {
      id: member.id,
      weak,
    });
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => logIn({ email: member.email, password: PASSWORD })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
  });

  it('never shows a hash, a salt or the server’s secret', async () => {
    const member = await app.as.member();
    const admin = await app.as.admin();
    const texts = [
      await member.get('/v1/me'),
      await member.get('/v1/me/sessions'),
      await member.get('/v1/auth/whoami'),
      await member.patch('/v1/me', { name: 'Ada' }),
      await logIn({ email: member.email, password: PASSWORD }),
      await logIn({ email: member.email, password: 'a wrong passphrase' }),
      await admin.get('/v1/users?limit=100'),
      await admin.get(`/v1/users/${member.id}`),
      await admin.get('/v1/audit-events?limit=100'),
    ].map(({ text }) => text);
    const { salt } = (await rowsOfUser(app, member.id))[0]!;
    for (const text of [...texts, app.log.join('')]) {
      for (const secret of ['$argon2', salt, app.settings.GATEHOUSE_SECRET, PASSWORD]) {
        expect(text.includes(secret)).toBe(false);
      }
      expect(text).not.toMatch(/"(password_?hash|salt|generation|rotations|version)"/i);
    }
  });

  describe('after signing up', () => {
    it.each([
      ['roles', ['admin']],
      ['role', 'admin'],
      ['status', 'active'],
      ['id', '00000000-0000-7000-8000-000000000000'],
      ['version', 9],
      ['passwordHash', 'x'],
      ['password_hash', 'x'],
      ['scope', 'users:write'],
      ['scopes', ['users:write']],
      ['emailVerified', true],
      ['createdAt', '2020-01-01T00:00:00.000Z'],
      ['constructor', { name: 'x' }],
      ['constructor', { prototype: { status: 'x' } }],
      ['toString', 'x'],
      ['hasOwnProperty', 'x'],
    ])('refuses %s: %j', async (field, value) => {
      const email = newEmail();
      const { status, text } = await signUp({ email, password: PASSWORD, [field]: value });
      expect(status).toBe(400);
      expect(text).not.toMatch(/node_modules|at \w+ \(/);
      expect((await logIn({ email, password: PASSWORD })).status).toBe(401);
    });

    it.each(['{"__proto__": {"roles": ["admin"]}}', '{"constructor": {"prototype": {"roles": ["admin"]}}}'])(
      'refuses %s as it stands',
      async (json) => {
        const email = newEmail();
        const start = JSON.stringify({ email, password: PASSWORD }).slice(0, -1);
        const { status } = await app.as.anonymous().post('/v1/auth/signup', `${start},${json.slice(1)}`);
        expect(status).toBe(400);
        expect(({} as { roles?: unknown }).roles).toBeUndefined();
        expect((await logIn({ email, password: PASSWORD })).status).toBe(401);
      },
    );

    it('is signed in with the user’s rights and nothing more', async () => {
      const { body } = await signUp({ email: newEmail(), password: PASSWORD });
      expect(body.user).toMatchObject({ status: 'active', roles: ['user'] });
      expect(body.scope).toBe('account:read account:write resources:read');
      expect((await refresh(app, body.refresh_token)).body.scope).toBe(body.scope);
    });

    it('has one account of 50 that were asked for at once', async () => {
      const email = newEmail();
      const answers = await expectOnly(app, ['user.signed_up'], () =>
        Promise.all(
          Array.from({ length: 50 }, (_, n) =>
            signUp({ email: n % 2 ? email : email.toUpperCase(), password: PASSWORD }),
          ),
        ),
      );
      const statuses = answers.map(({ status }) => status).toSorted();
      expect(statuses).toEqual([201, ...Array.from({ length: 49 }, () => 409)]);
      const rows = await app.database.query<{ id: string }>('SELECT id FROM users WHERE email = :email', {
        email,
      });
      expect(rows).toHaveLength(1);
      expect(await rowsOfUser(app, rows[0]!.id)).toHaveLength(1);
      expect(await auditOf(app, rows[0]!.id)).toEqual(['user.signed_up']);
    });
  });
});

import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { expectProblem } from '../../support/problem.js';

const NOBODY = '01890a5d-ac96-774b-bcce-b302099a8057';

describe('administering users', () => {
  let app: TestApp;
  let admin: SignedIn;

  beforeAll(async () => {
    app = await startApp();
    admin = await app.as.admin();
  });
  afterAll(() => app.close());

  const rows = async (sql: string, params = {}) => app.database.query(sql, params);

  it('finds the one with an address, however it is written, and none for an unknown one', async () => {
    const found = await app.as.member('find.me+now@example.com');
    await app.as.member('find.me@example.com');
    const search = async (email: string, more = '') =>
      admin.get(`/v1/users?email=${encodeURIComponent(email)}${more}`);
    for (const email of [
      'find.me+now@example.com',
      '  Find.Me+NOW@Example.com ',
      'ｆind.me+now@example.com',
    ]) {
      const { status, body } = await search(email);
      expect([status, body.nextCursor, body.items.map(({ id }: any) => id)]).toEqual([200, null, [found.id]]);
    }
    expect((await search('find.me+now@example.com', '&kind=person&limit=1')).body.items).toHaveLength(1);
    for (const email of ['nobody@example.com', 'find.me', '%', "' OR 1=1 --"]) {
      const { status, body } = await search(email);
      expect([status, body]).toEqual([200, { items: [], nextCursor: null }]);
    }
    expect((await search('find.me+now@example.com', '&kind=service')).body.items).toEqual([]);
    expectProblem(
      await admin.get('/v1/users?email=a@example.com&email=b@example.com'),
      400,
      'validation_failed',
    );
    const cursor = (await admin.get('/v1/users?limit=1')).body.nextCursor;
    expectProblem(await search('find.me@example.com', `&cursor=${cursor}`), 400, 'invalid_cursor');
    expectProblem(await found.get('/v1/users?email=find.me%2Bnow@example.com'), 403, 'insufficient_scope');
  });

  describe('making one', () => {
    it('gives an account that can log in, and shows nothing secret', async () => {
      const { status, body, text } = await admin.post('/v1/users', {
        email: ' Grace@Example.COM ',
        password: PASSWORD,
        name: 'Grace',
      });
      expect(status).toBe(201);
      expect(body).toEqual({
        id: expect.any(String),
        email: 'grace@example.com',
        emailVerified: false,
        kind: 'person',
        name: 'Grace',
        status: 'active',
        roles: ['user'],
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        updatedAt: body.createdAt,
        lastLoginAt: null,
      });
      expect(text).not.toMatch(/argon2|passwordHash|password/i);
      await app.as.logIn('grace@example.com');
      const seen = await admin.get(`/v1/users/${body.id}`);
      expect(seen.body).toMatchObject({ id: body.id, lastLoginAt: expect.any(String) });
      expect(seen.text).not.toMatch(/argon2|password/i);
    });

    it('is 409 for an address that is taken, in any spelling, and changes nothing', async () => {
      const { email, id } = await app.as.member();
      const before = await rows('SELECT * FROM users WHERE id = :id', { id });
      const answer = await admin.post('/v1/users', { email: ` ${email.toUpperCase()} `, password: PASSWORD });
      expectProblem(answer, 409, 'email_taken');
      expect(await rows('SELECT * FROM users WHERE id = :id', { id })).toEqual(before);
      expect(await rows('SELECT id FROM users WHERE email = :email', { email })).toHaveLength(1);
    });

    it('makes one account when many ask for the same address at once', async () => {
      const body = { email: 'wanted@example.com', password: PASSWORD };
      const answers = await Promise.all(Array.from({ length: 8 }, () => admin.post('/v1/users', body)));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array(7).fill(409)]);
      const [{ id }] = (await rows(`SELECT id FROM users WHERE email = 'wanted@example.com'`)) as [
        { id: string },
      ];
      expect(await rows('SELECT * FROM user_roles WHERE user_id = :id', { id })).toHaveLength(1);
      const events = `SELECT id FROM audit_events WHERE action = 'user.created' AND target_id = :id`;
      expect(await rows(events, { id })).toHaveLength(1);
    });

    it.each([
      [{ email: 'a@example.com', password: 'short' }, 'weak_password'],
      [{ email: 'a@example.com', password: 'password1' }, 'weak_password'],
      [{ email: 'a-long-address@example.com', password: 'a-long-address@example.com' }, 'weak_password'],
      [{ email: 'no address', password: PASSWORD }, 'validation_failed'],
      [{ email: 'a@example.com' }, 'validation_failed'],
      [{ email: 'a@example.com', password: PASSWORD, roles: ['admin'] }, 'validation_failed'],
      [{ email: 'a@example.com', password: PASSWORD, status: 'disabled' }, 'validation_failed'],
      [{ email: 'a@example.com', password: PASSWORD, name: 'a\u0007b' }, 'validation_failed'],
      [{ email: 'a@example.com', password: PASSWORD, name: 'x'.repeat(101) }, 'validation_failed'],
    ])('is 400 for %j, and makes none', async (body, code) => {
      expectProblem(await admin.post('/v1/users', body), 400, code);
      expect(await rows('SELECT id FROM users WHERE email = :email', { email: body.email })).toEqual([]);
    });
  });

  describe('changing one', () => {
    it('renames, and takes the name away', async () => {
      const { id } = await app.as.member();
      expect((await admin.patch(`/v1/users/${id}`, { name: 'Ada' })).body).toMatchObject({ id, name: 'Ada' });
      expect((await admin.patch(`/v1/users/${id}`, { name: null })).body).toMatchObject({ id, name: null });
      expect((await admin.patch(`/v1/users/${id}`, {})).body).toMatchObject({ id, name: null });
    });

    it('disables: tokens and sessions die, no login, no refresh; enabling brings nothing back', async () => {
      const member = await app.as.member();
      const { body } = await admin.patch(`/v1/users/${member.id}`, { status: 'disabled' });
      expect(body).toMatchObject({ id: member.id, status: 'disabled' });

      const { refresh_token } = member.tokens;
      const login = { email: member.email, password: member.password };
      expectProblem(await member.get('/v1/me'), 401, 'invalid_token');
      expectProblem(await member.post('/v1/auth/refresh', { refresh_token }), 401, 'invalid_refresh_token');
      expectProblem(await app.as.anonymous().post('/v1/auth/login', login), 401, 'invalid_credentials');

      await admin.patch(`/v1/users/${member.id}`, { status: 'active' });
      expectProblem(await member.get('/v1/me'), 401, 'invalid_token');
      expectProblem(await member.post('/v1/auth/refresh', { refresh_token }), 401, 'invalid_refresh_token');
      const again = await app.as.logIn(member.email);
      expect((await again.get('/v1/me')).status).toBe(200);
    });

    it('leaves one alone who is what they shall be', async () => {
      const member = await app.as.member();
      expect((await admin.patch(`/v1/users/${member.id}`, { status: 'active' })).status).toBe(200);
      expect((await member.get('/v1/me')).status).toBe(200);
    });

    it.each([
      { status: 'deleted' },
      { status: null },
      { name: 7 },
      { email: 'new@example.com' },
      { roles: [] },
    ])('is 400 for %j', async (body) => {
      const { id } = await app.as.member();
      const before = await rows('SELECT * FROM users WHERE id = :id', { id });
      expectProblem(await admin.patch(`/v1/users/${id}`, body), 400, 'validation_failed');
      expect(await rows('SELECT * FROM users WHERE id = :id', { id })).toEqual(before);
    });
  });

  describe('giving roles', () => {
    it('gives exactly these; the old token dies, a refresh has the new rights', async () => {
      const member = await app.as.member();
      await admin.post('/v1/roles', { name: 'reader', scopes: ['users:read'] });
      const { status, body } = await admin.put(`/v1/users/${member.id}/roles`, { roles: ['user', 'reader'] });
      expect([status, body.roles]).toEqual([200, ['reader', 'user']]);
      expectProblem(await member.get('/v1/me'), 401, 'invalid_token');
      const promoted = await member.refreshed();
      expect((await promoted.get('/v1/users')).status).toBe(200);

      await admin.put(`/v1/users/${member.id}/roles`, { roles: [] });
      const stripped = await promoted.refreshed();
      expect(stripped.tokens.scope).toBe('');
      expectProblem(await stripped.get('/v1/me'), 403, 'insufficient_scope');
    });

    it('is 400 for a role that is none, and gives the others neither', async () => {
      const { id } = await app.as.member();
      const answer = await admin.put(`/v1/users/${id}/roles`, { roles: ['admin', 'emperor'] });
      expectProblem(answer, 400, 'unknown_role');
      expect((await admin.get(`/v1/users/${id}`)).body.roles).toEqual(['user']);
    });

    it.each([
      { roles: ['user', 'user'] },
      { roles: 'admin' },
      { roles: [null] },
      {},
      { roles: ['x'.repeat(65)] },
    ])('is 400 for %j', async (body) => {
      const { id } = await app.as.member();
      expectProblem(await admin.put(`/v1/users/${id}/roles`, body), 400, 'validation_failed');
      expect((await admin.get(`/v1/users/${id}`)).body.roles).toEqual(['user']);
    });

    it('is never 5xx while the role is being deleted', async () => {
      const { id } = await app.as.member();
      for (let round = 0; round < 20; round++) {
        await admin.post('/v1/roles', { name: 'fleeting' });
        const [given, removed] = await Promise.all([
          admin.put(`/v1/users/${id}/roles`, { roles: ['user', 'fleeting'] }),
          admin.delete('/v1/roles/fleeting'),
        ]);
        expect([200, 400], given.text).toContain(given.status);
        expect([204, 409], removed.text).toContain(removed.status);
        await admin.put(`/v1/users/${id}/roles`, { roles: ['user'] });
        await admin.delete('/v1/roles/fleeting');
      }
    });
  });

  describe('signing one out and deleting one', () => {
    it('ends every session, and no other user’s', async () => {
      const member = await app.as.member();
      const phone = await app.as.logIn(member.email);
      const other = await app.as.member();
      expect((await admin.delete(`/v1/users/${member.id}/sessions`)).status).toBe(204);
      for (const session of [member, phone]) expectProblem(await session.get('/v1/me'), 401, 'invalid_token');
      expect((await other.get('/v1/me')).status).toBe(200);
      expect((await app.as.logIn(member.email)).id).toBe(member.id);
    });

    it('deletes with sessions and roles; the token dies and the address is free again', async () => {
      const member = await app.as.member();
      expect((await admin.delete(`/v1/users/${member.id}`)).status).toBe(204);
      expectProblem(await member.get('/v1/me'), 401, 'invalid_token');
      expectProblem(await admin.get(`/v1/users/${member.id}`), 404, 'not_found');
      for (const table of ['sessions', 'user_roles']) {
        expect(await rows(`SELECT * FROM ${table} WHERE user_id = :id`, { id: member.id })).toEqual([]);
      }
      expectProblem(await admin.delete(`/v1/users/${member.id}`), 404, 'not_found');
      expect((await app.as.member(member.email)).id).not.toBe(member.id);
    });
  });

  it.each(['get', 'delete', 'patch', 'put'] as const)('%s of an unknown user is 404', async (method) => {
    for (const id of [NOBODY, 'nobody', `${NOBODY}'--`, 'x'.repeat(90)]) {
      const path = `/v1/users/${encodeURIComponent(id)}${method === 'put' ? '/roles' : ''}`;
      const body = method === 'put' ? { roles: ['user'] } : method === 'patch' ? { name: 'x' } : undefined;
      expectProblem(await admin[method](path, body as never), 404, 'not_found');
    }
    expectProblem(await admin.delete(`/v1/users/${NOBODY}/sessions`), 404, 'not_found');
  });
});

describe('the list of users', () => {
  const USERS = 120;
  let app: TestApp;
  let admin: SignedIn;

  beforeAll(async () => {
    app = await startApp();
    admin = await app.as.admin();
    const sql = `INSERT INTO users (id, email, status, created_at, updated_at) VALUES (:id, :email, 'active', 1, 1)`;
    const made = Array.from({ length: USERS - 1 }, (_, n) => ({
      sql,
      params: { id: uuidv7(), email: `u${n}@example.com` },
    }));
    await app.database.atomically(made);
  });
  afterAll(() => app.close());

  /** Follows the cursors to the end. */
  const readAll = async (limit: number, between = async () => {}) => {
    const pages: { id: string; email: string }[][] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body } = await admin.get(`/v1/users?limit=${limit}${cursor && `&cursor=${cursor}`}`);
      pages.push(body.items);
      cursor = body.nextCursor;
      await between();
    }
    return pages;
  };

  it('has 50 on a page when nothing is said', async () => {
    const { body } = await admin.get('/v1/users');
    expect(body.items).toHaveLength(50);
    expect(body.nextCursor).toEqual(expect.any(String));
    expect(Object.keys(body).toSorted()).toEqual(['items', 'nextCursor']);
  });

  it.each([7, 40, 60, 100])('shows every user once, oldest first, in pages of %i', async (limit) => {
    const pages = await readAll(limit);
    expect(pages.slice(0, -1).every(({ length }) => length === limit)).toBe(true);
    const ids = pages.flat().map(({ id }) => id);
    expect(ids).toHaveLength(USERS);
    expect(ids).toEqual([...new Set(ids)].toSorted());
  });

  it('has no empty page at the end', async () => {
    expect((await readAll(60)).map(({ length }) => length)).toEqual([60, 60]);
  });

  it('neither repeats nor skips a user while others come and go', async () => {
    const before = (await readAll(100)).flat().map(({ id }) => id);
    const late: SignedIn[] = [];
    const pages = await readAll(50, async () => {
      late.push(await app.as.member());
    });
    for (const { id } of late) await admin.delete(`/v1/users/${id}`);
    const seen = pages.flat().map(({ id }) => id);
    expect(new Set(seen).size).toBe(seen.length);
    expect(before.filter((id) => !seen.includes(id))).toEqual([]);
  });
});

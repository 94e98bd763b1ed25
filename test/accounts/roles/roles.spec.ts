import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RouteRegistry } from '../../../src/platform/access/route-registry.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { expectProblem } from '../../support/problem.js';

describe('roles', () => {
  let app: TestApp;
  let admin: SignedIn;
  let count = 0;

  beforeAll(async () => {
    app = await startApp();
    admin = await app.as.admin();
  });
  afterAll(() => app.close());

  /** A new role with these scopes; its name. */
  const make = async (...scopes: string[]) => {
    const name = `role-${++count}`;
    expect((await admin.post('/v1/roles', { name, scopes })).status).toBe(201);
    return name;
  };
  /** A user who has just this role. */
  const holderOf = async (role: string) => {
    const member = await app.as.member();
    await admin.put(`/v1/users/${member.id}/roles`, { roles: [role] });
    return member.refreshed();
  };
  const rows = (sql: string, params = {}) => app.database.query(sql, params);

  it('are admin and user at first', async () => {
    const { body } = await admin.get('/v1/roles');
    const seeded = body.items.filter(({ name }: { name: string }) => ['admin', 'user'].includes(name));
    expect(seeded.map(({ name }: { name: string }) => name)).toEqual(['admin', 'user']);
    expect(seeded[0].scopes).toEqual([...app.nest.get(RouteRegistry).scopes.keys()]);
    expect(seeded[0].scopes).not.toContain('*');
    expect(seeded[1].scopes).toEqual(['account:read', 'account:write', 'resources:read']);
  });

  it('can be made, read, changed and deleted', async () => {
    const made = await admin.post('/v1/roles', {
      name: 'support',
      description: 'Helps',
      scopes: ['users:read'],
    });
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      name: 'support',
      description: 'Helps',
      scopes: ['users:read'],
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect((await admin.get('/v1/roles/support')).body).toEqual(made.body);
    const changed = await admin.patch('/v1/roles/support', { scopes: ['users:read', 'roles:read'] });
    expect(changed.body).toMatchObject({ description: 'Helps', scopes: ['users:read', 'roles:read'] });
    expect((await admin.patch('/v1/roles/support', { description: null })).body).toMatchObject({
      description: null,
      scopes: ['users:read', 'roles:read'],
    });
    expect((await admin.delete('/v1/roles/support')).status).toBe(204);
    expectProblem(await admin.get('/v1/roles/support'), 404, 'not_found');
  });

  it('are listed by name, in pages', async () => {
    for (const name of ['zeta', 'alpha', 'mu']) await admin.post('/v1/roles', { name });
    const first = await admin.get('/v1/roles?limit=2');
    const second = await admin.get(`/v1/roles?limit=100&cursor=${first.body.nextCursor}`);
    const names = [...first.body.items, ...second.body.items].map(({ name }) => name);
    expect(first.body.items).toHaveLength(2);
    expect(names).toEqual([...new Set(names)].toSorted());
    expect(second.body.nextCursor).toBeNull();
  });

  it.each(['Support', '1st', '-x', 'a b', 'a/b', '', 'x'.repeat(65), 'ä', 'a\n', '*'])(
    'cannot be called %j',
    async (name) => {
      expectProblem(await admin.post('/v1/roles', { name }), 400, 'validation_failed');
      expect(await rows('SELECT name FROM roles WHERE name = :name', { name })).toEqual([]);
    },
  );

  it.each([['users:fly'], ['*'], ['users:read', 'nothing'], ['']])(
    'cannot have the unknown scope %j',
    async (...scopes) => {
      const answer = await admin.post('/v1/roles', { name: 'impossible', scopes });
      expectProblem(answer, 400, 'unknown_scope');
      expectProblem(await admin.get('/v1/roles/impossible'), 404, 'not_found');
      expectProblem(await admin.patch('/v1/roles/user', { scopes }), 400, 'unknown_scope');
    },
  );

  it('are made once when many ask at once, and recorded once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => admin.post('/v1/roles', { name: 'wanted' })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array(19).fill(409)]);
    const loser = answers.find(({ status }) => status === 409)!;
    expectProblem(loser, 409, 'role_exists');
    const events = `SELECT id FROM audit_events WHERE action = 'role.created' AND target_id = 'wanted'`;
    expect(await rows(events)).toHaveLength(1);
  });

  it('cannot be deleted while a user holds them', async () => {
    const name = await make('users:read');
    const holder = await holderOf(name);
    expectProblem(await admin.delete(`/v1/roles/${name}`), 409, 'role_in_use');
    expect((await holder.get('/v1/users')).status).toBe(200);
    await admin.delete(`/v1/users/${holder.id}`);
    expect((await admin.delete(`/v1/roles/${name}`)).status).toBe(204);
  });

  it('that the server needs cannot be deleted, and admin keeps every scope', async () => {
    for (const name of ['admin', 'user']) {
      expectProblem(await admin.delete(`/v1/roles/${name}`), 409, 'role_protected');
    }
    expectProblem(await admin.patch('/v1/roles/admin', { scopes: ['users:read'] }), 409, 'role_protected');
    expectProblem(await admin.post('/v1/roles', { name: 'admin' }), 409, 'role_exists');
    expect(await rows(`SELECT scopes FROM roles WHERE name = 'admin'`)).toEqual([{ scopes: '["*"]' }]);
    expect((await admin.patch('/v1/roles/admin', { description: 'All of it' })).status).toBe(200);
  });

  it.each(['get', 'delete', 'patch'] as const)('that are none: %s is 404', async (method) => {
    for (const name of ['nothing', 'x'.repeat(90), "a' OR '1'='1", '..']) {
      const answer = await admin[method](`/v1/roles/${encodeURIComponent(name).replaceAll('.', '%2e')}`, {
        ...(method === 'patch' && { description: 'x' }),
      } as never);
      expect([404, 405], answer.text).toContain(answer.status);
    }
    expectProblem(await admin.get('/v1/roles/nothing'), 404, 'not_found');
  });

  describe('that change', () => {
    it('end the tokens that carry them; a refresh has the new scopes', async () => {
      const name = await make('users:read');
      const [holder, other] = [await holderOf(name), await app.as.member()];
      await admin.patch(`/v1/roles/${name}`, { scopes: ['roles:read'] });
      expectProblem(await holder.get('/v1/users'), 401, 'invalid_token');
      expect((await other.get('/v1/me')).status, 'tokens without the role live on').toBe(200);
      const again = await holder.refreshed();
      expect(again.tokens.scope).toBe('roles:read');
      expectProblem(await again.get('/v1/users'), 403, 'insufficient_scope');
    });

    it('in their description alone end no token', async () => {
      const name = await make('users:read');
      const holder = await holderOf(name);
      await admin.patch(`/v1/roles/${name}`, { description: 'new' });
      expect((await holder.get('/v1/users')).status).toBe(200);
    });

    it('to what they are already end no token, and are not recorded', async () => {
      const holder = await app.as.holderOf('users:read', 'audit:read');
      const [role] = (await holder.get('/v1/auth/whoami')).body.roles;
      const roles = (await admin.get('/v1/audit-events?action=role.updated&limit=100')).body.items.length;
      const { status, body } = await admin.patch(`/v1/roles/${role}`, {
        scopes: ['audit:read', 'users:read'],
      });
      expect(status).toBe(200);
      expect(body.scopes.toSorted()).toEqual(['audit:read', 'users:read']);
      expect((await admin.put(`/v1/users/${holder.id}/roles`, { roles: [role] })).body.roles).toEqual([role]);
      expect((await holder.get('/v1/auth/whoami')).status).toBe(200);
      const changes = `/v1/audit-events?action=user.roles_changed&actor=${admin.id}&limit=100`;
      const recorded = (await admin.get(changes)).body.items.filter(
        ({ target }: any) => target.id === holder.id,
      );
      expect(recorded, 'once, by which they got the role').toHaveLength(1);
      expect((await admin.get('/v1/audit-events?action=role.updated&limit=100')).body.items).toHaveLength(
        roles,
      );
    });

    it('keep both of two changes made at once', async () => {
      for (let round = 0; round < 20; round++) {
        const name = await make('users:read', 'users:write');
        const answers = await Promise.all([
          admin.patch(`/v1/roles/${name}`, { scopes: ['users:read'] }),
          admin.patch(`/v1/roles/${name}`, { description: 'new' }),
        ]);
        expect(answers.map(({ status }) => status)).toEqual([200, 200]);
        expect((await admin.get(`/v1/roles/${name}`)).body).toMatchObject({
          description: 'new',
          scopes: ['users:read'],
        });
      }
    });

    it('are never 5xx while they are being deleted', async () => {
      for (let round = 0; round < 20; round++) {
        const name = await make('users:read');
        const answers = await Promise.all([
          admin.patch(`/v1/roles/${name}`, { scopes: [] }),
          admin.delete(`/v1/roles/${name}`),
        ]);
        expect([200, 404], answers[0].text).toContain(answers[0].status);
        expect(answers[1].status, answers[1].text).toBe(204);
      }
    });
  });
});

describe('no user grants what they do not hold', () => {
  let app: TestApp;
  let admin: SignedIn;

  beforeAll(async () => {
    app = await startApp();
    admin = await app.as.admin();
  });
  afterAll(() => app.close());

  const events = async (action: string) =>
    (await app.database.query('SELECT id FROM audit_events WHERE action = :action', { action })).length;

  it('by making themselves, or a friend, an admin', async () => {
    const helper = await app.as.holderOf('roles:assign', 'users:read');
    const friend = await app.as.member();
    const before = await events('user.roles_changed');
    for (const id of [helper.id, friend.id]) {
      expectProblem(
        await helper.put(`/v1/users/${id}/roles`, { roles: ['admin'] }),
        403,
        'privilege_escalation',
      );
    }
    expect((await helper.get(`/v1/users/${friend.id}`)).body.roles).toEqual(['user']);
    expect(await events('user.roles_changed')).toBe(before);
    expect((await friend.get('/v1/me')).status, 'the friend’s token was left alone').toBe(200);
  });

  it('by a role of which they hold a part', async () => {
    await admin.post('/v1/roles', { name: 'both', scopes: ['users:read', 'users:write'] });
    const helper = await app.as.holderOf('roles:assign', 'users:read');
    const answer = await helper.put(`/v1/users/${helper.id}/roles`, { roles: ['both'] });
    expectProblem(answer, 403, 'privilege_escalation');
    expect(answer.body.detail).toContain('users:write');
    expect(answer.body.detail).not.toContain('users:read');
  });

  it('by making or widening a role', async () => {
    const helper = await app.as.holderOf('roles:write', 'roles:read', 'users:read');
    const scopes = ['users:read', 'users:write'];
    expectProblem(await helper.post('/v1/roles', { name: 'wide', scopes }), 403, 'privilege_escalation');
    expectProblem(await helper.get('/v1/roles/wide'), 404, 'not_found');
    expect((await helper.post('/v1/roles', { name: 'narrow', scopes: ['users:read'] })).status).toBe(201);
    expectProblem(await helper.patch('/v1/roles/narrow', { scopes }), 403, 'privilege_escalation');
    expect((await helper.get('/v1/roles/narrow')).body.scopes).toEqual(['users:read']);
  });

  it('with a token that was narrowed at login', async () => {
    const narrowed = await app.as.logIn(admin.email, admin.password, { scope: 'roles:assign roles:write' });
    const { id } = await app.as.member();
    const answer = await narrowed.put(`/v1/users/${id}/roles`, { roles: ['admin'] });
    expectProblem(answer, 403, 'privilege_escalation');
    const made = await narrowed.post('/v1/roles', { name: 'x', scopes: ['users:read'] });
    expectProblem(made, 403, 'privilege_escalation');
  });

  it('but may keep, and take away, what others hold', async () => {
    const helper = await app.as.holderOf('roles:assign', 'roles:write', 'account:read');
    await admin.post('/v1/roles', { name: 'wider', scopes: ['users:write', 'account:read'] });
    const member = await app.as.member();
    await admin.put(`/v1/users/${member.id}/roles`, { roles: ['wider'] });
    expect((await helper.patch('/v1/roles/wider', { scopes: ['users:write'] })).status).toBe(200);
    expect((await helper.put(`/v1/users/${member.id}/roles`, { roles: ['wider'] })).status).toBe(200);
    expect((await helper.put(`/v1/users/${member.id}/roles`, { roles: [] })).status).toBe(200);
  });
});

describe('the list of scopes', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('has every scope that a route asks for, with those routes', async () => {
    const admin = await app.as.admin();
    const { body } = await admin.get('/v1/scopes');
    const { routes } = app.nest.get(RouteRegistry);
    for (const { name, routes: listed } of body.items) {
      const expected = routes
        .filter(({ policy }) => [...policy.scopes, ...policy.optionalScopes].includes(name))
        .map(({ method, path }) => ({ method, path }));
      expect(listed).toEqual(expected);
      expect(listed).not.toEqual([]);
    }
    const asked = routes.flatMap(({ policy }) => [...policy.scopes, ...policy.optionalScopes]);
    expect(body.items.map(({ name }: { name: string }) => name)).toEqual([...new Set(asked)].toSorted());
    expect(body.nextCursor).toBeNull();
  });
});

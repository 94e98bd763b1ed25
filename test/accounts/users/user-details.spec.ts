import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { expectProblem } from '../../support/problem.js';
import { statementsDuring } from '../../support/statements.js';

const NOBODY = '01890a5d-ac96-774b-bcce-b302099a8057';

describe('one user, as an administrator sees them', () => {
  let app: TestApp;
  let admin: SignedIn;

  beforeAll(async () => {
    app = await startApp();
    admin = await app.as.admin();
  });
  afterAll(() => app.close());

  describe('scopes', () => {
    it('are given with the roles that have them, and with nothing that no route asks for', async () => {
      const member = await app.as.member();
      await admin.post('/v1/roles', { name: 'reader', scopes: ['users:read', 'account:read'] });
      await admin.post('/v1/roles', { name: 'empty', scopes: [] });
      const scopes = JSON.stringify(['users:read', 'account:read', 'long:gone']);
      await app.database.query("UPDATE roles SET scopes = :scopes WHERE name = 'reader'", { scopes });
      await admin.put(`/v1/users/${member.id}/roles`, { roles: ['user', 'reader', 'empty'] });
      const { body } = await admin.get(`/v1/users/${member.id}/scopes`);
      expect(body).toEqual({
        userId: member.id,
        roles: ['empty', 'reader', 'user'],
        items: [
          { scope: 'account:read', roles: ['reader', 'user'] },
          { scope: 'account:write', roles: ['user'] },
          { scope: 'resources:read', roles: ['user'] },
          { scope: 'users:read', roles: ['reader'] },
        ],
      });
      const token = (await member.refreshed()).tokens.access_token;
      const whoami = await app.as.anonymous().get('/v1/auth/whoami', { authorization: `Bearer ${token}` });
      expect(body.items.map(({ scope }: { scope: string }) => scope)).toEqual(whoami.body.scopes.toSorted());
    });

    it('of an admin are all there are', async () => {
      const { body } = await admin.get(`/v1/users/${admin.id}/scopes`);
      expect(body.items.length).toBeGreaterThan(20);
      for (const { roles } of body.items) expect(roles).toContain('admin');
    });

    it('are for who may read users and roles, and of somebody', async () => {
      const reader = await app.as.holderOf('users:read');
      expectProblem(await reader.get(`/v1/users/${admin.id}/scopes`), 403, 'insufficient_scope');
      for (const id of [NOBODY, 'x', '%'])
        expectProblem(await admin.get(`/v1/users/${encodeURIComponent(id)}/scopes`), 404, 'not_found');
    });
  });

  describe('sessions', () => {
    it('are listed page by page, and end one by one', async () => {
      const member = await app.as.member();
      const other = await app.as.logIn(member.email);
      const { body: first } = await admin.get(`/v1/users/${member.id}/sessions?limit=1`);
      const { body: second } = await admin.get(
        `/v1/users/${member.id}/sessions?limit=1&cursor=${first.nextCursor}`,
      );
      const [oldest, newest] = [...first.items, ...second.items];
      expect([first.items.length, second.items.length, second.nextCursor]).toEqual([1, 1, null]);
      expect(oldest).toMatchObject({ amr: ['pwd'], current: false });
      expect((await admin.delete(`/v1/users/${member.id}/sessions/${newest.id}`)).status).toBe(204);
      expectProblem(await other.get('/v1/me'), 401, 'invalid_token');
      expect((await member.get('/v1/me')).status).toBe(200);
      const { body: left } = await admin.get(`/v1/users/${member.id}/sessions`);
      expect(left.items).toEqual([oldest]);
      const again = await admin.delete(`/v1/users/${member.id}/sessions/${newest.id}`);
      expectProblem(again, 404, 'not_found');
    });

    it('are those of this user alone', async () => {
      const member = await app.as.member();
      const other = await app.as.member();
      const { body } = await admin.get(`/v1/users/${other.id}/sessions`);
      const answer = await admin.delete(`/v1/users/${member.id}/sessions/${body.items[0].id}`);
      expectProblem(answer, 404, 'not_found');
      expect((await other.get('/v1/me')).status).toBe(200);
      expectProblem(await admin.get(`/v1/users/${NOBODY}/sessions`), 404, 'not_found');
      expectProblem(await member.get(`/v1/users/${other.id}/sessions`), 403, 'insufficient_scope');
      const own = await admin.get(`/v1/users/${admin.id}/sessions`);
      expect(own.body.items.filter(({ current }: { current: boolean }) => current)).toHaveLength(1);
    });
  });

  describe('who a change of a role affects', () => {
    it('is a number, and no more is counted than is shown', async () => {
      await admin.post('/v1/roles', { name: 'crowd', scopes: [] });
      expect((await admin.get('/v1/roles/crowd/holders')).body).toEqual({ count: 0, isMore: false });
      const holders = async (from: number, to: number) => {
        const ids = Array.from(
          { length: to - from },
          (_, n) => `00000000-0000-7000-8000-${from + n + 10 ** 11}`,
        );
        const columns = 'id, email, status, version, created_at, updated_at';
        const users = ids.map((id) => `('${id}', '${id}@example.net', 'active', 0, 1, 1)`);
        await app.database.query(`INSERT INTO users (${columns}) VALUES ${users.join()}`);
        const rows = ids.map((id) => `('${id}', 'crowd')`);
        await app.database.query(`INSERT INTO user_roles (user_id, role_name) VALUES ${rows.join()}`);
      };
      await holders(0, 1_000);
      expect((await admin.get('/v1/roles/crowd/holders')).body).toEqual({ count: 1_000, isMore: false });
      await holders(1_000, 1_100);
      expect((await admin.get('/v1/roles/crowd/holders')).body).toEqual({ count: 1_000, isMore: true });
      const statements = await statementsDuring(app, () => admin.get('/v1/roles/crowd/holders'));
      expect(statements.join()).not.toMatch(/count\s*\(/i);
      expectProblem(await admin.get('/v1/roles/nothing/holders'), 404, 'not_found');
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { expectOnly } from '../../support/expect-only.js';
import { rowsOfUser } from '../../support/sessions.js';

describe('logging in', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  const logIn = (body: object) => app.as.anonymous().post('/v1/auth/login', body);

  describe('for fewer scopes', () => {
    it('narrows the tokens of the session, refreshed ones too', async () => {
      const member = await app.as.member();
      const narrow = await app.as.logIn(member.email, PASSWORD, { scope: 'account:read' });
      expect(narrow.tokens.scope).toBe('account:read');
      expect((await narrow.get('/v1/me')).status).toBe(200);
      expect((await narrow.patch('/v1/me', { name: 'Ada' })).status).toBe(403);
      const next = await narrow.refreshed();
      expect(next.tokens.scope).toBe('account:read');
      expect((await next.patch('/v1/me', { name: 'Ada' })).status).toBe(403);
      expect((await member.patch('/v1/me', { name: 'Ada' })).status).toBe(200);
    });

    it('stays as narrow when the user gets more rights', async () => {
      const member = await app.as.member();
      const narrow = await app.as.logIn(member.email, PASSWORD, { scope: 'account:read' });
      await (await app.as.admin()).put(`/v1/users/${member.id}/roles`, { roles: ['user', 'admin'] });
      const next = await narrow.refreshed();
      expect(next.tokens.scope).toBe('account:read');
      expect((await next.get('/v1/users')).status).toBe(403);
    });

    it('takes them in any order, and twice', async () => {
      const { email } = await app.as.member();
      const { tokens } = await app.as.logIn(email, PASSWORD, {
        scope: 'account:write account:read account:read',
      });
      expect(tokens.scope.split(' ').toSorted()).toEqual(['account:read', 'account:write']);
    });

    it.each([
      'users:write',
      'account:read users:write',
      'no:such',
      '*',
      'admin',
      'ACCOUNT:READ',
      'account:*',
    ])('refuses %j, which the roles do not have', async (scope) => {
      const member = await app.as.member();
      const { status, body } = await expectOnly(app, [], () =>
        logIn({ email: member.email, password: PASSWORD, scope }),
      );
      expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_scope' });
      expect(await rowsOfUser(app, member.id)).toHaveLength(1);
    });

    it.each([
      '',
      ' ',
      ' account:read',
      'account:read  account:write',
      'account:read\n',
      '"',
      null,
      ['account:read'],
      1,
    ])('refuses %j, which is no list of scopes', async (scope) => {
      const member = await app.as.member();
      const { status, body } = await logIn({ email: member.email, password: PASSWORD, scope });
      expect({ status, code: body.code }).toEqual({ status: 400, code: 'validation_failed' });
      expect(await rowsOfUser(app, member.id)).toHaveLength(1);
    });
  });
});

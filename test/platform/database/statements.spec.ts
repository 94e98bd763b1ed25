import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { statementsDuring } from '../../support/statements.js';

// What opens and closes a transaction is not counted.
describe('the number of SQL statements', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('is none for a guarded request: the token says it all', async () => {
    const member = await app.as.member();
    const statements = await statementsDuring(app, async () => {
      expect((await member.get('/v1/auth/whoami')).status).toBe(200);
    });
    expect(statements).toEqual([]);
  });

  it('is none for a stranger who is refused, and one event for a user who is signed in', async () => {
    const member = await app.as.member();
    const none = await statementsDuring(app, async () => {
      expect((await app.as.anonymous().get('/v1/users')).status).toBe(401);
    });
    expect(none).toEqual([]);
    const event = await statementsDuring(app, async () => {
      expect((await member.get('/v1/users')).status).toBe(403);
    });
    expect(event.filter((sql) => !sql.startsWith('INSERT INTO "audit_events"'))).toEqual([]);
  });

  it('is at most 2 for a refresh', async () => {
    let { tokens } = await app.as.member();
    const statements = await statementsDuring(app, async () => {
      const { refresh_token } = tokens;
      const { status, body } = await app.as.anonymous().post('/v1/auth/refresh', { refresh_token });
      expect(status).toBe(200);
      expect(body.refresh_token).not.toBe(refresh_token);
      tokens = body;
    });
    expect(statements.length, statements.join('\n')).toBeLessThanOrEqual(2);
    expect(statements.length, 'the watch itself works').toBeGreaterThan(0);
  });

  it('is at most 4 for a login', async () => {
    const { email } = await app.as.member();
    const statements = await statementsDuring(app, () => app.as.logIn(email, PASSWORD));
    expect(statements.length, statements.join('\n')).toBeLessThanOrEqual(4);
    expect(statements.length, 'the watch itself works').toBeGreaterThan(0);
  });

  it('is all that grows: their texts hold no values, so that each is prepared once', async () => {
    const day = async (name: string) => {
      const [member, other] = [await app.as.member(), await app.as.member()];
      const admin = await app.as.admin();
      await admin.post('/v1/roles', { name, scopes: ['users:read'] });
      await admin.patch(`/v1/roles/${name}`, { description: name });
      await admin.put(`/v1/users/${member.id}/roles`, { roles: [name, 'user'] });
      await admin.patch(`/v1/users/${member.id}`, { name });
      await (await member.refreshed()).post('/v1/auth/logout');
      const identifier = `https://${name}.example`;
      const { body } = await admin.post('/v1/resources', { identifier, name });
      await admin.patch(`/v1/resources/${body.id}`, { version: name });
      await admin.delete(`/v1/users/${other.id}`);
    };
    let days = 0;
    const texts = new Set(await statementsDuring(app, () => day(`day-${days++}`)));
    const more = await statementsDuring(app, () => day(`day-${days++}`));
    expect(more.filter((sql) => !texts.has(sql))).toEqual([]);
    expect(texts.size).toBeGreaterThan(10);
  });

  it('does not grow with the length of a list', async () => {
    const admin = await app.as.admin();
    const few = await statementsDuring(app, () => admin.get('/v1/users?limit=1'));
    const many = await statementsDuring(app, () => admin.get('/v1/users?limit=100'));
    expect(many).toHaveLength(few.length);
  });
});

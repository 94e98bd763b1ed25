import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../support/actors.js';
import { startApp, type TestApp } from '../support/app.js';
import { statementsDuring } from '../support/statements.js';

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

  it('is none for a request that is refused by a guard', async () => {
    const member = await app.as.member();
    const statements = await statementsDuring(app, async () => {
      expect((await member.get('/v1/users')).status).toBe(403);
      expect((await app.as.anonymous().get('/v1/users')).status).toBe(401);
    });
    expect(statements).toEqual([]);
  });

  it('is at most 3 for a refresh', async () => {
    let { tokens } = await app.as.member();
    const statements = await statementsDuring(app, async () => {
      const { refresh_token } = tokens;
      const { status, body } = await app.as.anonymous().post('/v1/auth/refresh', { refresh_token });
      expect(status).toBe(200);
      expect(body.refresh_token).not.toBe(refresh_token);
      tokens = body;
    });
    expect(statements.length, statements.join('\n')).toBeLessThanOrEqual(3);
    expect(statements.length, 'the watch itself works').toBeGreaterThan(0);
  });

  it('is at most 4 for a login', async () => {
    const { email } = await app.as.member();
    const statements = await statementsDuring(app, () => app.as.logIn(email, PASSWORD));
    expect(statements.length, statements.join('\n')).toBeLessThanOrEqual(4);
    expect(statements.length, 'the watch itself works').toBeGreaterThan(0);
  });

  it('does not grow with the length of a list', async () => {
    const admin = await app.as.admin();
    const few = await statementsDuring(app, () => admin.get('/v1/users?limit=1'));
    const many = await statementsDuring(app, () => admin.get('/v1/users?limit=100'));
    expect(many).toHaveLength(few.length);
  });
});

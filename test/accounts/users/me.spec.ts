import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { expectProblem } from '../../support/problem.js';

describe('your own account', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('shows you and no other user, and nothing secret', async () => {
    const member = await app.as.member();
    await app.as.member();
    const { status, body, text } = await member.get('/v1/me');
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: member.id, email: member.email, status: 'active', roles: ['user'] });
    expect(text).not.toMatch(/argon2|password|version/i);
  });

  it('can be renamed, by you only', async () => {
    const [member, other] = [await app.as.member(), await app.as.member()];
    const { status, body } = await member.patch('/v1/me', { name: 'Ada' });
    expect([status, body.id, body.name]).toEqual([200, member.id, 'Ada']);
    expect((await other.get('/v1/me')).body.name).toBeNull();
  });

  it.each([
    { roles: ['admin'] },
    { status: 'disabled' },
    { email: 'other@example.com' },
    { id: '01890a5d-ac96-774b-bcce-b302099a8057' },
    { userId: '01890a5d-ac96-774b-bcce-b302099a8057', name: 'x' },
    { passwordHash: 'x' },
    { version: 9 },
  ])('takes no %j', async (body) => {
    const member = await app.as.member();
    const before = await app.database.query('SELECT * FROM users WHERE id = :id', { id: member.id });
    expectProblem(await member.patch('/v1/me', body), 400, 'validation_failed');
    expect(await app.database.query('SELECT * FROM users WHERE id = :id', { id: member.id })).toEqual(before);
  });

  it('lets you neither see nor end the sessions of others', async () => {
    const [member, other] = [await app.as.member(), await app.as.member()];
    const { body } = await other.get('/v1/me/sessions');
    const [{ id }] = body.items;
    expectProblem(await member.delete(`/v1/me/sessions/${id}`), 404, 'not_found');
    expect((await other.get('/v1/me')).status).toBe(200);
    const own = await member.get('/v1/me/sessions');
    expect(own.body.items.map((session: { id: string }) => session.id)).not.toContain(id);
  });
});

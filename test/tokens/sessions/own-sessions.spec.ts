import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { expectOnly } from '../../support/expect-only.js';
import { auditOf, refresh, rowOf, rowsOfUser, works } from '../../support/sessions.js';
import type { SignedIn } from '../../support/client.js';

describe('the sessions of one’s own account', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  const idOf = async ({ tokens }: SignedIn) => (await rowOf(app, tokens.refresh_token)).id;

  async function isAlive({ tokens }: SignedIn): Promise<boolean> {
    const [access, refreshed] = [
      await works(app, tokens.access_token),
      await refresh(app, tokens.refresh_token),
    ];
    // Both live or both are dead.
    expect(refreshed.status).toBe(access ? 200 : 401);
    return access;
  }

  it('are listed with device, address and times, oldest first, the current one marked', async () => {
    const email = 'lists@example.com';
    const phone = await app.as.member(email);
    const { body } = await app.as
      .anonymous()
      .post('/v1/auth/login', { email, password: phone.password }, { 'user-agent': 'Laptop/1.0 (test)' });
    const laptop = app.as.anonymous().with({ authorization: `Bearer ${body.access_token}` });

    const { status, body: list } = await laptop.get('/v1/me/sessions');
    expect(status).toBe(200);
    expect(list.nextCursor).toBeNull();
    const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const common = { ip: '127.0.0.1', createdAt: iso, lastUsedAt: iso, expiresAt: iso };
    expect(list.items).toEqual([
      { id: await idOf(phone), device: 'node', current: false, ...common },
      { id: expect.any(String), device: 'Laptop/1.0 (test)', current: true, ...common },
    ]);
    const onPhone = await phone.get('/v1/me/sessions');
    expect(onPhone.body.items.map(({ current }: { current: boolean }) => current)).toEqual([true, false]);
  });

  it('are listed without those that are over', async () => {
    const member = await app.as.member();
    const ended = await app.as.logIn(member.email);
    const expired = await app.as.logIn(member.email);
    await ended.post('/v1/auth/logout');
    await app.database.query('UPDATE sessions SET expires_at = 1 WHERE id = :id', {
      id: await idOf(expired),
    });
    const { body } = await member.get('/v1/me/sessions');
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual([await idOf(member)]);
  });

  it('come in pages', async () => {
    const member = await app.as.member();
    for (let times = 0; times < 4; times++) await app.as.logIn(member.email);
    const all = (await member.get('/v1/me/sessions')).body.items;
    expect(all).toHaveLength(5);

    const paged = [];
    for (let cursor = ''; ;) {
      const { status, body } = await member.get(`/v1/me/sessions?limit=2${cursor && `&cursor=${cursor}`}`);
      expect(status).toBe(200);
      expect(body.items.length).toBeLessThanOrEqual(2);
      paged.push(...body.items);
      if (body.nextCursor === null) break;
      cursor = body.nextCursor;
    }
    expect(paged).toEqual(all);
  });

  it('are never reached with another user’s cursor', async () => {
    const [member, stranger] = [await app.as.member(), await app.as.member()];
    await app.as.logIn(stranger.email);
    const { body } = await stranger.get('/v1/me/sessions?limit=1');
    const answer = await member.get(`/v1/me/sessions?cursor=${body.nextCursor}`);
    expect({ status: answer.status, code: answer.body.code }).toEqual({
      status: 400,
      code: 'invalid_cursor',
    });
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'limit=1&limit=2', 'cursor=x', 'userId=1'])(
    'are not listed for ?%s',
    async (query) => {
      const member = await app.as.member();
      expect((await member.get(`/v1/me/sessions?${query}`)).status).toBe(400);
    },
  );

  it('end one by one', async () => {
    const here = await app.as.member();
    const there = await app.as.logIn(here.email);
    const elsewhere = await app.as.logIn(here.email);
    const id = await idOf(there);
    const { status, text } = await expectOnly(app, ['session.ended'], () =>
      here.delete(`/v1/me/sessions/${id}`),
    );
    expect({ status, text }).toEqual({ status: 204, text: '' });
    expect(await isAlive(there)).toBe(false);
    expect(await isAlive(here)).toBe(true);
    expect(await isAlive(elsewhere)).toBe(true);
    expect(await auditOf(app, id)).toEqual(['login.succeeded', 'session.ended']);
    expect((await here.delete(`/v1/me/sessions/${id}`)).status).toBe(404);
    expect(await auditOf(app, id)).toEqual(['login.succeeded', 'session.ended']);
  });

  it('end with the current one too', async () => {
    const here = await app.as.member();
    const there = await app.as.logIn(here.email);
    expect((await here.delete(`/v1/me/sessions/${await idOf(here)}`)).status).toBe(204);
    expect(await isAlive(here)).toBe(false);
    expect(await isAlive(there)).toBe(true);
  });

  it('end all at once, the current one too, and no other user’s', async () => {
    const here = await app.as.member();
    const there = await app.as.logIn(here.email);
    const stranger = await app.as.member();
    const ended = await expectOnly(app, ['user.sessions_ended'], () => here.delete('/v1/me/sessions'));
    expect(ended.status).toBe(204);
    expect(await isAlive(here)).toBe(false);
    expect(await isAlive(there)).toBe(false);
    expect(await isAlive(stranger)).toBe(true);
    expect(await auditOf(app, here.id)).toEqual(['user.signed_up', 'user.sessions_ended']);
    expect(await isAlive(await app.as.logIn(here.email))).toBe(true);
  });

  it('are one’s own: another’s id is not found and nothing of theirs is harmed', async () => {
    const [member, victim, admin] = [await app.as.member(), await app.as.member(), await app.as.admin()];
    const id = await idOf(victim);
    for (const actor of [member, admin]) {
      const { status, body } = await expectOnly(app, [], () => actor.delete(`/v1/me/sessions/${id}`));
      expect({ status, code: body.code }).toEqual({ status: 404, code: 'not_found' });
    }
    expect((await rowsOfUser(app, victim.id))[0]!.revoked_at).toBeNull();
    expect(await auditOf(app, id)).toEqual([]);
    expect(await isAlive(victim)).toBe(true);
  });

  it.each(['no-uuid', '00000000-0000-0000-0000-000000000000', '%27%20OR%201=1--', 'x'.repeat(90)])(
    'are not found by the id %s',
    async (id) => {
      const member = await app.as.member();
      expect((await member.delete(`/v1/me/sessions/${id}`)).status).toBe(404);
      expect(await isAlive(member)).toBe(true);
    },
  );

  it.each(['%00', `a%00b`, '%zz'])('are not asked for by the id %s', async (id) => {
    const member = await app.as.member();
    expect((await member.delete(`/v1/me/sessions/${id}`)).status).toBe(400);
    expect(await isAlive(member)).toBe(true);
  });

  it('need account:read to be listed and account:write to end', async () => {
    const member = await app.as.member();
    const reader = await app.as.logIn(member.email, member.password, { scope: 'account:read' });
    const other = await app.as.logIn(member.email, member.password, { scope: 'resources:read' });
    expect((await reader.get('/v1/me/sessions')).status).toBe(200);
    expect((await reader.delete('/v1/me/sessions')).status).toBe(403);
    expect((await reader.delete(`/v1/me/sessions/${await idOf(member)}`)).status).toBe(403);
    expect((await other.get('/v1/me/sessions')).status).toBe(403);
    expect((await app.as.anonymous().get('/v1/me/sessions')).status).toBe(401);
    expect((await app.as.anonymous().delete('/v1/me/sessions')).status).toBe(401);
    expect(await isAlive(member)).toBe(true);
  });
});

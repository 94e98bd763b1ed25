import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { clock, DAY, HOUR, MINUTE, SECOND } from '../../support/clock.js';
import { expectProblem } from '../../support/problem.js';

const WRONG = 'a wrong passphrase';

describe('who waits', () => {
  let app: TestApp;
  let keeper: SignedIn;
  let sources = 0;

  beforeAll(async () => {
    app = await startApp({ env: { RATE_LIMIT: 'on', TRUST_PROXY: '1' } });
    keeper = await app.as.holderOf('limits:read', 'limits:write', 'users:read');
  });
  afterAll(() => app.close());
  beforeEach(() => clock.stop());
  afterEach(() => clock.release());

  const from = (ip = `198.51.100.${++sources % 250}`) => ({ 'x-forwarded-for': ip });
  const logIn = (email: string, password: string, ip?: string) =>
    app.as.anonymous().post('/v1/auth/login', { email, password }, from(ip));
  const list = async (query = '') => {
    const { status, body } = await keeper.get(`/v1/limits/waiting${query}`);
    expect(status).toBe(200);
    return body.items as { id: string; email: string | null; limit: string; until: string }[];
  };
  /** Five guesses, and the first that is refused. */
  const lockOut = async (email: string) => {
    for (let time = 0; time < 5; time++) expect((await logIn(email, WRONG)).status).toBe(401);
    expect((await logIn(email, PASSWORD)).status).toBe(429);
  };
  /** Asks until there are so many; `expect.poll` would move the clock that stands still. */
  const listed = async (read: () => Promise<unknown[]>, count: number) => {
    for (let time = 0; time < 500 && (await read()).length !== count; time++);
    expect(await read()).toHaveLength(count);
  };
  const waitOf = async (user: { id: string }) => {
    await listed(() => list(`?user=${user.id}`), 1);
    return (await list(`?user=${user.id}`))[0]!;
  };

  it('is named, with why, since when and until when, and nobody else is', async () => {
    const member = await app.as.member();
    const other = await app.as.member();
    await lockOut(member.email);
    expect(await waitOf(member)).toEqual({
      id: expect.any(String),
      limit: 'login_account',
      userId: member.id,
      email: member.email,
      source: null,
      since: new Date().toISOString(),
      until: new Date(Date.now() + SECOND).toISOString(),
      count: 5,
    });
    expect(await list(`?user=${other.id}`)).toEqual([]);
    clock.forward(SECOND);
    expect(await list(`?user=${member.id}`)).toEqual([]);
  });

  it('is let go on at once, which is audited, and cannot be done twice', async () => {
    const member = await app.as.member();
    await lockOut(member.email);
    const { id } = await waitOf(member);
    expect((await keeper.delete(`/v1/limits/waiting/${id}`)).status).toBe(204);
    expect(await list(`?user=${member.id}`)).toEqual([]);
    expect((await logIn(member.email, PASSWORD)).status).toBe(200);
    expectProblem(await keeper.delete(`/v1/limits/waiting/${id}`), 404, 'not_found');
    const released = await app.database.query(
      `SELECT actor_id AS by, target_id AS of, detail FROM audit_events WHERE action = 'limit.released'`,
    );
    expect(released).toEqual([{ by: keeper.id, of: member.id, detail: '{"limit":"login_account"}' }]);
  });

  it('has waits of the past in it no more, and the newest once', async () => {
    const member = await app.as.member();
    await lockOut(member.email);
    await waitOf(member);
    clock.forward(SECOND);
    expect((await logIn(member.email, WRONG)).status).toBe(401);
    expect((await logIn(member.email, WRONG)).status).toBe(429);
    const wait = await waitOf(member);
    expect(wait).toMatchObject({ count: 6, until: new Date(Date.now() + 2 * SECOND).toISOString() });
  });

  it('waits for a day after 80 failures', async () => {
    const member = await app.as.member();
    await lockOut(member.email);
    await waitOf(member);
    await app.database.query('UPDATE failed_attempts SET failures = 80, retry_at = 0');
    expect(await waitOf(member)).toMatchObject({ until: new Date(Date.now() + DAY).toISOString() });
    await app.database.query('DELETE FROM failed_attempts');
  });

  it('may be an address without an account, which is not said', async () => {
    await lockOut('nobody@example.com');
    await listed(async () => (await list()).filter(({ email }) => email === null), 1);
    const [wait] = (await list()).filter(({ email }) => email === null);
    expect(wait).toMatchObject({ limit: 'login_account', userId: null, source: null });
    expect(JSON.stringify(wait)).not.toContain('nobody');
    expect((await keeper.delete(`/v1/limits/waiting/${wait!.id}`)).status).toBe(204);
    expect((await logIn('nobody@example.com', WRONG)).status).toBe(401);
  });

  it('may be a source, for as long as its window lasts', async () => {
    const source = '203.0.113.7';
    const reset = () =>
      app.as
        .anonymous()
        .post('/v1/auth/password/reset', { email: `x${++sources}@example.com` }, from(source));
    for (let time = 0; time < 30; time++) await reset();
    expect((await reset()).status).toBe(429);
    const ofSource = async () => (await list()).filter(({ limit }) => limit === 'password_reset');
    await listed(ofSource, 1);
    const [wait] = await ofSource();
    expect(wait).toMatchObject({ source, userId: null, count: 31 });
    expect(Date.parse(wait!.until) - Date.now()).toBeGreaterThan(HOUR - MINUTE);
    expect((await keeper.delete(`/v1/limits/waiting/${wait!.id}`)).status).toBe(204);
    expect(await ofSource()).toEqual([]);
    expect((await reset()).status).not.toBe(429);
  });

  it('is paged', async () => {
    for (const email of ['a@example.net', 'b@example.net', 'c@example.net']) await lockOut(email);
    await listed(list, 3);
    const { body: first } = await keeper.get('/v1/limits/waiting?limit=2');
    const { body: second } = await keeper.get(`/v1/limits/waiting?limit=2&cursor=${first.nextCursor}`);
    const ids = [...first.items, ...second.items].map(({ id }: { id: string }) => id);
    expect([first.items.length, second.items.length, second.nextCursor]).toEqual([2, 1, null]);
    expect(ids).toEqual((await list()).map(({ id }) => id));
  });

  it('is nobody else’s business, and no event of another kind is a wait', async () => {
    const reader = await app.as.holderOf('limits:read', 'users:read');
    const other = await app.as.holderOf('users:read', 'limits:write');
    expectProblem(await other.get('/v1/limits/waiting'), 403, 'insufficient_scope');
    expectProblem(await reader.delete('/v1/limits/waiting/x'), 403, 'insufficient_scope');
    const [event] = await app.database.query<{ id: string }>(
      `SELECT id FROM audit_events WHERE action = 'login.failed'`,
    );
    for (const id of [event!.id, 'x', '%'])
      expectProblem(await keeper.delete(`/v1/limits/waiting/${encodeURIComponent(id)}`), 404, 'not_found');
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeKey, writeUses, type TestKey } from '../../support/api-keys.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { Answer, SignedIn } from '../../support/client.js';
import { clock, DAY, HOUR, MINUTE, SECOND } from '../../support/clock.js';
import { expectProblem } from '../../support/problem.js';
import { auditOf, works } from '../../support/sessions.js';
import { jwksOf, lookAgain } from '../../support/signing-keys.js';
import { statementsDuring } from '../../support/statements.js';

let app: TestApp;
let admin: SignedIn;

beforeAll(async () => {
  app = await startApp({ env: { TRUST_PROXY: '1' } });
  admin = await app.as.admin();
});
afterEach(() => clock.release());
afterAll(() => app.close());

const scopesOf = async (key: TestKey) => (await key.get('/v1/auth/whoami')).body.scopes;
const row = async (id: string) =>
  (await app.database.query('SELECT * FROM api_keys WHERE id = :id', { id }))[0];
const expectDead = async (key: TestKey) =>
  expectProblem(await key.get('/v1/auth/whoami'), 401, 'invalid_token');
/** Refusals are recorded after the answer. */
const refusalsOf = async (id: string) => {
  const { body } = await admin.get('/v1/audit-events?action=api_key.refused&limit=100');
  return body.items.filter((event: any) => event.target.id === id);
};

describe('what an API key may do', () => {
  it('costs no statement, once it is known', async () => {
    const member = await app.as.member();
    const key = await makeKey(app, member, {
      rateLimit: { requests: 1000, per: '1m' },
      allowedIps: ['127.0.0.0/8'],
    });
    await key.get('/v1/auth/whoami');
    expect(await statementsDuring(app, () => key.get('/v1/auth/whoami'))).toEqual([]);
    // Another user's rights change, which is no concern of it.
    const other = await app.as.member();
    await admin.put(`/v1/users/${other.id}/roles`, { roles: [] });
    expect(await statementsDuring(app, () => key.get('/v1/auth/whoami'))).toEqual([]);
  });

  it('is read once, however many ask at first', async () => {
    const key = await makeKey(app, await app.as.member());
    const statements = await statementsDuring(app, () =>
      Promise.all(Array.from({ length: 10 }, () => key.get('/v1/auth/whoami'))),
    );
    // The first of three rounds reads; the fewest are counted.
    expect(statements.length).toBeLessThanOrEqual(1);
  });

  it('shrinks and grows with its owner’s roles, within what it was given', async () => {
    const holder = await app.as.holderOf('users:read', 'audit:read', 'account:read', 'account:write');
    const key = await makeKey(app, holder, { scopes: ['users:read', 'account:read'] });
    expect(await scopesOf(key)).toEqual(['account:read', 'users:read']);

    await admin.put(`/v1/users/${holder.id}/roles`, { roles: ['user'] });
    expect(await works(app, holder.tokens.access_token), 'a session of before is dead').toBe(false);
    expect(await scopesOf(key), 'the key lives, with less').toEqual(['account:read']);
    expectProblem(await key.get('/v1/users'), 403, 'insufficient_scope');

    await admin.put(`/v1/users/${holder.id}/roles`, { roles: ['admin'] });
    expect(await scopesOf(key), 'never more than it was given').toEqual(['account:read', 'users:read']);
    expectProblem(await key.get('/v1/audit-events'), 403, 'insufficient_scope');
    await admin.put(`/v1/users/${holder.id}/roles`, { roles: [] });
    expect(await scopesOf(key)).toEqual([]);
    expectProblem(await key.get('/v1/me'), 403, 'insufficient_scope');
  });

  it('follows the scopes of a role', async () => {
    const holder = await app.as.holderOf('users:read', 'account:write');
    const key = await makeKey(app, holder, { scopes: ['users:read'] });
    expect((await key.get('/v1/users')).status).toBe(200);
    const [role] = (await admin.get(`/v1/users/${holder.id}`)).body.roles;
    await admin.patch(`/v1/roles/${role}`, { scopes: ['account:write'] });
    expectProblem(await key.get('/v1/users'), 403, 'insufficient_scope');
    await admin.patch(`/v1/roles/${role}`, { scopes: ['users:read'] });
    expect((await key.get('/v1/users')).status).toBe(200);
  });
});

describe('an API key dies', () => {
  it('with its disabled owner, for good', async () => {
    const member = await app.as.member();
    const key = await makeKey(app, member);
    const unused = await makeKey(app, member);
    expect((await key.get('/v1/auth/whoami')).status).toBe(200);
    await admin.patch(`/v1/users/${member.id}`, { status: 'disabled' });
    await expectDead(key);
    await admin.patch(`/v1/users/${member.id}`, { status: 'active' });
    for (const each of [key, unused]) await expectDead(each);
    const again = await app.as.logIn(member.email);
    expect((await again.get('/v1/api-keys')).body.items).toMatchObject([
      { id: key.id, revokedAt: expect.any(String) },
      { id: unused.id, revokedAt: expect.any(String) },
    ]);
  });

  it('with its deleted owner, and is no key of who takes the address after them', async () => {
    const member = await app.as.member('reborn@example.com');
    const key = await makeKey(app, member);
    expect((await key.get('/v1/auth/whoami')).status).toBe(200);
    await admin.delete(`/v1/users/${member.id}`);
    await expectDead(key);
    const reborn = await app.as.member('reborn@example.com');
    await expectDead(key);
    expect((await reborn.get('/v1/api-keys')).body.items).toEqual([]);
    const { body } = await admin.post('/v1/tokens/introspect', { token: key.key });
    expect(body).toEqual({ active: false });
  });

  it('is made by no one who is being disabled', async () => {
    const member = await app.as.member();
    const [made] = await Promise.all([
      Promise.all(
        Array.from({ length: 5 }, () => member.post('/v1/api-keys', { name: 'x', scopes: ['account:read'] })),
      ),
      admin.patch(`/v1/users/${member.id}`, { status: 'disabled' }),
    ]);
    await admin.patch(`/v1/users/${member.id}`, { status: 'active' });
    const keys = made.filter(({ status }) => status === 201).map(({ body }) => body.key as string);
    for (const key of keys) expect(await works(app, key)).toBe(false);
    const sql = 'SELECT id FROM api_keys WHERE owner_id = :id AND revoked_at IS NULL';
    expect(await app.database.query(sql, { id: member.id })).toEqual([]);
  });

  it('with the signing key that is deleted, and not with one that is rotated', async () => {
    clock.stop();
    await app.database.run({ sql: 'DELETE FROM api_keys', params: {} });
    const member = await app.as.member();
    const key = await makeKey(app, member, { expiresIn: '30d' });
    const { kid } = key.made as { kid: string };
    const rotated = await admin.post('/v1/keys/rotate', { force: true });
    expect(rotated.body.items.find((each: any) => each.kid === kid)).toMatchObject({
      stage: 'previous',
      neededUntil: key.made['expiresAt'],
    });
    clock.forward(20 * DAY);
    await lookAgain(app);
    expect(
      (await jwksOf(app)).map((each) => each.kid),
      'still published',
    ).toContain(kid);
    expect((await key.get('/v1/auth/whoami')).status).toBe(200);

    const other = await makeKey(app, await app.as.member());
    const fresh = await app.as.logIn(admin.email, admin.password);
    expect((await fresh.delete(`/v1/keys/${kid}`)).status).toBe(204);
    await expectDead(key);
    expect(await row(key.id)).toMatchObject({ revoked_at: expect.anything() });
    expect((await other.get('/v1/auth/whoami')).status, 'another signing key').toBe(200);
    clock.forward(HOUR);
    await expectDead(key);
    // What the admin had was signed by that key, too.
    clock.release();
    app.as.forgetAdmin();
    admin = await app.as.admin();
  });

  it('after which its signing key is no longer published', async () => {
    clock.stop();
    const key = await makeKey(app, await app.as.member());
    const { kid } = key.made as { kid: string };
    await admin.post('/v1/keys/rotate', { force: true });
    clock.forward(HOUR);
    await lookAgain(app);
    expect((await jwksOf(app)).map((each) => each.kid)).toContain(kid);
    await app.database.run({ sql: 'UPDATE api_keys SET revoked_at = 1 WHERE kid = :kid', params: { kid } });
    await lookAgain(app);
    expect((await jwksOf(app)).map((each) => each.kid)).not.toContain(kid);
  });
});

describe('allowedIps', () => {
  const from = (key: TestKey, ip: string): Promise<Answer> =>
    key.get('/v1/auth/whoami', { 'x-forwarded-for': ip });

  it('takes requests from those addresses alone, IPv4 and IPv6', async () => {
    const allowedIps = ['203.0.113.7', '10.0.0.0/8', '2001:db8::/32', '::1'];
    const key = await makeKey(app, await app.as.member(), { allowedIps });
    for (const ip of ['203.0.113.7', '10.255.0.1', '2001:db8:1::1', '::1', '::ffff:10.1.2.3', '2001:DB8::1'])
      expect((await from(key, ip)).status, ip).toBe(200);
    for (const ip of [
      '203.0.113.8',
      '11.0.0.1',
      '2001:db9::1',
      '::2',
      '::ffff:11.0.0.1',
      'unknown',
      '10.0.0.1.evil',
    ])
      expectProblem(await from(key, ip), 403, 'address_not_allowed');
    expect((await from(key, '10.0.0.1')).status).toBe(200);
  });

  it('changes at once', async () => {
    const member = await app.as.member();
    const key = await makeKey(app, member, { allowedIps: ['192.0.2.1'] });
    expectProblem(await from(key, '192.0.2.2'), 403, 'address_not_allowed');
    await member.patch(`/v1/api-keys/${key.id}`, { allowedIps: ['192.0.2.0/30'] });
    expect((await from(key, '192.0.2.2')).status).toBe(200);
    await member.patch(`/v1/api-keys/${key.id}`, { allowedIps: null });
    expect((await from(key, '198.51.100.1')).status).toBe(200);
  });
});

describe('rateLimit', () => {
  it('counts down, answers 429 until its window is over, and never goes below zero', async () => {
    clock.stop();
    const member = await app.as.member();
    const key = await makeKey(app, member, { rateLimit: { requests: 3, per: '1m' } });
    for (const left of [2, 1, 0]) {
      const { status, headers } = await key.get('/v1/auth/whoami');
      expect(status).toBe(200);
      expect(headers.get('ratelimit-policy')).toBe('"api-key";q=3;w=60');
      expect(headers.get('ratelimit')).toBe(`"api-key";r=${left};t=60`);
    }
    clock.forward(20 * SECOND);
    for (let times = 0; times < 3; times++) {
      const answer = await key.get('/v1/auth/whoami');
      expectProblem(answer, 429, 'too_many_requests');
      expect(answer.headers.get('retry-after')).toBe('40');
      expect(answer.headers.get('ratelimit')).toBe('"api-key";r=0;t=40');
    }
    // No other caller is held up, not even their owner.
    expect((await member.get('/v1/auth/whoami')).status).toBe(200);
    expect((await member.get('/v1/auth/whoami')).headers.get('ratelimit')).toBeNull();
    clock.forward(40 * SECOND);
    expect((await key.get('/v1/auth/whoami')).headers.get('ratelimit')).toBe('"api-key";r=2;t=60');
  });

  it('counts what is refused for a scope, and lets no parallel request through', async () => {
    const member = await app.as.member();
    const key = await makeKey(app, member, { rateLimit: { requests: 5, per: '1h' } });
    const answers = await Promise.all(Array.from({ length: 12 }, () => key.get('/v1/users')));
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(7);
    await member.patch(`/v1/api-keys/${key.id}`, { rateLimit: null });
    expect((await key.get('/v1/auth/whoami')).status).toBe(200);
  });
});

describe('use', () => {
  it('is written in one batch, with when, from where and how often', async () => {
    clock.stop();
    const member = await app.as.member();
    const [one, two] = [await makeKey(app, member), await makeKey(app, member)];
    for (let times = 0; times < 3; times++)
      await one.get('/v1/auth/whoami', { 'x-forwarded-for': '192.0.2.9' });
    await two.get('/v1/auth/whoami');
    expect((await member.get(`/v1/api-keys/${one.id}`)).body).toMatchObject({
      lastUsedAt: null,
      useCount: 0,
    });
    await writeUses(app);
    expect((await member.get(`/v1/api-keys/${one.id}`)).body).toMatchObject({
      lastUsedAt: new Date().toISOString(),
      lastUsedIp: '192.0.2.9',
      useCount: 3,
    });
    clock.forward(MINUTE);
    await one.get('/v1/auth/whoami');
    await writeUses(app);
    await writeUses(app);
    expect((await member.get(`/v1/api-keys/${one.id}`)).body).toMatchObject({
      lastUsedIp: '127.0.0.1',
      useCount: 4,
    });
    expect((await member.get(`/v1/api-keys/${two.id}`)).body.useCount).toBe(1);
  });

  it('that is refused is no use, and is in the audit trail once a minute, with the key’s id', async () => {
    const member = await app.as.member();
    const key = await makeKey(app, member, {
      rateLimit: { requests: 1, per: '1d' },
      allowedIps: ['127.0.0.1'],
    });
    await key.get('/v1/auth/whoami');
    for (let times = 0; times < 4; times++) {
      await key.get('/v1/auth/whoami');
      await key.get('/v1/auth/whoami', { 'x-forwarded-for': '192.0.2.9' });
    }
    await expect.poll(() => refusalsOf(key.id)).toHaveLength(2);
    await member.delete(`/v1/api-keys/${key.id}`);
    for (let times = 0; times < 4; times++) await key.get('/v1/auth/whoami');
    await writeUses(app);
    expect(await row(key.id)).toMatchObject({ last_used_ip: '127.0.0.1' });
    expect(Number(((await row(key.id)) as any).use_count)).toBe(1);
    await expect.poll(() => refusalsOf(key.id)).toHaveLength(3);
    const refusals = await refusalsOf(key.id);
    expect(refusals.map(({ detail }: any) => detail.reason)).toEqual(['limit', 'address', 'revoked']);
    expect(refusals[1]).toMatchObject({
      actor: { kind: 'api-key', id: member.id },
      detail: { method: 'GET', route: '/v1/auth/whoami', apiKeyId: key.id },
      ip: '192.0.2.9',
    });
    expect(await auditOf(app, key.id)).toEqual([
      'api_key.created',
      'api_key.refused',
      'api_key.refused',
      'api_key.revoked',
      'api_key.refused',
    ]);
  });

  it('that changes something names the key in the audit trail', async () => {
    const key = await makeKey(app, await app.as.member(), { scopes: ['account:write'] });
    expect((await key.patch('/v1/me', { name: 'By a script' })).status).toBe(200);
    const { body } = await admin.get(`/v1/audit-events?action=user.renamed&limit=100`);
    expect(body.items.at(-1)).toMatchObject({
      actor: { kind: 'api-key', id: body.items.at(-1).target.id },
      detail: { apiKeyId: key.id },
    });
  });
});

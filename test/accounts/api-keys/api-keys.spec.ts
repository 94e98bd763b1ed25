import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ApiKeyTokensService } from '../../../src/accounts/api-keys/api-key-tokens.service.js';
import { makeKey, asKey } from '../../support/api-keys.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { clock, DAY, HOUR, MINUTE, SECOND } from '../../support/clock.js';
import { makeDatabase } from '../../support/database.js';
import { GATEHOUSE_SECRET } from '../../support/process.js';
import { expectProblem } from '../../support/problem.js';
import { auditOf } from '../../support/sessions.js';
import { decoded, forged, secondSpelling } from '../../support/signing-keys.js';

const MAX_API_KEYS = 12;
const NAME = { name: 'x', scopes: ['account:read'] };

let app: TestApp;
let owner: SignedIn;
let stranger: SignedIn;
let admin: SignedIn;

beforeAll(async () => {
  app = await startApp({ env: { MAX_API_KEYS: String(MAX_API_KEYS) } });
  [owner, stranger, admin] = await Promise.all([app.as.member(), app.as.member(), app.as.admin()]);
});
afterEach(async () => {
  clock.release();
  await app.database.run({ sql: 'DELETE FROM api_keys', params: {} });
});
afterAll(() => app.close());

const rows = () => app.database.query<Record<string, unknown>>('SELECT * FROM api_keys ORDER BY id');

describe('POST /v1/api-keys', () => {
  it('makes a key that the guards accept, with the prefix and without', async () => {
    const key = await makeKey(app, owner, { name: 'Nightly', scopes: ['account:read', 'resources:read'] });
    expect(key.key).toMatch(/^ghk_eyJ/);
    const expected = {
      kind: 'api-key',
      id: owner.id,
      sessionId: null,
      keyId: key.id,
      roles: [],
      scopes: ['account:read', 'resources:read'],
      expiresAt: key.made['expiresAt'],
    };
    const whoami = await key.get('/v1/auth/whoami');
    expect(whoami.body).toEqual(expected);
    const bare = key.with({ authorization: `Bearer ${key.key.slice(4)}` });
    expect((await bare.get('/v1/auth/whoami')).body).toEqual(expected);
    expect((await key.get('/v1/me')).body.id).toBe(owner.id);
    expectProblem(await key.patch('/v1/me', { name: 'x' }), 403, 'insufficient_scope');
  });

  it('is a token of its own type, for 90 days, and says no more than it must', async () => {
    clock.stop();
    const { key, id, made } = await makeKey(app, owner);
    const { header, claims } = decoded(key.slice(4));
    const { body: keys } = await admin.get('/v1/keys');
    const { kid } = keys.items.find(({ stage }: { stage: string }) => stage === 'current');
    expect(header).toEqual({ typ: 'api-key+jwt', alg: 'ES256', kid });
    const iat = Math.floor(Date.now() / SECOND);
    expect(claims).toEqual({
      iss: 'http://localhost:3000',
      sub: owner.id,
      aud: 'http://localhost:3000',
      jti: id,
      client_id: 'gatehouse',
      scope: 'account:read',
      iat,
      exp: iat + (90 * DAY) / SECOND,
    });
    expect(made['expiresAt']).toBe(new Date(claims['exp'] * SECOND).toISOString());
  });

  it('shows the key this once, and keeps it nowhere', async () => {
    const { key, id } = await makeKey(app, owner);
    const signature = key.split('.')[2]!;
    const shown = [await owner.get('/v1/api-keys'), await owner.get(`/v1/api-keys/${id}`)];
    shown.push(await admin.get(`/v1/users/${owner.id}/api-keys`));
    for (const { status, text } of shown) {
      expect(status).toBe(200);
      expect(text).toContain(id);
      expect(text).not.toContain(signature);
    }
    const stored = [await rows(), await app.database.query('SELECT * FROM audit_events')];
    expect(JSON.stringify(stored)).not.toContain(signature);
    expect(app.log.join('')).not.toContain(signature);
  });

  it('is for another API, which alone takes it', async () => {
    const audience = 'https://orders.example.com';
    const key = await makeKey(app, owner, { audience });
    expectProblem(await key.get('/v1/auth/whoami'), 401, 'invalid_token');
    const introspector = await app.as.holderOf('tokens:introspect');
    const { body } = await introspector.post('/v1/tokens/introspect', { token: key.key });
    expect(body).toMatchObject({ active: true, aud: audience, sub: owner.id, jti: key.id });
  });

  it('are as long as a token may be at most', () => {
    const issue = (length: number) =>
      app.nest.get(ApiKeyTokensService).issue({
        id: randomUUID(),
        ownerId: randomUUID(),
        audience: 'https://a.example',
        scopes: Array.from({ length: 100 }, () => 'x'.repeat(length)),
        issuedAt: new Date(),
        expiresAt: new Date(),
      });
    expect(issue(50).key.length).toBeLessThan(8_192);
    expect(() => issue(60)).toThrow('The scopes make the key too long');
  });

  it.each([
    [{ userId: 'x' }],
    [{ owner: 'x' }],
    [{ ownerId: 'x' }],
    [{ kid: 'x' }],
    [{ id: 'x' }],
    [{ name: undefined }],
    [{ name: '' }],
    [{ name: 'x'.repeat(101) }],
    [{ name: 'a\nb' }],
    [{ name: null }],
    [{ scopes: undefined }],
    [{ scopes: [] }],
    [{ scopes: 'account:read' }],
    [{ scopes: [1] }],
    [{ scopes: ['account:read', 'account:read'] }],
    [{ scopes: Array.from({ length: 101 }, (_, position) => `a:${position}`) }],
    [{ expiresIn: null }],
    [{ expiresIn: '' }],
    [{ expiresIn: '-1d' }],
    [{ expiresIn: '0' }],
    [{ expiresIn: '59s' }],
    [{ expiresIn: '366d' }],
    [{ expiresIn: '36500d' }],
    [{ expiresIn: '100y' }],
    [{ expiresIn: 86_400 }],
    [{ expiresIn: 'never' }],
    [{ audience: 'orders' }],
    [{ audience: null }],
    [{ audience: 'https://a.example/#x' }],
    [{ audience: ['https://a.example'] }],
    [{ allowedIps: [] }],
    [{ allowedIps: ['10.0.0.0/33'] }],
    [{ allowedIps: ['10.0.0/8'] }],
    [{ allowedIps: ['fe80::1%eth0'] }],
    [{ allowedIps: ['::ffff:10.0.0.1'] }],
    [{ allowedIps: ['::/129'] }],
    [{ allowedIps: ['0x7f000001'] }],
    [{ allowedIps: '10.0.0.1' }],
    [{ allowedIps: ['10.0.0.1', 7] }],
    [{ rateLimit: { requests: 0, per: '1m' } }],
    [{ rateLimit: { requests: 1.5, per: '1m' } }],
    [{ rateLimit: { requests: 10 } }],
    [{ rateLimit: { requests: 10, per: '2d' } }],
    [{ rateLimit: { requests: 10, per: 60 } }],
    [{ rateLimit: 10 }],
  ])('refuses %j, and keeps nothing', async (more) => {
    const answer = await owner.post('/v1/api-keys', { ...NAME, ...more });
    expectProblem(answer, 400, 'validation_failed');
    expect(await rows()).toEqual([]);
  });

  it.each([[['users:read']], [['account:read', 'keys:write']], [['*']], [['no:such']]])(
    'refuses the scopes %j, which are beyond the owner’s',
    async (scopes) => {
      const answer = await owner.post('/v1/api-keys', { ...NAME, scopes });
      expectProblem(answer, 403, 'privilege_escalation');
      expect(await rows()).toEqual([]);
    },
  );

  it('gives no more than the session has that makes it', async () => {
    const narrow = await app.as.logIn(owner.email, owner.password, { scope: 'account:read account:write' });
    const answer = await narrow.post('/v1/api-keys', { ...NAME, scopes: ['resources:read'] });
    expectProblem(answer, 403, 'privilege_escalation');
    const { id } = await makeKey(app, owner, { scopes: ['resources:read'] });
    expectProblem(await narrow.post(`/v1/api-keys/${id}/rotate`), 403, 'privilege_escalation');
    expect(await rows()).toHaveLength(1);
  });

  it('makes as many as MAX_API_KEYS and no more, however many ask at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: MAX_API_KEYS + 8 }, () => owner.post('/v1/api-keys', NAME)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(MAX_API_KEYS);
    const [refused, ...others] = answers.filter(({ status }) => status !== 201);
    expect(others).toHaveLength(7);
    expectProblem(refused!, 409, 'too_many_api_keys');
    expect(await rows()).toHaveLength(MAX_API_KEYS);
    // Those of others do not count, and one that is gone makes room.
    await makeKey(app, stranger);
    const [first] = await rows();
    expect((await owner.delete(`/v1/api-keys/${String(first!['id'])}`)).status).toBe(204);
    await makeKey(app, owner);
  });
});

describe('an API key', () => {
  it('of another user is not found', async () => {
    const { id, get } = await makeKey(app, owner);
    const path = `/v1/api-keys/${id}`;
    for (const answer of [
      await stranger.get(path),
      await stranger.patch(path, { name: 'mine' }),
      await stranger.delete(path),
      await stranger.post(`${path}/rotate`),
    ])
      expectProblem(answer, 404, 'not_found');
    expect((await stranger.get('/v1/api-keys')).body.items).toEqual([]);
    for (const answer of [
      await owner.get(`/v1/users/${owner.id}/api-keys`),
      await owner.delete(`/v1/users/${owner.id}/api-keys/${id}`),
    ])
      expectProblem(answer, 403, 'insufficient_scope');
    expect((await get('/v1/auth/whoami')).status).toBe(200);
    expect(await rows()).toMatchObject([{ name: 'of a test', revoked_at: null }]);
  });

  it('is renamed, and goes on', async () => {
    const key = await makeKey(app, owner);
    const { status, body } = await owner.patch(`/v1/api-keys/${key.id}`, { name: 'another' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: key.id, name: 'another', allowedIps: null, scopes: ['account:read'] });
    expect((await key.get('/v1/auth/whoami')).status).toBe(200);
    const { body: events } = await admin.get('/v1/audit-events?action=api_key.changed');
    const changes = events.items.filter(({ target }: any) => target.id === key.id);
    expect(changes).toMatchObject([{ detail: { changed: ['name'] } }]);
    const more = await owner.patch(`/v1/api-keys/${key.id}`, { scopes: ['account:write'] });
    expectProblem(more, 400, 'validation_failed');
  });

  it('is dead at once when it is revoked, by its owner or an admin', async () => {
    for (const revoke of [
      (id: string) => owner.delete(`/v1/api-keys/${id}`),
      (id: string) => admin.delete(`/v1/users/${owner.id}/api-keys/${id}`),
      // RFC 7009: the user who has it may end it.
      (_: string, key: string) => owner.post('/v1/tokens/revoke', { token: key }),
    ]) {
      const key = await makeKey(app, owner);
      expect((await key.get('/v1/auth/whoami')).status).toBe(200);
      expect((await revoke(key.id, key.key)).status).toBeLessThan(205);
      expectProblem(await key.get('/v1/auth/whoami'), 401, 'invalid_token');
      expectProblem(await owner.delete(`/v1/api-keys/${key.id}`), 404, 'not_found');
      // The refusal is recorded after the answer.
      await expect
        .poll(() => auditOf(app, key.id))
        .toEqual(['api_key.created', 'api_key.revoked', 'api_key.refused']);
    }
  });

  it('is left alone by the revocation of a user who only has it', async () => {
    const key = await makeKey(app, owner);
    expect((await stranger.post('/v1/tokens/revoke', { token: key.key })).status).toBe(200);
    expect((await key.get('/v1/auth/whoami')).status).toBe(200);
  });

  it('dies on time', async () => {
    clock.stop();
    const key = await makeKey(app, owner, { expiresIn: '1h' });
    clock.forward(HOUR - 2 * SECOND);
    expect((await key.get('/v1/auth/whoami')).status).toBe(200);
    clock.forward(3 * SECOND);
    expectProblem(await key.get('/v1/auth/whoami'), 401, 'invalid_token');
    const fresh = key.with({ authorization: `Bearer ${key.key.slice(4)}` });
    expectProblem(await fresh.get('/v1/auth/whoami'), 401, 'invalid_token');
  });

  it('is nothing when it is cut short, changed or signed with other claims', async () => {
    const { key } = await makeKey(app, owner);
    const whole = key.slice(4);
    const elsewhere = await makeKey(app, stranger);
    const keys = [
      ...[1, 10, 40, 100].map((cut) => whole.slice(0, -cut)),
      `ghk_${key}`,
      `GHK_${whole}`,
      `${key}=`,
      `${key}.`,
      `ghk_`,
      [...whole.split('.').slice(0, 2), elsewhere.key.split('.')[2]].join('.'),
      // Signed by us, but for a key that is not there, is another's, or lives for ever.
      forged(app, whole, { claims: { jti: '01890a5d-ac96-774b-bcce-b302099a8057' } }),
      forged(app, whole, { claims: { sub: stranger.id } }),
      forged(app, whole, { claims: { exp: undefined } }),
      forged(app, whole, { claims: { iss: 'https://elsewhere.example' } }),
      forged(app, whole, { claims: { iat: 9_999_999_999 } }),
      forged(app, whole, { header: { crit: ['x'], x: 1 } }),
      forged(app, whole, { header: { typ: 'JWT' } }),
    ];
    for (const each of keys) {
      const client = app.as.anonymous().with({ authorization: `Bearer ${each}` });
      expectProblem(await client.get('/v1/auth/whoami'), 401, 'invalid_token');
    }
    // A scope that was written into it gives nothing: the record decides.
    const more = forged(app, whole, { claims: { scope: 'account:read account:write users:read' } });
    const client = app.as.anonymous().with({ authorization: `Bearer ${more}` });
    expect((await client.get('/v1/auth/whoami')).body.scopes).toEqual(['account:read']);
  });

  it('in the URL is refused, and not in the log', async () => {
    const { key } = await makeKey(app, owner);
    for (const name of ['access_token', 'api_key', 'apikey']) {
      const answer = await app.as.anonymous().get(`/v1/auth/whoami?${name}=${key}`);
      expectProblem(answer, 400, 'invalid_request');
      expect((await app.as.anonymous().get(`/nowhere?${name}=${key}`)).status).toBe(404);
    }
    expect(app.log.join('')).not.toContain(key.slice(10, 60));
  });

  it('cannot make, read, change, rotate or revoke keys, nor change passwords or roles, no matter which scopes it has', async () => {
    const { body } = await admin.get('/v1/scopes?limit=100');
    const scopes = body.items.map(({ name }: { name: string }) => name);
    const key = await makeKey(app, admin, { scopes });
    expect((await key.get('/v1/auth/whoami')).body.scopes).toEqual(scopes);
    const own = `/v1/api-keys/${key.id}`;
    const others = `/v1/users/${owner.id}/api-keys`;
    const before = await rows();
    for (const [method, path, sent] of [
      ['GET', '/v1/api-keys'],
      ['POST', '/v1/api-keys', NAME],
      ['GET', own],
      ['PATCH', own, { name: 'x' }],
      ['POST', `${own}/rotate`],
      ['DELETE', own],
      ['GET', others],
      ['POST', others, NAME],
      ['DELETE', `${others}/${key.id}`],
      ['POST', '/v1/me/password', { currentPassword: admin.password, newPassword: 'another long one' }],
      ['POST', '/v1/me/email', { email: 'x@example.com', currentPassword: admin.password }],
      ['DELETE', '/v1/me', { currentPassword: admin.password }],
      ['GET', '/v1/me/export'],
      ['PUT', `/v1/users/${owner.id}/roles`, { roles: ['admin'] }],
      ['POST', '/v1/service-accounts', { name: 'x' }],
      ['DELETE', '/v1/me/sessions'],
      ['POST', '/v1/roles', { name: 'more' }],
      ['PATCH', '/v1/roles/user', { scopes: [] }],
      ['DELETE', '/v1/roles/user'],
      ['POST', '/v1/keys/rotate', { force: true }],
      ['DELETE', `/v1/keys/${before[0]!['kid']}`],
    ] as const) {
      expectProblem(await key.send(method, path, sent), 403, 'session_required');
    }
    expect(await rows()).toEqual(before);
    expect((await key.get('/v1/users')).status).toBe(200);
  });
});

describe('POST /v1/api-keys/:id/rotate', () => {
  it('makes a successor that may do the same; both work for the overlap, then the old one dies', async () => {
    clock.stop();
    const old = await makeKey(app, owner, { allowedIps: ['127.0.0.1'], expiresIn: '30d' });
    clock.forward(DAY);
    const stale = await owner.refreshed();
    for (const [method, path, sent] of [
      ['POST', '/v1/api-keys', NAME],
      ['PATCH', `/v1/api-keys/${old.id}`, { allowedIps: null }],
      ['POST', `/v1/api-keys/${old.id}/rotate`],
    ] as const)
      expectProblem(await stale.send(method, path, sent), 401, 'insufficient_user_authentication');
    const session = await app.as.logIn(owner.email);
    const { status, body } = await session.post(`/v1/api-keys/${old.id}/rotate`, { overlap: '10m' });
    expect(status).toBe(201);
    const next = asKey(app, body);
    expect(body).toMatchObject({ name: 'of a test', scopes: ['account:read'], allowedIps: ['127.0.0.1'] });
    expect(Date.parse(body.expiresAt) - Date.parse(body.createdAt)).toBe(30 * DAY);
    expect((await session.get(`/v1/api-keys/${old.id}`)).body.replacedBy).toBe(next.id);
    for (const key of [old, next]) expect((await key.get('/v1/auth/whoami')).status).toBe(200);
    clock.forward(10 * MINUTE + SECOND);
    expectProblem(await old.get('/v1/auth/whoami'), 401, 'invalid_token');
    expect((await next.get('/v1/auth/whoami')).status).toBe(200);
    owner = session;
  });

  it('never makes the old one live longer, and ends it at once without an overlap', async () => {
    const short = await makeKey(app, owner, { expiresIn: '1h' });
    await owner.post(`/v1/api-keys/${short.id}/rotate`, { overlap: '30d' });
    expect((await owner.get(`/v1/api-keys/${short.id}`)).body.expiresAt).toBe(short.made['expiresAt']);
    const old = await makeKey(app, owner);
    expect((await old.get('/v1/auth/whoami')).status).toBe(200);
    expect((await owner.post(`/v1/api-keys/${old.id}/rotate`, { overlap: '0s' })).status).toBe(201);
    expectProblem(await old.get('/v1/auth/whoami'), 401, 'invalid_token');
    for (const overlap of ['31d', '-1s', null, 5])
      expectProblem(await owner.post(`/v1/api-keys/${old.id}/rotate`, { overlap }), 400, 'validation_failed');
  });

  it('makes one successor, however many ask at once', async () => {
    const old = await makeKey(app, owner);
    const rotate = () => owner.post(`/v1/api-keys/${old.id}/rotate`);
    const answers = await Promise.all(Array.from({ length: 8 }, rotate));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 201))
      expectProblem(answer, 409, 'already_rotated');
    expectProblem(await rotate(), 409, 'already_rotated');
    expect(await rows()).toHaveLength(2);
  });

  it('does not bring back a key that was revoked', async () => {
    const { id } = await makeKey(app, owner);
    await owner.delete(`/v1/api-keys/${id}`);
    expectProblem(await owner.post(`/v1/api-keys/${id}/rotate`), 409, 'already_rotated');
    expectProblem(await owner.patch(`/v1/api-keys/${id}`, { name: 'x' }), 404, 'not_found');
  });

  it('does not go beyond MAX_API_KEYS, and leaves the old one as it was', async () => {
    const keys = await Promise.all(Array.from({ length: MAX_API_KEYS }, () => makeKey(app, owner)));
    const { id } = keys[0]!;
    expectProblem(await owner.post(`/v1/api-keys/${id}/rotate`), 409, 'too_many_api_keys');
    expect((await owner.get(`/v1/api-keys/${id}`)).body).toMatchObject({
      replacedBy: null,
      expiresAt: keys[0]!.made['expiresAt'],
    });
    expect((await owner.post(`/v1/api-keys/${id}/rotate`, { overlap: '0s' })).status).toBe(201);
  });
});

describe('an API key on another server', () => {
  it('has one spelling, unless an older signing key has made it, of which either is in use', async () => {
    const database = await makeDatabase({ isShared: true });
    const start = () => startApp({ env: { DATABASE_URL: database.url, GATEHOUSE_SECRET } });
    let other = await start();
    try {
      const { key } = await makeKey(other, await other.as.admin());
      const statusOf = async (token: string) =>
        (await other.as.anonymous().get('/v1/auth/whoami', { authorization: `Bearer ${token}` })).status;
      expect([await statusOf(key), await statusOf(secondSpelling(key))]).toEqual([200, 401]);
      // As the migration leaves the keys that it finds.
      await other.database.run({ sql: "UPDATE signing_keys SET signatures = 'any'", params: {} });
      await other.close();
      other = await start();
      expect([await statusOf(key), await statusOf(secondSpelling(key))]).toEqual([200, 200]);
      const { access_token: token } = (await other.as.admin()).tokens;
      expect([await statusOf(token), await statusOf(secondSpelling(token))]).toEqual([200, 401]);
    } finally {
      await other.close();
      await database.drop();
    }
  });
});

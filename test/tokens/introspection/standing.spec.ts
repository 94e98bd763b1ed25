import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeKey } from '../../support/api-keys.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { Answer, Client, SignedIn } from '../../support/client.js';
import { clock } from '../../support/clock.js';
import { expectProblem } from '../../support/problem.js';
import { decoded, forged } from '../../support/signing-keys.js';

describe('POST /v1/tokens/inspect says what the server knows', () => {
  let app: TestApp;
  let inspector: SignedIn;

  beforeAll(async () => {
    app = await startApp();
    inspector = await app.as.holderOf('tokens:introspect');
  });
  afterEach(() => clock.release());
  afterAll(() => app.close());

  const inspect = (token: string, client: Client = inspector): Promise<Answer> =>
    client.post('/v1/tokens/inspect', { token });

  it('which key signed it, and whether that still signs', async () => {
    const member = await app.as.member();
    const { kid, alg } = decoded(member.tokens.access_token).header;
    expect((await inspect(member.tokens.access_token, member)).body.key).toEqual({
      kid,
      alg,
      stage: 'current',
    });
    await (await app.as.admin()).post('/v1/keys/rotate', { force: true });
    expect((await inspect(member.tokens.access_token, member)).body.key).toEqual({
      kid,
      alg,
      stage: 'previous',
    });
  });

  it('which session it belongs to, and when that ended', async () => {
    clock.stop();
    const member = await app.as.member();
    const { access_token: token, refresh_token: renewal } = member.tokens;
    const { sid: id } = decoded(token).claims;
    for (const each of [token, renewal]) {
      const { session } = (await inspect(each, member)).body;
      expect(session).toMatchObject({ id, current: true, endedAt: null });
      expect(Object.keys(session).toSorted()).toEqual([
        'createdAt',
        'current',
        'device',
        'endedAt',
        'expiresAt',
        'id',
        'ip',
        'lastUsedAt',
      ]);
    }
    expect((await inspect(token)).body.session).toMatchObject({ id, current: false });
    await member.post('/v1/auth/logout');
    const now = new Date().toISOString();
    for (const each of [token, renewal])
      expect((await inspect(each)).body.session).toMatchObject({ id, endedAt: now });
  });

  it('what its owner may do now, which may be less and more', async () => {
    const admin = await app.as.admin();
    const holder = await app.as.holderOf('users:read', 'audit:read');
    const [role] = decoded(holder.tokens.access_token).claims['roles'] as [string];
    const { token: same, now, lost, gained } = (await inspect(holder.tokens.access_token)).body.scopes;
    expect({ same: same.toSorted(), lost, gained }).toEqual({ same: now, lost: [], gained: [] });
    await admin.patch(`/v1/roles/${role}`, { scopes: ['users:read', 'roles:read'] });
    const { body } = await inspect(holder.tokens.access_token);
    expect(body).toMatchObject({ active: false, revokedBy: 'role' });
    expect(body.scopes).toMatchObject({ lost: ['audit:read'], gained: ['roles:read'] });
  });

  it('that the owner of a disabled account may do nothing', async () => {
    const member = await app.as.member();
    await (await app.as.admin()).patch(`/v1/users/${member.id}`, { status: 'disabled' });
    const { scopes } = (await inspect(member.tokens.access_token)).body;
    expect(scopes).toMatchObject({ now: [], lost: scopes.token });
  });

  it('the same of an API key, which has no session', async () => {
    const member = await app.as.member();
    const key = await makeKey(app, member, { scopes: ['account:read'] });
    const { body } = await inspect(key.key, member);
    expect(body).toMatchObject({ kind: 'api_key', active: true, session: null, key: { stage: 'current' } });
    expect(body.scopes).toMatchObject({ token: ['account:read'], lost: [] });
  });

  it('nothing of what no key of ours has signed', async () => {
    const member = await app.as.member();
    const [head, payload] = member.tokens.access_token.split('.');
    const { body } = await inspect(`${head}.${payload}.${'A'.repeat(86)}`, member);
    expect(body).toMatchObject({ active: false, key: null, session: null, scopes: null });
  });

  it('nothing of a session of another user, though a key of ours has signed it', async () => {
    const [member, other] = [await app.as.member(), await app.as.member()];
    const { sid } = decoded(other.tokens.access_token).claims;
    const token = forged(app, member.tokens.access_token, { claims: { sid } });
    expect((await inspect(token, member)).body.session).toBeNull();
  });

  it('nothing of other people’s tokens without tokens:introspect', async () => {
    const [member, stranger] = [await app.as.member(), await app.as.member()];
    for (const token of [member.tokens.access_token, member.tokens.refresh_token]) {
      const answer = await inspect(token, stranger);
      expectProblem(answer, 403, 'insufficient_scope');
      expect(answer.text).not.toContain(String(decoded(member.tokens.access_token).claims['sid']));
    }
  });

  it('and changes nothing', async () => {
    const member = await app.as.member();
    const rows = () => app.database.query('SELECT * FROM sessions ORDER BY id', {});
    const before = await rows();
    for (const token of [member.tokens.access_token, member.tokens.refresh_token])
      await inspect(token, member);
    expect(await rows()).toEqual(before);
  });
});

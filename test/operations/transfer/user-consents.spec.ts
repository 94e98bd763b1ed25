import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { parsedLines, sendLines } from '../../support/lines.js';
import { allowClient, ask, Browser, makeClient, targetOf, type TestClient } from '../../support/oauth.js';

const ORDERS = 'https://orders.example';

describe('what users have allowed applications', () => {
  let app: TestApp;
  let admin: SignedIn;
  let client: TestClient;
  let ada: Record<string, any>;
  let others: Record<string, any>[];

  beforeAll(async () => {
    app = await startApp();
    admin = await app.as.admin();
    client = await makeClient(app);
    const member = await app.as.member();
    await allowClient(app, member.id, client.id);
    await app.database.run({
      sql: `INSERT INTO oauth_grants (id, user_id, client_id, resource, scopes, created_at, updated_at)
        SELECT 'other', user_id, client_id, :resource, :scopes, 1, 1 FROM oauth_grants`,
      params: { resource: ORDERS, scopes: '["resources:read","orders:read"]' },
    });
    const lines = parsedLines(await admin.get('/v1/users/export'));
    ada = lines.find(({ id }) => id === member.id)!;
    others = lines.filter(({ id }) => id !== member.id);
  });
  afterAll(() => app.close());

  /** Imports this line with other members, and reads what the account may have allowed. */
  const imported = async (email: string, more: object = {}, query = '') => {
    const { body } = await sendLines(admin, `/v1/users/import${query}`, { ...ada, email, ...more });
    const rows = await app.database.query<{ resource: string; scopes: string }>(
      `SELECT g.resource, g.scopes FROM oauth_grants g JOIN users u ON u.id = g.user_id
       WHERE u.email = :email ORDER BY g.resource`,
      { email },
    );
    return {
      body,
      allowed: rows.map(({ resource, scopes }) => [resource, ...(JSON.parse(scopes) as string[])]),
    };
  };
  const OWN = 'http://localhost:3000';

  it('is in an export, by the ids that applications call themselves', () => {
    expect(ada['consents']).toEqual([
      { clientId: client.clientId, scopes: ['openid'] },
      { clientId: client.clientId, resource: ORDERS, scopes: ['resources:read', 'orders:read'] },
    ]);
    expect(others.length).toBeGreaterThan(0);
    for (const line of others) expect(line).not.toHaveProperty('consents');
  });

  it('goes along within what its roles give: its user is not asked again', async () => {
    const { body, allowed } = await imported('moved@example.com', { passwordHash: undefined });
    expect(body).toMatchObject({ created: 1, failed: 0 });
    expect(allowed).toEqual([
      [OWN, 'openid'],
      [ORDERS, 'resources:read'],
    ]);
    const [created] = await app.database.query<{ detail: string }>(
      `SELECT detail FROM audit_events WHERE action = 'user.created' ORDER BY id DESC LIMIT 1`,
    );
    expect(JSON.parse(created!.detail).consents).toHaveLength(2);
    const member = await app.as.member();
    const { id } = (
      await app.database.query<{ id: string }>(`SELECT id FROM users WHERE email = 'moved@example.com'`)
    )[0]!;
    await app.database.run({
      sql: 'UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE id = :from) WHERE id = :id',
      params: { from: member.id, id },
    });
    const browser = await Browser.of(app, await app.as.logIn('moved@example.com'));
    expect((await ask(browser, client)).back.has('code')).toBe(true);
    expect(targetOf((await ask(browser, client, { scope: 'openid email' })).answer)).toMatch(/^\/consent/);
  });

  it('is passed over for applications that are not known, and for an account that is disabled', async () => {
    const unknown = { consents: [{ clientId: 'another', scopes: ['openid'] }] };
    expect(await imported('unknown@example.com', unknown)).toMatchObject({
      body: { created: 1 },
      allowed: [],
    });
    const disabled = await imported('disabled@example.com', { status: 'disabled' });
    expect(disabled).toMatchObject({ body: { created: 1 }, allowed: [] });
  });

  it('is never to what its user may only get later', async () => {
    const consents = [{ clientId: client.clientId, scopes: ['users:write', 'audit:read'] }];
    expect(await imported('later@example.com', { consents })).toMatchObject({ allowed: [] });
    const admins = { consents, roles: ['admin'] };
    expect(await imported('now@example.com', admins)).toMatchObject({
      allowed: [[OWN, 'users:write', 'audit:read']],
    });
  });

  it('is left to its user in an account that is there', async () => {
    await imported('there@example.com', { consents: [] });
    const again = await imported('there@example.com', { name: 'Another' }, '?update=true');
    expect(again).toMatchObject({ body: { updated: 1 }, allowed: [] });
  });

  it('is taken once, however often a line repeats it', async () => {
    const [consent] = ada['consents'];
    const { body, allowed } = await imported('twice@example.com', { consents: [consent, consent] });
    expect({ created: body.created, allowed }).toEqual({ created: 1, allowed: [[OWN, 'openid']] });
  });

  it.each([
    ['no list', 'all'],
    ['no object', ['all']],
    ['null', [null]],
    ['no client', [{ scopes: ['openid'] }]],
    ['no scopes', [{ clientId: 'x' }]],
    ['scopes in one string', [{ clientId: 'x', scopes: 'openid' }]],
    ['a field that there is not', [{ clientId: 'x', scopes: [], userId: 'y' }]],
    ['a text that no column holds', [{ clientId: 'x', resource: 'r'.repeat(501), scopes: [] }]],
    ['too many', Array.from({ length: 201 }, () => ({ clientId: 'x', scopes: [] }))],
  ])('is refused where it is %s', async (_what, consents) => {
    const { body, allowed } = await imported('refused@example.com', { consents });
    expect({ created: body.created, failed: body.failed, allowed }).toEqual({
      created: 0,
      failed: 1,
      allowed: [],
    });
  });
});

import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { makeKey } from '../../support/api-keys.js';
import type { Answer } from '../../support/client.js';
import { clock, HOUR } from '../../support/clock.js';
import { basic, expectOAuthError, form, makeClient, type TestClient } from '../../support/oauth.js';
import { expectProblem } from '../../support/problem.js';

let app: TestApp;
let client: TestClient;

beforeAll(async () => {
  app = await startApp({ env: { RATE_LIMIT: 'on' } });
  client = await service();
});
afterEach(() => clock.release());
afterAll(() => app.close());

const service = (settings: object = {}) =>
  makeClient(app, { grantTypes: ['client_credentials'], redirectUris: [], ...settings });

const ask = (fields: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<Answer> =>
  form(app, '/oauth/token', { grant_type: 'client_credentials', ...fields }, headers);

describe('a client authenticates', () => {
  it('by its secret, by Basic or in the body, whichever it is registered for', async () => {
    const post = await service({ authMethod: 'client_secret_post' });
    const inBody = { client_id: post.clientId, client_secret: post.clientSecret };
    expect((await ask({}, client.headers)).status).toBe(200);
    expect((await ask(inBody)).status).toBe(200);
    expect((await ask({}, post.headers)).status).toBe(200);
    const { clientId: client_id, clientSecret: client_secret } = client;
    expect((await ask({ client_id, client_secret })).status).toBe(200);
  });

  it('by Basic with its id in the body too, if it is the same', async () => {
    expect((await ask({ client_id: client.clientId }, client.headers)).status).toBe(200);
    expectOAuthError(await ask({ client_id: 'other' }, client.headers), 400, 'invalid_request');
  });

  it('by exactly one method', async () => {
    const { clientId: client_id, clientSecret: client_secret } = client;
    expectOAuthError(await ask({ client_id, client_secret }, client.headers), 400, 'invalid_request');
    const assertion = {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: 'e30.e30.x',
    };
    expectOAuthError(await ask(assertion, client.headers), 400, 'invalid_request');
    expectOAuthError(await ask({ ...assertion, client_id, client_secret }), 400, 'invalid_request');
  });

  it('not without its secret', async () => {
    expectOAuthError(await ask({ client_id: client.clientId }), 401, 'invalid_client');
    expectOAuthError(await ask({}, basic(client.clientId, '')), 401, 'invalid_client');
    expectOAuthError(await ask({ client_id: client.clientId, client_secret: '' }), 401, 'invalid_client');
  });

  it('as a public one by its id alone, and by no secret', async () => {
    const open = await makeClient(app, { applicationType: 'native' });
    const refused = await form(app, '/oauth/token', {
      grant_type: 'refresh_token',
      refresh_token: 'x',
      client_id: open.clientId,
    });
    expectOAuthError(refused, 400, 'invalid_grant');
    expectOAuthError(await ask({}, basic(open.clientId, 'x')), 401, 'invalid_client');
  });

  it.each<[what: string, authorization: string]>([
    ['nothing', 'Basic'],
    ['no colon', `Basic ${Buffer.from('abc').toString('base64')}`],
    ['no id', `Basic ${Buffer.from(':secret').toString('base64')}`],
    ['a broken escape', `Basic ${Buffer.from('a%zz:b').toString('base64')}`],
    ['bytes that are not UTF-8', `Basic ${Buffer.from([0xff, 0x3a, 0xff]).toString('base64')}`],
    ['a zero byte', `Basic ${Buffer.from('a%00b:c').toString('base64')}`],
    ['no base64', 'Basic ***'],
    ['another scheme', 'Bearer abc'],
    ['an id of 10 KB', `Basic ${Buffer.from(`${'a'.repeat(10_000)}:b`).toString('base64')}`],
  ])('not by a header with %s', async (_what, authorization) => {
    const answer = await ask({}, { authorization });
    expectOAuthError(answer, 401, 'invalid_client');
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
  });

  it.each(['with:colons', 'with%percent', 'with+plus', 'with space', 'mit Ümläuten 😀', '100%2B'])(
    'by a secret %s, encoded as RFC 6749 §2.3.1 says',
    async (secret) => {
      const own = await service();
      const hash = createHash('sha256').update(secret).digest('base64url');
      const sql = 'UPDATE oauth_client_secrets SET hash = :hash WHERE client_id = :id';
      await app.database.run({ sql, params: { hash, id: own.id } });
      expect((await ask({}, basic(own.clientId, secret))).status).toBe(200);
    },
  );

  it('not once it is disabled', async () => {
    const own = await service();
    const admin = await app.as.admin();
    await admin.patch(`/v1/oauth/clients/${own.id}`, { status: 'disabled' });
    expectOAuthError(await ask({}, own.headers), 401, 'invalid_client');
    await admin.patch(`/v1/oauth/clients/${own.id}`, { status: 'active' });
    expect((await ask({}, own.headers)).status).toBe(200);
  });

  it('as it is registered now, though it was remembered', async () => {
    const own = await service();
    const admin = await app.as.admin();
    const path = `/v1/oauth/clients/${own.id}`;
    expect((await ask({}, own.headers)).status).toBe(200);
    await admin.patch(path, {
      authMethod: 'none',
      grantTypes: ['authorization_code'],
      redirectUris: ['https://app.example/'],
    });
    expectOAuthError(await ask({}, own.headers), 401, 'invalid_client');
    expectOAuthError(await ask({ client_id: own.clientId }), 400, 'unauthorized_client');
    await admin.delete(path);
    expectOAuthError(await ask({ client_id: own.clientId }), 401, 'invalid_client');
  });

  it('with the same answer whether there is such a client or not', async () => {
    const [unknown, wrong] = [
      await ask({}, basic('nobody', 'x')),
      await ask({}, basic(client.clientId, 'x')),
    ];
    expect(unknown.text).toBe(wrong.text);
  });
});

describe('wrong secrets', () => {
  it('are limited, and never lock the client out', async () => {
    const own = await service();
    let last: Answer | undefined;
    for (let count = 0; count < 51; count++) last = await ask({}, basic(own.clientId, 'wrong'));
    expect(last!.status).toBe(429);
    expect(last!.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(Number(last!.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await ask({}, own.headers)).status).toBe(200);
    // And nobody else.
    expectOAuthError(await ask({}, basic(client.clientId, 'wrong')), 401, 'invalid_client');
  });
});

describe('the secrets of a client', () => {
  it('are two at most, of which the old one expires', async () => {
    const own = await service();
    const admin = await app.as.admin();
    const path = `/v1/oauth/clients/${own.id}/secrets`;
    const previousExpiresAt = new Date(Date.now() + HOUR).toISOString();
    const made = await admin.post(path, { previousExpiresAt });
    expect(made.status).toBe(201);
    const next = basic(own.clientId, made.body.clientSecret);
    expect((await ask({}, own.headers)).status).toBe(200);
    expect((await ask({}, next)).status).toBe(200);
    expectProblem(await admin.post(path, {}), 409, 'too_many_secrets');
    clock.stop();
    clock.forward(2 * HOUR);
    expectOAuthError(await ask({}, own.headers), 401, 'invalid_client');
    expect((await ask({}, next)).status).toBe(200);
    expect((await (await app.as.admin()).post(path, {})).status).toBe(201);
  });

  it('are two at most of ten that are asked for at once', async () => {
    const own = await service();
    const admin = await app.as.admin();
    const path = `/v1/oauth/clients/${own.id}/secrets`;
    const answers = await Promise.all(Array.from({ length: 10 }, () => admin.post(path, {})));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array<number>(9).fill(409)]);
  });

  it('are shown once, and kept as hashes', async () => {
    const own = await service();
    const admin = await app.as.admin();
    const { body } = await admin.get(`/v1/oauth/clients/${own.id}/secrets`);
    expect(body.items).toHaveLength(1);
    expect(body.items[0]).toMatchObject({ hint: own.clientSecret.slice(-4) });
    const said = [
      body,
      (await admin.get(`/v1/oauth/clients/${own.id}`)).body,
      (await admin.get('/v1/oauth/clients')).body,
    ];
    const stored = await app.database.query('SELECT * FROM oauth_client_secrets');
    expect(JSON.stringify([said, stored])).not.toContain(own.clientSecret);
    expect(app.log.join('')).not.toContain(own.clientSecret);
  });

  it('that is removed works no more', async () => {
    const own = await service();
    const admin = await app.as.admin();
    const path = `/v1/oauth/clients/${own.id}/secrets`;
    const { body } = await admin.get(path);
    expect((await ask({}, own.headers)).status).toBe(200);
    expect((await admin.delete(`${path}/${body.items[0].id}`)).status).toBe(204);
    expectOAuthError(await ask({}, own.headers), 401, 'invalid_client');
    expectProblem(await admin.delete(`${path}/${body.items[0].id}`), 404, 'not_found');
  });

  it('are none of a public client', async () => {
    const open = await makeClient(app, { applicationType: 'native' });
    const answer = await (await app.as.admin()).post(`/v1/oauth/clients/${open.id}/secrets`, {});
    expectProblem(answer, 409, 'no_secrets');
  });
});

describe('who manages clients', () => {
  it('needs the scopes, and gives no rights that they lack', async () => {
    const clerk = await app.as.holderOf('clients:read', 'clients:write');
    expectProblem(await (await app.as.member()).get('/v1/oauth/clients'), 403, 'insufficient_scope');
    const fields = { name: 'Shop', redirectUris: ['https://app.example/'] };
    expect((await clerk.post('/v1/oauth/clients', fields)).status).toBe(201);
    for (const more of [{ kind: 'first-party' }, { skipConsent: true }, { scopes: ['tokens:introspect'] }]) {
      expectProblem(
        await clerk.post('/v1/oauth/clients', { ...fields, ...more }),
        403,
        'privilege_escalation',
      );
    }
  });

  it('adds no secret to a client that acts with more rights than theirs', async () => {
    const own = await service();
    const admin = await app.as.admin();
    await admin.put(`/v1/users/${own.body.serviceAccountId}/roles`, { roles: ['admin'] });
    const clerk = await app.as.holderOf('clients:read', 'clients:write');
    const path = `/v1/oauth/clients/${own.id}`;
    expectProblem(await clerk.post(`${path}/secrets`, {}), 403, 'privilege_escalation');
    expectProblem(await clerk.patch(path, { authMethod: 'client_secret_post' }), 403, 'privilege_escalation');
    const { serviceAccountId } = own.body;
    const fields = { name: 'Shop', redirectUris: ['https://app.example/'], serviceAccountId };
    expectProblem(await clerk.post('/v1/oauth/clients', fields), 403, 'privilege_escalation');
  });

  it('takes no person for a service account', async () => {
    const member = await app.as.member();
    const fields = { name: 'Shop', redirectUris: ['https://app.example/'], serviceAccountId: member.id };
    expectProblem(await (await app.as.admin()).post('/v1/oauth/clients', fields), 404, 'not_found');
  });

  it('changes nothing by an API key: a key makes no credentials', async () => {
    const clerk = await app.as.holderOf('clients:read', 'clients:write', 'account:write', 'account:read');
    const key = await makeKey(app, clerk, { scopes: ['clients:read', 'clients:write'] });
    expect((await key.get('/v1/oauth/clients?limit=1')).status).toBe(200);
    const fields = { name: 'Shop', redirectUris: ['https://app.example/'] };
    expectProblem(await key.post('/v1/oauth/clients', fields), 403, 'session_required');
    expectProblem(await key.delete(`/v1/oauth/clients/${client.id}`), 403, 'session_required');
    expectProblem(await key.post(`/v1/oauth/clients/${client.id}/secrets`, {}), 403, 'session_required');
  });

  it('sees when a client was last used', async () => {
    const own = await service();
    await ask({}, own.headers);
    await expect
      .poll(async () => (await (await app.as.admin()).get(`/v1/oauth/clients/${own.id}`)).body.lastUsedAt)
      .not.toBeNull();
  });

  it('loses none that a person made when that person goes', async () => {
    const clerk = await app.as.holderOf('clients:write', 'account:write');
    const { body } = await clerk.post('/v1/oauth/clients', {
      name: 'Shop',
      redirectUris: ['https://app.example/'],
    });
    const admin = await app.as.admin();
    await admin.delete(`/v1/users/${clerk.id}`);
    expect((await admin.get(`/v1/oauth/clients/${body.id}`)).status).toBe(200);
  });

  it('finds every change in the audit trail', async () => {
    const own = await service();
    const admin = await app.as.admin();
    const path = `/v1/oauth/clients/${own.id}`;
    const { body } = await admin.post(`${path}/secrets`, {});
    await admin.delete(`${path}/secrets/${body.id}`);
    await admin.patch(path, { name: 'Other' });
    await admin.patch(path, { status: 'disabled' });
    await admin.delete(path);
    const events = await app.database.query<{ action: string }>(
      'SELECT action FROM audit_events WHERE target_id = :id ORDER BY id',
      { id: own.id },
    );
    expect(events.map(({ action }) => action)).toEqual([
      'client.created',
      'client.secret_added',
      'client.secret_removed',
      'client.updated',
      'client.disabled',
      'client.deleted',
    ]);
  });
});

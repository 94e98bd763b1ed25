import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asKey } from '../../support/api-keys.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { expectProblem } from '../../support/problem.js';

describe('a service account', () => {
  let app: TestApp;
  let admin: SignedIn;

  beforeAll(async () => {
    app = await startApp();
    admin = await app.as.admin();
  });
  afterAll(() => app.close());

  const make = async (roles: string[] = []) => {
    const { status, body } = await admin.post('/v1/service-accounts', { name: 'Nightly backup' });
    expect(status).toBe(201);
    if (roles.length > 0) await admin.put(`/v1/users/${body.id}/roles`, { roles });
    return body;
  };

  it('has no password and no roles, and is listed apart', async () => {
    const member = await app.as.member();
    const service = await make();
    expect(service).toMatchObject({ kind: 'service', name: 'Nightly backup', status: 'active', roles: [] });
    const services = await admin.get('/v1/users?kind=service');
    const serviceIds = services.body.items.map(({ id }: any) => id);
    expect(serviceIds).toContain(service.id);
    expect(serviceIds).not.toContain(member.id);
    const people = await admin.get('/v1/users?kind=person');
    const ids = people.body.items.map(({ id }: any) => id);
    expect(ids).toContain(member.id);
    expect(ids).not.toContain(service.id);
    expect((await admin.get(`/v1/users/${member.id}`)).body.kind).toBe('person');
    expectProblem(await admin.get('/v1/users?kind=robot'), 400, 'validation_failed');
    const first = await admin.get('/v1/users?kind=person&limit=1');
    const other = await admin.get(`/v1/users?kind=service&cursor=${first.body.nextCursor}`);
    expectProblem(other, 400, 'invalid_cursor');
  });

  it('cannot log in, with any password', async () => {
    const { email } = await make();
    for (const password of ['null', 'undefined', 'a long enough passphrase']) {
      const answer = await app.as.anonymous().post('/v1/auth/login', { email, password });
      expectProblem(answer, 401, 'invalid_credentials');
    }
  });

  it('is made by who may write users, and not with a password', async () => {
    const member = await app.as.member();
    expectProblem(await member.post('/v1/service-accounts', { name: 'x' }), 403, 'insufficient_scope');
    for (const body of [
      {},
      { name: '' },
      { name: null },
      { name: 'x', password: 'long enough' },
      { name: 'x', kind: 'person' },
    ])
      expectProblem(await admin.post('/v1/service-accounts', body), 400, 'validation_failed');
  });

  it('acts with keys that an admin makes, rotates and revokes', async () => {
    const service = await make(['user']);
    const path = `/v1/users/${service.id}/api-keys`;
    const { status, body } = await admin.post(path, { name: 'Backup', scopes: ['resources:read'] });
    expect(status).toBe(201);
    const key = asKey(app, body);
    expect((await key.get('/v1/auth/whoami')).body).toMatchObject({ kind: 'api-key', id: service.id });
    expect((await key.get('/v1/resources')).status).toBe(200);
    const rotated = await admin.post(`${path}/${key.id}/rotate`, { overlap: '0s' });
    expect(rotated.status).toBe(201);
    expectProblem(await key.get('/v1/auth/whoami'), 401, 'invalid_token');
    const next = asKey(app, rotated.body);
    expect((await next.get('/v1/resources')).status).toBe(200);
    expect((await admin.delete(`${path}/${next.id}`)).status).toBe(204);
    expectProblem(await next.get('/v1/resources'), 401, 'invalid_token');
    expect((await admin.get(path)).body.items).toHaveLength(2);
  });

  it('gets no key beyond its own roles, nor beyond who makes it', async () => {
    const service = await make(['user']);
    const path = `/v1/users/${service.id}/api-keys`;
    const beyondIt = await admin.post(path, { name: 'x', scopes: ['users:read'] });
    expectProblem(beyondIt, 403, 'privilege_escalation');
    const clerk = await app.as.holderOf('api-keys:admin');
    const beyondThem = await clerk.post(path, { name: 'x', scopes: ['resources:read'] });
    expectProblem(beyondThem, 403, 'privilege_escalation');
    expect((await admin.get(path)).body.items).toEqual([]);
  });

  it('is the only account that others make keys for', async () => {
    const member = await app.as.member();
    const path = `/v1/users/${member.id}/api-keys`;
    const answer = await admin.post(path, { name: 'x', scopes: ['account:read'] });
    expectProblem(answer, 409, 'not_a_service');
    const nobody = '/v1/users/01890a5d-ac96-774b-bcce-b302099a8057/api-keys';
    expectProblem(await admin.get(nobody), 404, 'not_found');
    expectProblem(await admin.post(nobody, { name: 'x', scopes: ['account:read'] }), 404, 'not_found');
  });

  it('is not the admin that must be left', async () => {
    await make(['admin']);
    const { body } = await admin.get('/v1/auth/whoami');
    const answer = await admin.patch(`/v1/users/${body.id}`, { status: 'disabled' });
    expectProblem(answer, 409, 'last_admin');
  });
});

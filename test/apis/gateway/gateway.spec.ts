import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { makeKey } from '../../support/api-keys.js';
import { keyFor, makeApi, publish, type TestApi } from '../../support/gateway.js';
import { bearer, form, makeClient } from '../../support/oauth.js';
import { expectProblem } from '../../support/problem.js';
import { Upstream } from '../../support/upstream.js';

describe('the gateway', () => {
  let app: TestApp;
  let admin: SignedIn;
  let upstream: Upstream;
  let api: TestApi;

  beforeAll(async () => {
    app = await startApp();
    admin = await app.as.admin();
    upstream = await Upstream.start();
    api = await makeApi(
      app,
      [upstream.url],
      [
        { methods: ['GET'], path: '/things/:thing', scopes: ['items:read'] },
        { methods: ['POST'], path: '/things', scopes: ['items:write'] },
        { methods: ['GET'], path: '/open', isPublic: true },
        { methods: ['GET'], path: '/staff', roles: ['staff'] },
        { methods: ['GET'], path: '/rare', scopes: ['items:read'], limit: { requests: 2, per: 'minute' } },
        { methods: ['GET'], path: '/often', scopes: ['items:read'], limit: { requests: 1, per: 'day' } },
      ],
    );
    await publish(app);
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });

  const anonymous = () => app.as.anonymous();

  it('relays a call with a key for the API, under a token of its own', async () => {
    const key = await keyFor(app, api);
    const answer = await key.get(`${api.base}/things/7?a=1`);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({ method: 'GET', url: '/things/7?a=1' });
    const { headers } = upstream.seen.at(-1)!;
    const token = headers.authorization!.replace('Bearer ', '');
    expect(decodeProtectedHeader(token).typ).toBe('gh-internal+jwt');
    const keys = createRemoteJWKSet(new URL(`${app.url}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(token, keys, {
      audience: api.upstreamId,
      issuer: app.settings.PUBLIC_URL,
    });
    expect(payload).toMatchObject({ sub: admin.id, scope: 'items:read', key_id: key.id });
    expect(payload.exp! - payload.iat!).toBe(60);
    // It opens nothing here.
    expectProblem(await anonymous().with(bearer(token)).get('/v1/me'), 401, 'invalid_token');
    expectProblem(await anonymous().with(bearer(token)).get(`${api.base}/things/7`), 401, 'invalid_token');
  });

  it('takes tokens of OAuth clients for the API, and for no other', async () => {
    const client = await makeClient(app, {
      grantTypes: ['client_credentials'],
      scopes: ['items:read'],
      resources: [api.identifier],
    });
    const role = await admin.post('/v1/roles', { name: 'reader', scopes: ['items:read'] });
    expect(role.status, role.text).toBe(201);
    await admin.put(`/v1/users/${client.body.serviceAccountId}/roles`, { roles: ['reader'] });
    const grant = { grant_type: 'client_credentials', scope: 'items:read', resource: api.identifier };
    const { body, text } = await form(app, '/oauth/token', grant, client.headers);
    expect(body.access_token, text).toBeDefined();
    const answer = await anonymous().with(bearer(body.access_token)).get(`${api.base}/things/7`);
    expect(answer.status, answer.text).toBe(200);
    expectProblem(
      await anonymous().with(bearer(body.access_token)).post(`${api.base}/things`, {}),
      403,
      'insufficient_scope',
    );
    // Of a session, for this server.
    expectProblem(await admin.get(`${api.base}/things/7`), 401, 'invalid_token');
    const own = await makeKey(app, admin, { scopes: ['account:read'] });
    expectProblem(await own.get(`${api.base}/things/7`), 401, 'invalid_token');
  });

  it('refuses by a problem that says which rule', async () => {
    const before = upstream.seen.length;
    const key = await keyFor(app, api);
    expectProblem(await anonymous().get(`${api.base}/things/7`), 401, 'unauthenticated');
    expectProblem(
      await anonymous().with(bearer('nonsense')).get(`${api.base}/things/7`),
      401,
      'invalid_token',
    );
    expectProblem(await key.get('/g/nothing/here'), 404, 'no_route');
    expectProblem(await key.get('/g'), 404, 'no_route');
    const wrong = await key.post(`${api.base}/things/7`, {});
    expectProblem(wrong, 405, 'no_such_method');
    expect(wrong.headers.get('allow')).toBe('GET, HEAD');
    expectProblem(await key.post(`${api.base}/things`, {}), 403, 'insufficient_scope');
    expectProblem(await key.get(`${api.base}/staff`), 403, 'insufficient_role');
    expect(upstream.seen).toHaveLength(before);
    expect((await anonymous().get(`${api.base}/open`)).status).toBe(200);
    expect(upstream.seen.at(-1)!.headers.authorization).toBeUndefined();
  });

  it('holds a route against its limit, and says so', async () => {
    const key = await keyFor(app, api);
    const first = await key.get(`${api.base}/rare`);
    expect(first.status).toBe(200);
    expect(first.headers.get('ratelimit')).toMatch(/^"route";r=1;t=\d+$/);
    expect(first.headers.get('ratelimit-policy')).toBe('"route";q=2;w=60');
    await key.get(`${api.base}/rare`);
    const beyond = await key.get(`${api.base}/rare`);
    expectProblem(beyond, 429, 'route_limit_reached');
    expect(Number(beyond.headers.get('retry-after'))).toBeGreaterThan(0);
    // Of each caller by itself.
    expect((await (await keyFor(app, api)).get(`${api.base}/rare`)).status).toBe(200);
  });

  it('holds it against a limit that was changed, once that is published', async () => {
    const key = await keyFor(app, api);
    const route = `/v1/resources/${api.id}/versions/${api.versionId}/routes/${api.routes['/often']}`;
    expect((await key.get(`${api.base}/often`)).status).toBe(200);
    expectProblem(await key.get(`${api.base}/often`), 429, 'route_limit_reached');
    await admin.patch(route, { limit: { requests: 3, per: 'hour' } });
    await publish(app);
    const answer = await key.get(`${api.base}/often`);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers.get('ratelimit-policy')).toBe('"route";q=3;w=3600');
  });

  it('refuses a key that is revoked, with the next request', async () => {
    const key = await keyFor(app, api);
    expect((await key.get(`${api.base}/things/7`)).status).toBe(200);
    await admin.delete(`/v1/api-keys/${key.id}`);
    expectProblem(await key.get(`${api.base}/things/7`), 401, 'invalid_token');
  });
});

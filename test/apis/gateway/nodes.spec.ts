import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { makeDatabase, type TestDatabase } from '../../support/database.js';
import { bearer } from '../../support/oauth.js';
import { keyFor, makeApi, publish, type TestApi } from '../../support/gateway.js';
import { Upstream } from '../../support/upstream.js';

/** As promised, with room for a machine that is busy. */
const WITHIN = { timeout: 5_000, interval: 50 };

describe('two nodes of the gateway', () => {
  let database: TestDatabase;
  let one: TestApp;
  let other: TestApp;
  let upstream: Upstream;
  let api: TestApi;

  beforeAll(async () => {
    database = await makeDatabase({ isShared: true });
    const env = { DATABASE_URL: database.url, GATEHOUSE_SECRET: randomBytes(48).toString('base64url') };
    one = await startApp({ env });
    other = await startApp({ env });
    upstream = await Upstream.start();
    api = await makeApi(one, [upstream.url], [{ methods: ['GET'], path: '/x', scopes: ['items:read'] }]);
  });
  afterAll(async () => {
    await Promise.all([one.close(), other.close()]);
    await upstream.close();
    await database.drop();
  });

  it('serve what either has published, and refuse what either has ended', async () => {
    await publish(one);
    const key = await keyFor(one, api);
    const there = () => other.as.anonymous().with(bearer(key.key)).get(`${api.base}/x`);
    await vi.waitFor(async () => expect((await there()).status).toBe(200), WITHIN);
    const admin = await one.as.admin();
    const next = await keyFor(one, api);
    await admin.delete(`/v1/api-keys/${key.id}`);
    await vi.waitFor(async () => expect((await there()).status).toBe(401), WITHIN);
    await (await other.as.admin()).post(`/v1/resources/${api.id}/versions/${api.versionId}/retire`, {});
    await vi.waitFor(async () => expect((await next.get(`${api.base}/x`)).status).toBe(410), WITHIN);
  });
});

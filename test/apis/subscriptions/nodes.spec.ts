import { Redis } from 'ioredis';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CountedUse } from '../../../src/apis/subscriptions/counted-use.service.js';
import { asKey } from '../../support/api-keys.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Client } from '../../support/client.js';
import { makeDatabase, queryAt, type TestDatabase } from '../../support/database.js';
import { deferred } from '../../support/deferred.js';
import {
  makeApi,
  makePlan,
  publish,
  subscribe,
  subscriptionKey,
  type TestApi,
} from '../../support/gateway.js';
import { expectProblem } from '../../support/problem.js';
import { Upstream } from '../../support/upstream.js';

/** Set where a Redis runs. */
const REDIS_URL = process.env['TEST_REDIS_URL'];
/** As promised, with room for a machine that is busy. */
const WITHIN = { timeout: 5_000, interval: 20 };

describe('subscriptions on two nodes', () => {
  let database: TestDatabase;
  let env: Record<string, string>;
  let one: TestApp;
  let other: TestApp;
  let upstream: Upstream;
  let api: TestApi;

  beforeAll(async () => {
    database = await makeDatabase({ isShared: true });
    env = {
      DATABASE_URL: database.url,
      GATEHOUSE_SECRET: randomBytes(48).toString('base64url'),
      ...(REDIS_URL !== undefined && { REDIS_URL }),
    };
    one = await startApp({ env });
    other = await startApp({ env });
    upstream = await Upstream.start();
    api = await makeApi(one, [upstream.url], [{ methods: ['GET'], path: '/x', scopes: ['items:read'] }]);
    await publish(one);
  });
  afterAll(async () => {
    await Promise.all([one.close(), other.close()]);
    await upstream.close();
    await database.drop();
  });
  const setUp = async (amount: number, ...more: object[]) => {
    const plan = await makePlan(one, api, { quota: [{ unit: 'requests', amount, per: 'month' }, ...more] });
    const owner = await one.as.member();
    const made = await subscribe(owner, plan.id);
    const key = await subscriptionKey(one, owner, made.subscription.id);
    const there = asKey(other, key.made);
    await vi.waitFor(async () => expect((await there.get(`${api.base}/x`)).status).toBe(200), WITHIN);
    /** Asking counts nothing, so that a node is not told of what others have counted by it. */
    const left = async (count: number) =>
      vi.waitFor(async () => {
        const path = `/v1/subscriptions/${made.subscription.id}/quota`;
        const { body } = await new Client(other.url, owner.headers).get(path);
        expect(body.items[0].remaining).toBe(count);
      }, WITHIN);
    return { ...made, owner, key, there, left };
  };
  const statusesOf = async (client: Client, calls: number) => {
    const statuses: number[] = [];
    for (let call = 0; call < calls; call++) statuses.push((await client.get(`${api.base}/x`)).status);
    return statuses;
  };
  /** Its next writes of counters fail. */
  const failWrites = ({ database: failing }: TestApp, times: number) => {
    const write = failing.atomically.bind(failing);
    let left = times;
    vi.spyOn(failing, 'atomically').mockImplementation((statements) =>
      statements[0]?.sql.includes('quota_counters') && left-- > 0
        ? Promise.reject(new Error('away'))
        : write(statements),
    );
  };

  it.runIf(REDIS_URL)('have one quota, to the request', async () => {
    const { key, there } = await setUp(11);
    const calls = Array.from({ length: 50 }, (_, at) => (at % 2 === 0 ? key : there).get(`${api.base}/x`));
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(40);
  });

  it.runIf(REDIS_URL)('go on from where they were when Redis has lost its counts', async () => {
    const { key, there, application } = await setUp(3);
    await key.get(`${api.base}/x`);
    const redis = new Redis(REDIS_URL!);
    try {
      const lost = await redis.keys(`*{${application.id}:*`);
      expect(lost).toHaveLength(1);
      await redis.del(lost);
    } finally {
      redis.disconnect();
    }
    // The one that counted last knows it, and tells.
    expect((await key.get(`${api.base}/x`)).status).toBe(200);
    expectProblem(await there.get(`${api.base}/x`), 429, 'quota_exhausted');
  });

  it('know within a second or two of what the other has counted, and count nothing for it', async () => {
    const { key, left, there } = await setUp(12);
    expect(await statusesOf(key, 9)).toEqual(Array(9).fill(200));
    await left(2);
    expect(await statusesOf(there, 4)).toEqual([200, 200, 429, 429]);
  });

  it('refuse what was suspended, ended or revoked on the other', async () => {
    const { key, there, subscription, owner } = await setUp(1_000_000);
    const admin = await one.as.admin();
    const path = `/v1/subscriptions/${subscription.id}`;
    const status = async (expected: number) =>
      vi.waitFor(async () => expect((await there.get(`${api.base}/x`)).status).toBe(expected), WITHIN);
    await admin.post(`${path}/suspend`, {});
    await status(401);
    await admin.post(`${path}/resume`, {});
    await status(200);
    const second = await subscriptionKey(one, owner, subscription.id);
    const secondThere = asKey(other, second.made);
    expect((await secondThere.get(`${api.base}/x`)).status).toBe(200);
    await owner.delete(`${path}/keys/${key.id}`);
    await status(401);
    expect((await secondThere.get(`${api.base}/x`)).status).toBe(200);
    await owner.post(`${path}/end`, {});
    await vi.waitFor(async () => expect((await secondThere.get(`${api.base}/x`)).status).toBe(401), WITHIN);
  });

  it('have used what they have used when a node stops and starts again, with what was in flight', async () => {
    const bytes = { unit: 'bytes', amount: 1_000_000, per: 'month' };
    const { application, key, left, there } = await setUp(4, bytes);
    expect(await statusesOf(key, 1)).toEqual([200]);
    const [arrived, released, echo] = [deferred(), deferred(), upstream.answer];
    upstream.answer = (_request, response) => {
      arrived.resolve();
      void released.promise.then(() => response.end('y'.repeat(5_000)));
    };
    const inFlight = there.get(`${api.base}/x`);
    await arrived.promise;
    upstream.answer = echo;
    const stopped = vi.spyOn(other.nest.get(CountedUse), 'stop');
    failWrites(other, 2);
    const closed = other.close();
    await vi.waitFor(() => expect(stopped).toHaveBeenCalled(), WITHIN);
    released.resolve();
    expect((await inFlight).status).toBe(200);
    await closed;
    const counted = `SELECT used FROM quota_counters WHERE unit = 'bytes' AND application_id = '${application.id}'`;
    expect(Number((await queryAt(database.url, counted))[0]?.['used'] ?? 0)).toBeGreaterThanOrEqual(5_000);
    other = await startApp({ env });
    await left(1);
    expect(await statusesOf(asKey(other, key.made), 3)).toEqual([200, 429, 429]);
  });
});

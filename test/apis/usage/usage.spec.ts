import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { UsageWriter } from '../../../src/apis/usage/usage-writer.service.js';
import type { Statement } from '../../../src/platform/database/database.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { clock, DAY, HOUR, MINUTE, SECOND } from '../../support/clock.js';
import { keyFor, makeApi, publish, type TestApi } from '../../support/gateway.js';
import { expectProblem } from '../../support/problem.js';
import { Upstream } from '../../support/upstream.js';
import { otherUsageNode } from '../../support/usage.js';

const NOON = Date.UTC(2027, 4, 3, 12, 20);

describe('usage', () => {
  let app: TestApp;
  let admin: SignedIn;
  let upstream: Upstream;
  let api: TestApi;

  beforeAll(async () => {
    app = await startApp({ env: { ACCESS_TOKEN_TTL: '24h' } });
    clock.stop(new Date(NOON));
    admin = await app.as.admin();
    upstream = await Upstream.start();
    api = await makeApi(
      app,
      [upstream.url],
      [
        { methods: ['GET', 'POST'], path: '/open', isPublic: true },
        { methods: ['GET'], path: '/closed', scopes: ['items:read'] },
      ],
    );
    await publish(app);
  });
  beforeEach(async () => {
    // What another test has counted, and has in memory, is of an hour before.
    clock.forward(HOUR);
    await app.nest.get(UsageWriter).write();
    await app.database.query('DELETE FROM usage_counts');
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(async () => {
    await app.close();
    clock.release();
    await upstream.close();
  });

  const read = async (query = '', who = admin) => {
    const { status, body, text } = await who.get(`/v1/usage/series?resource=${api.id}${query}`);
    expect(status, text).toBe(200);
    return body;
  };
  const last = async (query = '') => (await read(query)).items.at(-1);
  const requestsOf = async (query = '') =>
    (await read(query)).items.reduce((sum: number, { requests }: { requests: number }) => sum + requests, 0);
  const call = (path: string, body?: object) =>
    body ? app.as.anonymous().post(`${api.base}${path}`, body) : app.as.anonymous().get(`${api.base}${path}`);

  const otherNode = () => otherUsageNode(app, api);

  it('is there with the next look: requests, errors, bytes and percentiles', async () => {
    upstream.answer = (request, response) => {
      response.writeHead(request.url === '/open?fails' ? 500 : 200, { 'content-length': '10' });
      response.end('0123456789');
    };
    await call('/open');
    await call('/open', { a: 'b' });
    await call('/open?fails');
    expectProblem(await call('/closed'), 401, 'unauthenticated');
    for (const bucket of ['minute', 'hour', 'day']) {
      expect(await last(`&bucket=${bucket}`)).toEqual({
        at: expect.any(String),
        requests: 4,
        errors: 1,
        statuses: { '1xx': 0, '2xx': 2, '3xx': 0, '4xx': 1, '5xx': 1 },
        bytesIn: 9,
        bytesOut: 30,
        averageMs: expect.any(Number),
        p50: expect.any(Number),
        p95: expect.any(Number),
        p99: expect.any(Number),
      });
    }
    const { p50, p99 } = await last();
    expect([p50 > 0, p99 >= p50, p99 < 5_000]).toEqual([true, true, true]);
    const before = await read();
    await app.nest.get(UsageWriter).write();
    expect(await read()).toEqual(before);
    // Writing twice counts once.
    await call('/open');
    await app.nest.get(UsageWriter).write();
    await app.nest.get(UsageWriter).write();
    expect((await last()).requests).toBe(5);
  });

  it('is told apart by version, by route, and by subscription', async () => {
    const other = otherNode();
    other.count({}, api.routes['/open']);
    other.count({ subscriptionId: 'sub-1' }, api.routes['/open']);
    other.count({ subscriptionId: 'sub-1', status: 503 }, api.routes['/closed']);
    other.count({ subscriptionId: 'sub-1' }, 'of-v2', 'v2');
    await other.writer.write();
    expect(await requestsOf()).toBe(4);
    expect(await requestsOf(`&version=${api.versionId}`)).toBe(3);
    expect(await requestsOf(`&route=${api.routes['/open']}`)).toBe(2);
    expect(await requestsOf('&subscription=sub-1')).toBe(3);
    expect(await requestsOf('&subscription=sub-1&version=v2')).toBe(1);
    expect(await requestsOf('&subscription=-')).toBe(1);
    expect(await requestsOf('&subscription=sub-2')).toBe(0);
    expect((await last('&subscription=sub-1')).errors).toBe(1);
    // Of this node's memory, the same.
    await call('/open');
    expect(await requestsOf('&subscription=-')).toBe(2);
    expect(await requestsOf(`&route=${api.routes['/open']}`)).toBe(3);
    expect(await requestsOf(`&version=v2`)).toBe(1);
  });

  it('of two nodes is added up, however often they write, in parallel too', async () => {
    const [one, two] = [otherNode(), otherNode()];
    for (let round = 0; round < 3; round++) {
      for (let each = 0; each < 50; each++) {
        one.count({ ms: 10 });
        two.count({ ms: 100 });
      }
      await Promise.all([one.writer.write(), two.writer.write(), one.writer.write(), two.writer.write()]);
    }
    const { requests, bytesIn, bytesOut, averageMs, p50, p95 } = await last();
    expect({ requests, bytesIn, bytesOut, averageMs }).toEqual({
      requests: 300,
      bytesIn: 300,
      bytesOut: 600,
      averageMs: 55,
    });
    expect([Math.abs(p50 - 10) < 0.3, Math.abs(p95 - 100) < 3]).toEqual([true, true]);
  });

  it('has a step for every minute, hour and day, also for those without a request', async () => {
    const at = Date.now();
    const node = otherNode();
    node.count();
    clock.forward(90 * SECOND);
    node.count();
    node.count();
    await node.writer.write();
    const from = new Date(at).toISOString();
    const { items, ...range } = await read(
      `&bucket=minute&from=${from}&to=${new Date(at + 2 * MINUTE).toISOString()}`,
    );
    expect(range).toEqual({ bucket: 'minute', from, to: new Date(at + 3 * MINUTE).toISOString() });
    expect(items.map(({ requests }: { requests: number }) => requests)).toEqual([1, 2, 0]);
    expect(items[2]).toMatchObject({ averageMs: null, p50: null, p95: null, p99: null });
    expect((await read('&bucket=day')).items).toHaveLength(31);
    expect((await read('&bucket=minute')).items).toHaveLength(61);
    expect((await read()).items).toHaveLength(25);
  });

  it('is kept though the database was away, and written when the server stops', async () => {
    const node = otherNode();
    node.writer.onModuleInit();
    node.count();
    vi.spyOn(app.database, 'run').mockRejectedValueOnce(new Error('away'));
    await node.writer.write();
    expect(await requestsOf()).toBe(0);
    node.count();
    await node.writer.onApplicationShutdown();
    expect(await requestsOf()).toBe(2);
  });

  it('tells 2,000 routes and subscriptions apart in a minute, and counts the rest as others', async () => {
    const node = otherNode();
    for (let each = 0; each < 2_100; each++) node.count({ subscriptionId: `sub-${each}` });
    for (let each = 0; each < 5; each++) node.count({ subscriptionId: 'sub-7' });
    node.recorder.settle();
    const tallies = [...node.recorder.tallies.of(api.id, 'minute')];
    expect(tallies.length).toBeLessThan(2_010);
    const of = (id: string) => tallies.find(({ subscriptionId }) => subscriptionId === id)!.figures.requests;
    expect([of('sub-7'), of('other')]).toEqual([6, 100]);
    expect(tallies.find(({ versionId }) => versionId === '')!.figures.requests).toBe(2_105);
    expect(await node.metrics.registry.getSingleMetricAsString('gatehouse_usage_overflow')).toContain(' 100');
    // What is not called makes room.
    node.recorder.settle();
    node.count({ subscriptionId: 'sub-new' });
    node.recorder.settle();
    const seen = [...node.recorder.tallies.of(api.id, 'minute')].map(({ subscriptionId }) => subscriptionId);
    expect(seen).toContain('sub-new');
  });

  it('is kept by minute for two days, by hour for 90, by day for three years', async () => {
    const node = otherNode();
    node.count();
    await node.writer.write();
    node.writer.onModuleInit();
    await node.writer.onApplicationShutdown();
    const expired = node.every.mock.calls[0]![2] as (now: number) => Statement;
    const left = async (after: number) => {
      await app.database.run(expired(Date.now() + after));
      return (
        await app.database.query<{ step: string }>('SELECT DISTINCT step FROM usage_counts ORDER BY step')
      ).map(({ step }) => step);
    };
    expect(await left(47 * HOUR)).toEqual(['day', 'hour', 'minute']);
    expect(await left(3 * DAY)).toEqual(['day', 'hour']);
    expect(await left(91 * DAY)).toEqual(['day']);
    expect(await left(1_097 * DAY)).toEqual([]);
  });

  it('is for who may change the API', async () => {
    const reader = await app.as.holderOf('usage:read');
    const key = await keyFor(app, api);
    expectProblem(await reader.get(`/v1/usage/series?resource=${api.id}`), 403, 'not_your_resource');
    expectProblem(await reader.get('/v1/usage/series?resource=nope'), 404, 'not_found');
    const member = await app.as.member();
    expectProblem(await member.get(`/v1/usage/series?resource=${api.id}`), 403, 'insufficient_scope');
    expectProblem(await key.get(`/v1/usage/series?resource=${api.id}`), 401, 'invalid_token');
  });

  it.each([
    '',
    'resource=a&resource=b',
    `resource=${'a'.repeat(37)}`,
    'resource=:id&bucket=week',
    'resource=:id&from=yesterday',
    'resource=:id&from=2027-05-03&to=2027-05-02',
    'resource=:id&bucket=minute&from=2027-05-01&to=2027-05-31',
    'resource=:id&from=0001-01-01&to=9999-12-31',
    'resource=:id&route=a&subscription=b',
    'resource=:id&status=5',
  ])('refuses ?%s', async (query) => {
    const answer = await admin.get(`/v1/usage/series?${query.replace(':id', api.id)}`);
    expectProblem(answer, 400, 'validation_failed');
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { statementFor, TOP_BY } from '../../../src/apis/usage/usage-top.service.js';
import { READ_ANY_VERSION, READ_VERSION } from '../../../src/apis/usage/usage.service.js';
import { UsageWriter } from '../../../src/apis/usage/usage-writer.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { clock, HOUR, SECOND } from '../../support/clock.js';
import { isPostgres } from '../../support/database.js';
import { makeApi, makePlan, publish, subscribe, type TestApi } from '../../support/gateway.js';
import { expectProblem } from '../../support/problem.js';
import { Upstream } from '../../support/upstream.js';
import { otherUsageNode } from '../../support/usage.js';

const NOON = Date.UTC(2027, 4, 3, 12, 20);

describe('usage, added up', () => {
  let app: TestApp;
  let admin: SignedIn;
  let upstream: Upstream;
  let api: TestApi;

  beforeAll(async () => {
    app = await startApp({ env: { ACCESS_TOKEN_TTL: '24h' } });
    clock.stop(new Date(NOON));
    admin = await app.as.admin();
    upstream = await Upstream.start();
    const routes = ['/open', '/closed'].map((path) => ({ methods: ['GET'], path, isPublic: true }));
    api = await makeApi(app, [upstream.url], routes);
    await publish(app);
  });
  beforeEach(async () => {
    clock.forward(HOUR);
    await app.nest.get(UsageWriter).write();
    await app.database.query('DELETE FROM usage_counts');
  });
  afterAll(async () => {
    await app.close();
    clock.release();
    await upstream.close();
  });

  const otherNode = () => otherUsageNode(app, api);
  const call = (path: string) => app.as.anonymous().get(`${api.base}${path}`);

  it('names who and what was called most, of all nodes, by hours or days', async () => {
    const plan = await makePlan(app, api);
    const { subscription } = await subscribe(admin, plan.id);
    const [one, two] = [otherNode(), otherNode()];
    const [open, closed] = [api.routes['/open'], api.routes['/closed']];
    for (let each = 0; each < 3; each++) one.count({ subscriptionId: subscription.id }, open);
    two.count({ subscriptionId: subscription.id, status: 503, ms: 50 }, closed);
    for (let each = 0; each < 2; each++) two.count({}, open);
    two.count({ subscriptionId: 'gone' }, 'of-v2', 'v2');
    await Promise.all([one.writer.write(), two.writer.write()]);
    const top = async (query: string) => {
      const { status, body, text } = await admin.get(`/v1/usage/top?resource=${api.id}${query}`);
      expect(status, text).toBe(200);
      return body.items;
    };
    expect(await top('')).toEqual([
      { id: subscription.id, name: 'My app', requests: 4, errors: 1, bytesIn: 4, bytesOut: 8, averageMs: 20 },
      { id: '-', name: null, requests: 2, errors: 0, bytesIn: 2, bytesOut: 4, averageMs: 10 },
      { id: 'gone', name: null, requests: 1, errors: 0, bytesIn: 1, bytesOut: 2, averageMs: 10 },
    ]);
    const shown = async (query: string) =>
      (await top(query)).map(({ name, requests }: any) => [name, requests]);
    expect(await shown('&by=route&bucket=day')).toEqual([
      ['/open', 5],
      ['/closed', 1],
      [null, 1],
    ]);
    expect(await shown('&by=version')).toEqual([
      ['v1', 6],
      [null, 1],
    ]);
    expect(await shown('&by=version&most=1')).toEqual([['v1', 6]]);
    // Who calls a deprecated version, to be told.
    expect(await shown(`&version=${api.versionId}`)).toEqual([
      ['My app', 4],
      [null, 2],
    ]);
    expect(await shown('&to=2027-05-01&from=2027-04-30')).toEqual([]);
    // Of this node, what was still in memory too.
    await call('/open');
    clock.forward(SECOND);
    expect(await shown('&by=version&most=1')).toEqual([['v1', 7]]);
  });

  it('is written for readers once a second at most', async () => {
    const { writer, count } = otherNode();
    const sql = `SELECT SUM(requests) AS n FROM usage_counts WHERE step = 'day' AND version_id = ''`;
    const written = async () => {
      await writer.refresh();
      return Number((await app.database.query<{ n: number }>(sql))[0]!.n);
    };
    count();
    expect(await written()).toBe(1);
    count();
    expect(await written()).toBe(1);
    clock.forward(SECOND);
    expect(await written()).toBe(2);
  });

  // PostgreSQL reads a small table whole, whatever indexes it has.
  it.skipIf(isPostgres)('is found by its time, and a chart by what it is of', async () => {
    const params = {
      resource: '',
      step: '',
      version: '',
      route: '',
      subscription: '',
      from: 0,
      to: 0,
      most: 1,
    };
    const planOf = async (sql: string) => {
      const plan = await app.database.query<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, params);
      return plan.map(({ detail }) => detail).find((detail) => detail.includes('usage_counts'));
    };
    for (const by of TOP_BY) {
      expect(await planOf(statementFor(by, false)), by).toMatch(
        /\(resource_id=\? AND step=\? AND at>\? AND at<\?\)/,
      );
      expect(await planOf(statementFor(by, true)), by).toMatch(
        /\(resource_id=\? AND step=\? .*AND at>\? AND at<\?\)/,
      );
    }
    const key = 'resource_id=? AND step=? AND route_id=? AND subscription_id=?';
    expect(await planOf(READ_ANY_VERSION)).toContain(`(${key})`);
    expect(await planOf(READ_VERSION)).toContain(`(${key} AND version_id=? AND at>? AND at<?)`);
  });

  it('says how long the requests of a time took together', async () => {
    const [one, two] = [otherNode(), otherNode()];
    for (let each = 0; each < 99; each++) one.count({ ms: 10 });
    clock.forward(HOUR);
    two.count({ ms: 1_000, subscriptionId: 'sub-1' });
    await Promise.all([one.writer.write(), two.writer.write()]);
    const latency = async (query = '') =>
      (await admin.get(`/v1/usage/latency?resource=${api.id}${query}`)).body;
    const { from, to, requests, averageMs, p50, p99, buckets } = await latency();
    expect(Date.parse(to) - Date.parse(from)).toBe(25 * HOUR);
    expect([requests, averageMs]).toEqual([100, 19.9]);
    expect([Math.abs(p50 - 10) < 0.3, Math.abs(p99 - 10) < 0.3]).toEqual([true, true]);
    expect(buckets.map((each: { requests: number }) => each.requests)).toEqual([99, 1]);
    expect([buckets[0].upTo >= 10, buckets[0].upTo < 10.6, buckets[1].upTo >= 1_000]).toEqual([
      true,
      true,
      true,
    ]);
    expect(await latency('&subscription=sub-1')).toMatchObject({ requests: 1, averageMs: 1_000 });
    expect(await latency('&subscription=sub-2')).toMatchObject({
      requests: 0,
      averageMs: null,
      p50: null,
      buckets: [],
    });
  });

  it.each(['top', 'latency', 'requests'])('%s is for who may change the API, too', async (which) => {
    const reader = await app.as.holderOf('usage:read');
    expectProblem(await reader.get(`/v1/usage/${which}?resource=${api.id}`), 403, 'not_your_resource');
    expectProblem(await reader.get(`/v1/usage/${which}?resource=nope`), 404, 'not_found');
    expectProblem(await admin.get(`/v1/usage/${which}`), 400, 'validation_failed');
  });

  it.each([
    'top?resource=:id&by=user',
    'top?resource=:id&bucket=minute',
    'top?resource=:id&most=101',
    'top?resource=:id&most=0',
    'top?resource=:id&subscription=a',
    'latency?resource=:id&route=a&subscription=b',
    'latency?resource=:id&from=2027-05-03&to=2027-05-02',
    'top?resource=:id&from=2027-04-20&to=2027-04-30',
    'top?resource=:id&bucket=day&from=2026-04-20&to=2027-04-30',
    'requests?resource=:id&minStatus=99',
    'requests?resource=:id&minStatus=ok',
    'requests?resource=:id&minMs=-1',
    'requests?resource=:id&cursor=forged',
  ])('refuses %s', async (query) => {
    expect((await admin.get(`/v1/usage/${query.replace(':id', api.id)}`)).status).toBe(400);
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RequestLog } from '../../../src/apis/usage/request-log.service.js';
import { UsageRequest } from '../../../src/apis/usage/usage-request.entity.js';
import type { AnsweredListener, Traffic } from '../../../src/apis/gateway/traffic.service.js';
import { ResourcesService } from '../../../src/apis/resources/resources.service.js';
import { ProcessKind } from '../../../src/platform/config/process-kind.js';
import type { CleanUps } from '../../../src/platform/database/clean-ups.service.js';
import type { Statement } from '../../../src/platform/database/database.service.js';
import { Metrics } from '../../../src/platform/http/metrics.js';
import { getRepositoryToken } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { clock, DAY, SECOND } from '../../support/clock.js';
import { makeApi, publish, type TestApi } from '../../support/gateway.js';
import { Upstream } from '../../support/upstream.js';

/** Ids that rise. */
const idOf = (each: number | string) => `01890a5d-ac96-774b-bcce-${String(each).padStart(12, '0')}`;
const ROUTE = idOf(7);
const SUBSCRIPTION = idOf(8);
const NEVER = 0.99;
const ALWAYS = 0;

describe('the log of single requests', () => {
  let app: TestApp;
  let admin: SignedIn;
  let upstream: Upstream;
  let api: TestApi;
  const chance = vi.spyOn(Math, 'random');

  beforeAll(async () => {
    app = await startApp();
    admin = await app.as.admin();
    upstream = await Upstream.start();
    const routes = [{ methods: ['GET', 'POST'], path: '/things/:thing', isPublic: true }];
    api = await makeApi(app, [upstream.url], routes);
    await publish(app);
  });
  beforeEach(async () => {
    chance.mockReturnValue(NEVER);
    await app.nest.get(RequestLog).write();
    await app.database.query('DELETE FROM usage_requests');
    upstream.answer = (request, response) => {
      response.writeHead(request.url!.includes('fails') ? 500 : 200, { 'content-length': '2' });
      response.end('ok');
    };
  });
  afterEach(() => {
    chance.mockReset();
    clock.release();
  });
  afterAll(async () => {
    chance.mockRestore();
    await app.close();
    await upstream.close();
  });

  const list = async (query = '') => {
    // Readers alone write once a second.
    await app.nest.get(RequestLog).write();
    const { status, body, text } = await admin.get(`/v1/usage/requests?resource=${api.id}${query}`);
    expect(status, text).toBe(200);
    return body;
  };
  const shownIds = (items: { id: string }[]) => items.map(({ id }) => id.slice(24).replace(/^0+/, ''));
  const call = (thing: string, headers: Record<string, string> = {}) =>
    fetch(`${app.url}${api.base}/things/${thing}?secret=7`, { headers });

  /** Another process on the same database. */
  const otherNode = () => {
    const listeners: AnsweredListener[] = [];
    const traffic = { onAnswered: (each: AnsweredListener) => listeners.push(each) } as unknown as Traffic;
    const metrics = new Metrics();
    const every = vi.fn();
    const log = new RequestLog(
      app.nest.get(getRepositoryToken(UsageRequest)),
      app.nest.get(ResourcesService, { strict: false }),
      { every } as unknown as CleanUps,
      ProcessKind.SERVER,
      traffic,
      metrics,
    );
    const ids = {
      version: { id: api.versionId },
      route: { id: ROUTE },
      template: '/g',
    };
    const count = (
      id: number | string,
      answered: { status?: number; ms?: number; subscriptionId?: string } = {},
      apiId = api.id,
    ) => {
      const call = { id: idOf(id), method: 'GET', headers: {} };
      const all = {
        status: 200,
        ms: 10,
        bytesIn: 1,
        bytesOut: 2,
        subscriptionId: undefined,
        call,
        ...answered,
      };
      for (const listener of listeners) listener({ ...ids, api: { id: apiId } } as never, all as never);
    };
    return { log, count, every, metrics };
  };

  it('has what failed, without the query, the body and what names its caller', async () => {
    await call('fails-42', {
      'user-agent': `curl/8 ${'x'.repeat(300)}`,
      accept: '*/*',
      authorization: 'Bearer secret',
      cookie: 'a=secret',
      'x-more': 'secret',
    });
    const { items, nextCursor } = await list();
    expect(items).toEqual([
      {
        id: expect.any(String),
        at: expect.any(String),
        versionId: api.versionId,
        routeId: api.routes['/things/:thing'],
        subscriptionId: null,
        method: 'GET',
        path: `${api.base}/things/:thing`,
        status: 500,
        ms: expect.any(Number),
        bytesIn: 0,
        bytesOut: 2,
        why: 'failed',
        headers: { 'user-agent': expect.stringMatching(/^curl\/8 x{193}$/), accept: '*/*' },
      },
    ]);
    expect(JSON.stringify(items)).not.toMatch(/secret|fails/);
    expect(nextCursor).toBeNull();
    const answer = await call('fails');
    expect((await list()).items[0].id).toBe(answer.headers.get('x-request-id'));
  });

  it('has what went well by chance alone', async () => {
    await call('1');
    expect((await list()).items).toEqual([]);
    chance.mockReturnValue(ALWAYS);
    await call('2');
    expect((await list()).items).toMatchObject([{ status: 200, why: 'sampled' }]);
  });

  it('has what was slow, and is searched by what is asked for, the newest first', async () => {
    const node = otherNode();
    node.count('1', { ms: 2_500, subscriptionId: SUBSCRIPTION });
    node.count('2', { status: 503 });
    node.count('3', { ms: 1_999 });
    await node.log.write();
    const ids = async (query = '') => shownIds((await list(query)).items);
    expect(await ids()).toEqual(['2', '1']);
    expect(await ids('&minMs=2500')).toEqual(['1']);
    expect(await ids('&minStatus=500')).toEqual(['2']);
    expect(await ids(`&subscription=${SUBSCRIPTION}`)).toEqual(['1']);
    expect(await ids('&subscription=-')).toEqual(['2']);
    expect(await ids('&route=another')).toEqual([]);
    const first = await list('&limit=1');
    expect(shownIds(first.items)).toEqual(['2']);
    const second = await list(`&limit=1&cursor=${first.nextCursor}`);
    for (const wrong of ['limit=0', 'limit=101', 'cursor=x', `cursor=${first.nextCursor}A`])
      expect((await admin.get(`/v1/usage/requests?resource=${api.id}&${wrong}`)).status, wrong).toBe(400);
    expect([shownIds(second.items), second.nextCursor]).toEqual([['1'], null]);
  });

  it('holds no more than a thousand that wait, and says how many it left out', async () => {
    const node = otherNode();
    for (let each = 0; each < 1_005; each++) node.count(each, { status: 500 }, idOf(each % 11));
    await node.log.write();
    const [{ n }] = (await app.database.query('SELECT COUNT(*) AS n FROM usage_requests')) as [{ n: number }];
    expect(Number(n)).toBe(1_000);
    const gauge = 'gatehouse_request_log_left_out';
    expect(await node.metrics.registry.getSingleMetricAsString(gauge)).toContain(`${gauge} 5`);
    node.count(99_999, { status: 500 });
    await node.log.write();
    expect(shownIds((await list('&limit=1')).items)).toEqual(['99999']);
  });

  it('holds no more than a hundred of one API until they are written, and leaves the others their room', async () => {
    const node = otherNode();
    for (let each = 0; each < 105; each++) node.count(each, { status: 500 });
    node.count(500, { status: 500 }, idOf(9));
    await node.log.write();
    const sql =
      'SELECT resource_id AS api, COUNT(*) AS n FROM usage_requests GROUP BY resource_id ORDER BY n';
    const counted = async () =>
      (await app.database.query<{ api: string; n: number }>(sql)).map((row) => [row.api, Number(row.n)]);
    expect(await counted()).toEqual([
      [idOf(9), 1],
      [api.id, 100],
    ]);
    const gauge = 'gatehouse_request_log_left_out';
    expect(await node.metrics.registry.getSingleMetricAsString(gauge)).toContain(`${gauge} 5`);
    node.count(600, { status: 500 });
    await node.log.write();
    expect(await counted()).toContainEqual([api.id, 101]);
  });

  it('is written for readers once a second at most', async () => {
    clock.stop();
    const node = otherNode();
    const written = async () => {
      await node.log.refresh();
      return shownIds(await app.database.query('SELECT id FROM usage_requests ORDER BY id'));
    };
    node.count('1', { status: 500 });
    expect(await written()).toEqual(['1']);
    node.count('2', { status: 500 });
    expect(await written()).toEqual(['1']);
    clock.forward(SECOND);
    expect(await written()).toEqual(['1', '2']);
  });

  it('is written in pieces, with requests answered in between, and not read again', async () => {
    const runner = app.nest.get(DataSource).createQueryRunner();
    const asked = vi.spyOn(Object.getPrototypeOf(runner) as typeof runner, 'query');
    await runner.release();
    const statements = () =>
      asked.mock.calls.map(([sql]) => sql).filter((sql) => sql.includes('usage_requests'));
    const node = otherNode();
    for (let each = 0; each < 60; each++) node.count(each, { status: 500 });
    let before: number | undefined;
    setImmediate(() => (before = statements().length));
    await node.log.write();
    expect(before).toBeLessThan(2);
    expect(statements()).toHaveLength(2);
    for (const sql of statements()) expect(sql).toMatch(/^INSERT (?!.*RETURNING)/s);
    asked.mockRestore();
  });

  it('is kept for seven days, and no more than 200,000 of it', async () => {
    const node = otherNode();
    for (const id of ['1', '2', '3']) node.count(id, { status: 500 });
    await node.log.write();
    node.log.onModuleInit();
    await node.log.onApplicationShutdown();
    const [age, room] = node.every.mock.calls.map(([, , made]) => made as (now: number) => Statement);
    const left = async (statement: Statement) => {
      await app.database.run(statement);
      return shownIds((await list()).items);
    };
    expect(await left(age!(Date.now() + 6 * DAY))).toEqual(['3', '2', '1']);
    const { sql } = room!(Date.now());
    expect(sql).toContain('OFFSET 200000');
    expect(await left({ sql: sql.replace('200000', '2'), params: {} })).toEqual(['3', '2']);
    expect(await left(age!(Date.now() + 8 * DAY))).toEqual([]);
  });
});

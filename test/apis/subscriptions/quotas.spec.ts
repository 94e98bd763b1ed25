import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { clock, DAY } from '../../support/clock.js';
import {
  makeApi,
  makePlan,
  publish,
  subscribe,
  subscriptionKey,
  type TestApi,
} from '../../support/gateway.js';
import { expectProblem } from '../../support/problem.js';
import { decoded } from '../../support/signing-keys.js';
import { statementsDuring } from '../../support/statements.js';
import { Upstream } from '../../support/upstream.js';

/** As promised, with room for a machine that is busy. */
const WITHIN = { timeout: 5_000, interval: 20 };

describe('the plan of a subscription', () => {
  let app: TestApp;
  let admin: SignedIn;
  let member: SignedIn;
  let upstream: Upstream;
  let sockets: WebSocketServer;
  let api: TestApi;

  beforeAll(async () => {
    app = await startApp();
    [admin, member] = await Promise.all([app.as.admin(), app.as.member()]);
    upstream = await Upstream.start();
    sockets = new WebSocketServer({ server: upstream.server });
    api = await makeApi(
      app,
      [upstream.url],
      [{ methods: ['GET', 'POST'], path: '/*', scopes: ['items:read'] }],
    );
    await publish(app);
  });
  afterEach(() => clock.release());
  afterAll(async () => {
    await app.close();
    sockets.close();
    await upstream.close();
  });
  const x = (path = '/x') => `${api.base}${path}`;
  const setUp = async (plan: object) => {
    const made = await makePlan(app, api, plan);
    const { application, subscription } = await subscribe(member, made.id);
    return {
      plan: made,
      application,
      subscription,
      key: await subscriptionKey(app, member, subscription.id),
    };
  };
  const perMonth = (amount: number) => ({ quota: [{ unit: 'requests', amount, per: 'month' }] });

  it('lets through as many requests as its quota says, and says how many are left', async () => {
    const { key, subscription } = await setUp({ quota: [{ unit: 'requests', amount: 5, per: 'day' }] });
    const before = upstream.seen.length;
    const answers = [];
    for (let call = 0; call < 7; call++) answers.push(await key.get(x()));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429, 429]);
    expect(upstream.seen).toHaveLength(before + 5);
    expect(answers[0]!.headers.get('ratelimit-policy')).toBe('"requests-day";q=5;w=86400');
    expect(answers[0]!.headers.get('ratelimit')).toMatch(/^"requests-day";r=4;t=\d+$/);
    expectProblem(answers[6]!, 429, 'quota_exhausted');
    expect(answers[6]!.headers.get('ratelimit')).toMatch(/^"requests-day";r=0;t=\d+$/);
    const wait = Number(answers[6]!.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(86_400);
    const left = await member.get(`/v1/subscriptions/${subscription.id}/quota`);
    expect(left.body.items).toMatchObject([{ unit: 'requests', per: 'day', amount: 5, remaining: 0 }]);
    const explained = await admin.post('/v1/gateway/explain', { method: 'GET', url: x(), token: key.key });
    expect(explained.body).toMatchObject({ outcome: 'refuse', status: 429, code: 'quota_exhausted' });
  });

  it('is exact, whatever comes at the same time by however many keys', async () => {
    const { key, subscription } = await setUp(perMonth(10));
    const other = await subscriptionKey(app, member, subscription.id);
    const before = upstream.seen.length;
    const calls = Array.from({ length: 50 }, (_, at) => (at % 2 === 0 ? key : other).get(x()));
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(40);
    expect(upstream.seen).toHaveLength(before + 10);
  });

  it('begins anew with the next period, and not with the next subscription', async () => {
    const { key, subscription, application, plan } = await setUp({
      quota: [{ unit: 'requests', amount: 1, per: 'day' }],
    });
    expect((await key.get(x())).status).toBe(200);
    await member.post(`/v1/subscriptions/${subscription.id}/end`, {});
    const path = `/v1/applications/${application.id}/subscriptions`;
    const { body: again } = await member.post(path, { planId: plan.id });
    const next = await subscriptionKey(app, member, again.id);
    expectProblem(await next.get(x()), 429, 'quota_exhausted');
    clock.forward(DAY);
    expect((await next.get(x())).status).toBe(200);
    expectProblem(await next.get(x()), 429, 'quota_exhausted');
  });

  it('is another at once, with the same key: by its change, and by a change of plan', async () => {
    const { key, subscription, plan } = await setUp(perMonth(1));
    await key.get(x());
    expectProblem(await key.get(x()), 429, 'quota_exhausted');
    await admin.patch(`/v1/resources/${api.id}/plans/${plan.id}`, perMonth(2));
    expect((await key.get(x())).status).toBe(200);
    expectProblem(await key.get(x()), 429, 'quota_exhausted');
    const larger = await makePlan(app, api, perMonth(3));
    await member.patch(`/v1/subscriptions/${subscription.id}`, { planId: larger.id });
    expect((await key.get(x())).status).toBe(200);
    expectProblem(await key.get(x()), 429, 'quota_exhausted');
  });

  it('counts bytes of bodies both ways, and refuses what comes after', async () => {
    const { key } = await setUp({ quota: [{ unit: 'bytes', amount: 3_000, per: 'month' }] });
    upstream.answer = (_request, response) => response.end('y'.repeat(1_000));
    try {
      const first = await key.post(x(), 'x'.repeat(1_000));
      expect(first.headers.get('ratelimit-policy')).toMatch(
        /^"bytes-month";q=3000;qu="content-bytes";w=\d+$/,
      );
      expect((await key.post(x(), 'x'.repeat(1_000))).status).toBe(200);
      // Counted once they have gone, which may be just after the client has them.
      await vi.waitFor(async () => {
        const asked = { method: 'GET', url: x(), token: key.key };
        const { body } = await admin.post('/v1/gateway/explain', asked);
        expect(body.code).toBe('quota_exhausted');
      }, WITHIN);
      expectProblem(await key.get(x()), 429, 'quota_exhausted');
    } finally {
      upstream.answer = (_request, response) => response.end('{}');
    }
  });

  it('says how fast it may be called', async () => {
    const { key } = await setUp({ limit: { requests: 2, per: 'day' } });
    const answers = [await key.get(x()), await key.get(x()), await key.get(x())];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expectProblem(answers[2]!, 429, 'plan_limit_reached');
    expect(answers[0]!.headers.get('ratelimit-policy')).toBe('"plan";q=2;w=86400');
  });

  it('asks no database for a request, and writes what was counted a second later', async () => {
    const { key, application } = await setUp(perMonth(1_000));
    await key.get(x());
    const statements = await statementsDuring(app, async () => {
      for (let call = 0; call < 20; call++) await key.get(x());
    });
    expect(statements.filter((each) => /SELECT.*(quota|subscriptions|plans|api_keys)/s.test(each))).toEqual(
      [],
    );
    // Three rounds of it, and the one before.
    await vi.waitFor(async () => {
      const sql = 'SELECT used FROM quota_counters WHERE application_id = :id';
      const [row] = await app.database.query<{ used: number }>(sql, { id: application.id });
      expect(Number(row?.used)).toBe(61);
    }, WITHIN);
  });

  it('holds by what this node has counted while the database is away as a period begins', async () => {
    const { key } = await setUp({ quota: [{ unit: 'requests', amount: 2, per: 'day' }] });
    expect((await key.get(x())).status).toBe(200);
    clock.forward(DAY);
    const { database } = app;
    const [query, write] = [database.query.bind(database), database.atomically.bind(database)];
    const isAway = (sql = '') => sql.includes('quota_counters');
    const away = () => Promise.reject(new Error('away'));
    const reads = vi
      .spyOn(database, 'query')
      .mockImplementation((sql, params) => (isAway(sql) ? away() : query(sql, params)));
    const writes = vi
      .spyOn(database, 'atomically')
      .mockImplementation((all) => (isAway(all[0]?.sql) ? away() : write(all)));
    try {
      const answers = [await key.get(x()), await key.get(x()), await key.get(x())];
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    } finally {
      reads.mockRestore();
      writes.mockRestore();
    }
    expectProblem(await key.get(x()), 429, 'quota_exhausted');
  });

  it('is told to the upstream, with the application', async () => {
    const { key, application, subscription, plan } = await setUp({});
    await key.get(x());
    const { authorization = '' } = upstream.seen.at(-1)!.headers;
    expect(decoded(authorization.replace('Bearer ', '')).claims).toMatchObject({
      client_id: application.id,
      sub_id: subscription.id,
      plan: plan.name,
      sub: member.id,
    });
  });

  it('ends what is open when the subscription is suspended or ends', async () => {
    const { key, subscription } = await setUp({});
    upstream.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
    };
    try {
      const stream = await fetch(app.url + x('/stream'), { headers: key.headers });
      const socket = new WebSocket(app.url.replace('http', 'ws') + x('/socket'), { headers: key.headers });
      await once(socket, 'open');
      const closed = once(socket, 'close');
      socket.on('error', () => {});
      const read = stream.text().then(
        () => 'whole',
        () => 'cut',
      );
      await admin.post(`/v1/subscriptions/${subscription.id}/suspend`, {});
      expect(await read).toBe('cut');
      await closed;
    } finally {
      upstream.answer = (_request, response) => response.end('{}');
    }
  });
});

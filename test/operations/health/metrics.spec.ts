import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { useWholeCosts } from '../../support/cheap-hashes.js';
import { expectProblem } from '../../support/problem.js';
import { refresh } from '../../support/sessions.js';

/** Debian's package prometheus brings it; .ci/run installs that. */
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

/** One sample; 0 when there is none yet. */
function valueOf(text: string, series: string): number {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.slice(series.length + 1));
}

const requests = (method: string, route: string, status: number) =>
  `gatehouse_http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"}`;

const logins = (outcome: string) => `gatehouse_logins_total{outcome="${outcome}"}`;

const refreshes = (outcome: string) => `gatehouse_refreshes_total{outcome="${outcome}"}`;

describe('/metrics', () => {
  let app: TestApp;
  useWholeCosts();

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  async function read(): Promise<string> {
    const { status, text } = await (await app.as.admin()).get('/metrics');
    expect(status).toBe(200);
    return text;
  }

  /** How far `work` takes a counter. */
  async function gained(series: string, work: () => Promise<unknown>): Promise<number> {
    const before = valueOf(await read(), series);
    await work();
    return valueOf(await read(), series) - before;
  }

  it('is Prometheus’s text format', async () => {
    const { headers, text } = await (await app.as.admin()).get('/metrics');
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(text.endsWith('\n')).toBe(true);
    const sample =
      /^[a-zA-Z_:][\w:]*(\{[a-zA-Z_]\w*="(\\.|[^"\\])*"(,[a-zA-Z_]\w*="(\\.|[^"\\])*")*\})? (-?[\d.e+-]+|\+Inf|-Inf|NaN)$/i;
    const comment = /^# (HELP [a-zA-Z_:][\w:]* .+|TYPE [a-zA-Z_:][\w:]* (counter|gauge|histogram|summary))$/;
    const odd = text.split('\n').filter((line) => line !== '' && !sample.test(line) && !comment.test(line));
    expect(odd).toEqual([]);
    const types = text.match(/^# TYPE (\S+)/gm)!;
    expect(new Set(types).size).toBe(types.length);
  });

  it('names counters alone `_total`, as promtool has it', async () => {
    const types = [...(await read()).matchAll(/^# TYPE (\S+) (\w+)$/gm)];
    expect(types.length).toBeGreaterThan(20);
    const misnamed = types.filter(([, name, type]) => name!.endsWith('_total') !== (type === 'counter'));
    expect(misnamed.map(([, name]) => name)).toEqual([]);
  });

  it.runIf(hasPromtool)('has nothing that promtool objects to', async () => {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: await read() });
    expect([status, String(stdout) + String(stderr)]).toEqual([0, '']);
  });

  it('needs metrics:read', async () => {
    expectProblem(await app.as.anonymous().get('/metrics'), 401, 'unauthenticated');
    const refused = await (await app.as.member()).get('/metrics');
    expectProblem(refused, 403, 'insufficient_scope');
    expect(refused.headers.get('www-authenticate')).toContain('scope="metrics:read"');
    expect((await (await app.as.holderOf('metrics:read')).get('/metrics')).status).toBe(200);
  });

  it('counts requests by method, route and status, with their durations', async () => {
    const member = await app.as.member();
    const ok = await gained(requests('GET', '/v1/auth/whoami', 200), async () => {
      for (let times = 0; times < 3; times++) await member.get('/v1/auth/whoami');
    });
    expect(ok).toBe(3);
    expect(await gained(requests('GET', '/v1/users', 403), () => member.get('/v1/users'))).toBe(1);

    const text = await read();
    const labels = '{le="+Inf",method="GET",route="/v1/auth/whoami",status="200"}';
    const total = valueOf(text, requests('GET', '/v1/auth/whoami', 200));
    expect(valueOf(text, `gatehouse_http_request_duration_seconds_bucket${labels}`)).toBe(total);
    const sum = requests('GET', '/v1/auth/whoami', 200).replace('_count', '_sum');
    expect(valueOf(text, sum)).toBeGreaterThan(0);
    expect(valueOf(text, sum)).toBeLessThan(60);
  });

  it('has one series a route and none a URL', async () => {
    const admin = await app.as.admin();
    const one = await app.as.member();
    const other = await app.as.member();
    const reads = await gained(requests('GET', '/v1/users/:id', 200), async () => {
      await admin.get(`/v1/users/${one.id}`);
      await admin.get(`/v1/users/${other.id}?a=1`);
    });
    expect(reads).toBe(2);
    await admin.get('/v1/made-up/path-one');
    await admin.get('/v1/made-up/path-two?access=secret-of-a-query');
    const text = await read();
    for (const hidden of [one.id, other.id, 'made-up', 'secret-of-a-query', one.email])
      expect(text).not.toContain(hidden);
    expect(valueOf(text, requests('GET', 'none', 404))).toBeGreaterThanOrEqual(2);
  });

  it('counts logins by outcome', async () => {
    const member = await app.as.member();
    expect(await gained(logins('succeeded'), () => app.as.logIn(member.email))).toBe(1);
    const failing = { email: member.email, password: 'not the right one' };
    expect(await gained(logins('failed'), () => app.as.anonymous().post('/v1/auth/login', failing))).toBe(1);
    expect(await gained(logins('succeeded'), () => app.as.anonymous().post('/v1/auth/login', failing))).toBe(
      0,
    );
  });

  it('counts refreshes by outcome', async () => {
    const { refresh_token: token } = (await app.as.member()).tokens;
    expect(await gained(refreshes('rotated'), () => refresh(app, token))).toBe(1);
    expect(await gained(refreshes('retried'), () => refresh(app, token))).toBe(1);
    expect(await gained(refreshes('invalid'), () => refresh(app, 'x'.repeat(72)))).toBe(1);
    await app.database.run({ sql: "UPDATE sessions SET rotations = '[]'", params: {} });
    expect(await gained(refreshes('reused'), () => refresh(app, token))).toBe(1);
  });

  it('shows live revocations', async () => {
    const member = await app.as.member();
    expect(await gained('gatehouse_revocations_live', () => member.post('/v1/auth/logout'))).toBe(1);
  });

  it('shows the hits and the size of the cache of tokens', async () => {
    const member = await app.as.member();
    const entries = 'gatehouse_token_cache_entries';
    expect(await gained(entries, () => member.get('/v1/auth/whoami'))).toBe(1);
    // The admin's own request counts too.
    const hits = await gained('gatehouse_token_cache_hits', () => member.get('/v1/auth/whoami'));
    expect(hits).toBe(2);
    const fresh = await app.as.member();
    expect(await gained('gatehouse_token_cache_misses', () => fresh.get('/v1/auth/whoami'))).toBe(1);
    const text = await read();
    expect(valueOf(text, 'gatehouse_token_cache_bytes')).toBeGreaterThan(500 * valueOf(text, entries));
  });

  it('shows what waits to be hashed', async () => {
    expect(await read()).toMatch(/^gatehouse_hash_queue_length 0$/m);
    const logIns = Array.from({ length: 8 }, () =>
      app.as
        .anonymous()
        .post('/v1/auth/login', { email: 'nobody@example.com', password: 'a wrong password' }),
    );
    let longest = 0;
    const watch = async (): Promise<void> => {
      while (longest === 0) longest = valueOf(await read(), 'gatehouse_hash_queue_length');
    };
    await Promise.race([watch(), Promise.all(logIns)]);
    await Promise.all(logIns);
    expect(longest).toBeGreaterThan(0);
    expect(await read()).toMatch(/^gatehouse_hash_queue_length 0$/m);
  });

  it('shows the delay of the event loop, memory and the database', async () => {
    const text = await read();
    expect(text).toMatch(/^gatehouse_nodejs_eventloop_lag_p99_seconds [\d.e-]+$/m);
    expect(text).toMatch(/^gatehouse_nodejs_eventloop_lag_seconds [\d.e-]+$/m);
    expect(valueOf(text, 'gatehouse_process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
    expect(valueOf(text, 'gatehouse_database_connections')).toBeGreaterThanOrEqual(1);
    expect(text).toMatch(/^gatehouse_database_connections_idle \d+$/m);
    expect(text).toMatch(/^gatehouse_database_waiting 0$/m);
  });

  it('holds no secret', async () => {
    const { access_token, refresh_token } = (await app.as.member()).tokens;
    await app.as.anonymous().get(`/v1/users/${access_token}`);
    await app.as.anonymous().get(`/${refresh_token}`);
    const text = await read();
    for (const secret of [
      access_token,
      refresh_token,
      app.settings.GATEHOUSE_SECRET,
      app.settings.DATABASE_URL,
    ])
      expect(text).not.toContain(secret);
  });
});

describe('METRICS=off', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({ env: { METRICS: 'off' } });
  });
  afterAll(() => app.close());

  it('leaves nothing at /metrics, and everything else as it was', async () => {
    const admin = await app.as.admin();
    expectProblem(await admin.get('/metrics'), 404, 'not_found');
    expect((await admin.get('/v1/auth/whoami')).status).toBe(200);
    expect((await app.as.anonymous().get('/health/ready')).status).toBe(200);
  });
});

describe('/metrics of a server that has just started', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('begins each counter of known outcomes at 0, so that the first of any is seen to come', async () => {
    const { text } = await (await app.as.admin()).get('/metrics');
    const known: Record<string, string[]> = {
      logins: ['succeeded', 'failed'],
      refreshes: ['rotated', 'retried', 'reused', 'invalid'],
      mails: ['sent', 'retried', 'failed', 'dropped', 'withheld'],
      event_listeners: ['done', 'failed', 'dropped'],
      breach_checks: ['found', 'clear', 'failed'],
      api_key_refusals: ['revoked', 'expired', 'address', 'limit'],
      throttled: ['login', 'login_account', 'refresh_account', 'source', 'principal'],
    };
    for (const [name, outcomes] of Object.entries(known)) {
      for (const outcome of outcomes) {
        const line = `gatehouse_${name}_total{outcome="${outcome}"}`;
        // The admin has just signed in.
        expect(text).toContain(`${line} ${line === logins('succeeded') ? 1 : 0}\n`);
      }
    }
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { expectProblem } from '../../support/problem.js';
import { sendRaw, statusesIn } from '../../support/raw.js';

const CORS = ['origin', 'credentials', 'methods', 'headers'].map((word) => `access-control-allow-${word}`);
const PREFLIGHT = {
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'content-type',
};

describe('the headers of every response', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it.each([
    ['/health/live', 200],
    ['/v1/me', 401],
    ['/nope', 404],
    ['/v1/auth/login', 405],
    ['/openapi.json', 200],
    ['/docs', 200],
    ['/.well-known/jwks.json', 200],
  ])('keep a browser safe: %s', async (path, status) => {
    const { headers, ...answer } = await app.as.anonymous().get(path);
    expect(answer.status).toBe(status);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}/);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-frame-options')).toBe('DENY');
    const policy = headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("base-uri 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
  });

  it('do not say what the server is made of', async () => {
    for (const path of ['/health/live', '/nope', '/docs', '/v1/me']) {
      const { headers } = await app.as.anonymous().get(path);
      expect(headers.get('server')).toBeNull();
      expect(headers.get('x-powered-by')).toBeNull();
      expect([...headers.values()].join('\n')).not.toMatch(/fastify|nest|express|node/i);
    }
  });

  it('forbid to store what is a user’s own', async () => {
    const member = await app.as.member();
    for (const path of ['/v1/me', '/v1/auth/whoami', '/v1/me/sessions', '/v1/users', '/v1/nope']) {
      expect((await member.get(path)).headers.get('cache-control'), path).toBe('no-store');
    }
    const { refresh_token } = member.tokens;
    const refreshed = await app.as.anonymous().post('/v1/auth/refresh', { refresh_token });
    expect(refreshed.headers.get('cache-control')).toBe('no-store');
  });

  it('let the public keys be stored', async () => {
    const { headers } = await app.as.anonymous().get('/.well-known/jwks.json');
    expect(headers.get('cache-control')).toMatch(/^public, max-age=\d+$/);
  });

  it('say the type and the charset of every body', async () => {
    for (const path of [
      '/health/live',
      '/openapi.json',
      '/docs',
      '/docs/start.js',
      '/.well-known/jwks.json',
    ]) {
      const type = (await app.as.anonymous().get(path)).headers.get('content-type');
      expect(type, path).toMatch(/; charset=utf-8$/);
    }
  });

  it('carry an id of the request’s own, no matter what the client sent', async () => {
    const sent = { 'x-request-id': 'forged', 'request-id': 'forged' };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => app.as.anonymous().get('/nope', sent)),
    );
    const ids = answers.map(({ headers }) => headers.get('x-request-id'));
    expect(new Set(ids).size).toBe(50);
    expect(ids.filter((id) => id?.includes('forged'))).toEqual([]);
    expect(app.log.join('')).not.toContain('forged');
  });

  it('open the server to no page of another site', async () => {
    const origin = 'https://evil.example';
    const answer = await app.as.anonymous().get('/health/live', { origin });
    const asked = { origin, ...PREFLIGHT };
    const preflight = await app.as.anonymous().send('OPTIONS', '/v1/auth/login', undefined, asked);
    for (const { headers } of [answer, preflight]) {
      expect(CORS.map((name) => headers.get(name))).toEqual([null, null, null, null]);
    }
  });

  it('cannot be split by what a client sends', async () => {
    const { headers } = await app.as
      .anonymous()
      .get('/nope%0d%0aSet-Cookie:%20a=b?x=%0d%0aSet-Cookie:%20a=b');
    expect(headers.get('set-cookie')).toBeNull();
  });
});

describe('with CORS_ORIGINS', () => {
  let app: TestApp;
  const ours = ['https://app.example.com', 'https://other.example.com:8443'];

  beforeAll(async () => {
    app = await startApp({ env: { CORS_ORIGINS: ours.join(', '), CORS_HEADERS: 'x-datadog-trace-id' } });
  });
  afterAll(() => app.close());

  it.each(ours)('lets a page of %s call', async (origin) => {
    const asked = { origin, ...PREFLIGHT };
    const preflight = await app.as.anonymous().send('OPTIONS', '/v1/auth/login', undefined, asked);
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
    expect(preflight.headers.get('access-control-allow-credentials')).toBe('true');
    expect(preflight.headers.get('vary')).toMatch(/origin/i);
    expect(Number(preflight.headers.get('access-control-max-age'))).toBeGreaterThan(0);
    const { headers } = await app.as.anonymous().get('/health/live', { origin });
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    expect(headers.get('access-control-expose-headers')).toContain('x-request-id');
  });

  it.each([
    'null',
    '*',
    'https://evil.example',
    'http://app.example.com',
    'https://app.example.com.evil.example',
    'https://app.example.com:444',
    'https://sub.app.example.com',
    'https://app.example.com@evil.example',
  ])('lets no page of %s call', async (origin) => {
    const asked = { origin, ...PREFLIGHT };
    const preflight = await app.as.anonymous().send('OPTIONS', '/v1/auth/login', undefined, asked);
    const answer = await app.as.anonymous().get('/health/live', { origin });
    for (const { headers } of [preflight, answer]) {
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('vary')).toMatch(/origin/i);
    }
  });

  it.each([
    ['405', 'PUT', '/v1/auth/login', 405],
    ['404', 'GET', '/nope', 404],
    ['414', 'GET', `/v1/users/${'x'.repeat(200)}`, 414],
    ['400 for a broken URL', 'GET', '/v1/users/%E0%', 400],
    ['431', 'GET', '/v1/me', 431],
    ['401', 'GET', '/v1/me', 401],
  ])('lets its pages read a %s, and no other page', async (_, method, path, status) => {
    const large = status === 431 ? `X-A: ${'x'.repeat(40_000)}\r\n` : '';
    const allowedTo = async (origin: string) => {
      const received = await sendRaw(
        app.url,
        `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nOrigin: ${origin}\r\nConnection: close\r\n${large}\r\n`,
      );
      expect(statusesIn(received)).toEqual([status]);
      expect(received).toMatch(/\r\nvary: Origin\r\n/i);
      return /\r\naccess-control-allow-origin: (.*)\r\n/i.exec(received)?.[1];
    };
    expect(await allowedTo(ours[0]!)).toBe(ours[0]);
    expect(await allowedTo('https://evil.example')).toBeUndefined();
  });

  it('lets them send the headers of tracing, and those of CORS_HEADERS', async () => {
    const asked = { origin: ours[0]!, ...PREFLIGHT };
    const { headers } = await app.as.anonymous().send('OPTIONS', '/v1/me', undefined, asked);
    expect(headers.get('access-control-allow-headers')?.split(', ')).toEqual([
      'authorization',
      'content-type',
      'device-token',
      'dpop',
      'baggage',
      'sentry-trace',
      'traceparent',
      'tracestate',
      'x-datadog-trace-id',
    ]);
  });

  it('takes OPTIONS that is no preflight for a method like any other', async () => {
    const { status, headers } = await app.as
      .anonymous()
      .send('OPTIONS', '/v1/auth/login', undefined, { origin: ours[0]! });
    expect(status).toBe(405);
    expect(headers.get('access-control-allow-methods')).toBeNull();
  });

  it('still answers 404 and 405 as without', async () => {
    expectProblem(await app.as.anonymous().get('/nope'), 404, 'not_found');
    const answer = await app.as.anonymous().delete('/v1/auth/login');
    expectProblem(answer, 405, 'method_not_allowed');
    expect(answer.headers.get('allow')).toBe('POST');
  });
});

describe('the address of a client', () => {
  let app: TestApp;
  afterEach(() => app.close());

  /** What the audit trail holds after a failed login with this header. */
  async function addressSeen(forwarded: string, env: Record<string, string> = {}): Promise<string> {
    app = await startApp({ env });
    const headers = { 'x-forwarded-for': forwarded, 'x-real-ip': '6.6.6.6', forwarded: 'for=6.6.6.6' };
    await app.as.anonymous().post('/v1/auth/login', { email: 'nobody@example.com', password: 'x' }, headers);
    const [event] = await app.database.query<{ ip: string }>(
      `SELECT ip FROM audit_events WHERE action = 'login.failed'`,
    );
    return event!.ip;
  }

  it('is that of the connection, no matter what X-Forwarded-For says', async () => {
    expect(await addressSeen('6.6.6.6')).toBe('127.0.0.1');
  });

  it('is the one that the nearest proxy added, with TRUST_PROXY=1', async () => {
    expect(await addressSeen('6.6.6.6, 7.7.7.7', { TRUST_PROXY: '1' })).toBe('7.7.7.7');
  });

  it('is the nearest that is no trusted proxy, with a list of them', async () => {
    const env = { TRUST_PROXY: '127.0.0.1,10.0.0.0/8' };
    expect(await addressSeen('6.6.6.6, 7.7.7.7, 10.0.0.9', env)).toBe('7.7.7.7');
  });

  it('is not believed from a proxy that is not listed', async () => {
    expect(await addressSeen('6.6.6.6', { TRUST_PROXY: '10.0.0.0/8' })).toBe('127.0.0.1');
  });

  describe('in X-Forwarded-For or Forwarded', () => {
    /** What each of these makes of the client's address; `null` for what is none. */
    async function seenWith(env: Record<string, string>, all: Record<string, string>[]) {
      app = await startApp({ env });
      const seen: (string | null)[] = [];
      for (const headers of all) {
        const member = await app.as.member();
        await app.as.anonymous().post('/v1/auth/login', { email: member.email, password: PASSWORD }, headers);
        const [session] = await app.database.query<{ ip: string | null }>(
          'SELECT ip FROM sessions WHERE user_id = :id ORDER BY id DESC LIMIT 1',
          { id: member.id },
        );
        seen.push(session!.ip);
      }
      return seen;
    }

    const FORMS: [header: string, address: string | null][] = [
      ['203.0.113.9', '203.0.113.9'],
      ['203.0.113.9:52814', '203.0.113.9'],
      ['"203.0.113.9:52814"', '203.0.113.9'],
      ['2001:db8::9', '2001:db8::9'],
      ['[2001:db8::9]', '2001:db8::9'],
      ['[2001:db8::9]:443', '2001:db8::9'],
      ['2001:db8:0:0:0:0:0:9:52814', '2001:db8:0:0:0:0:0:9'],
      ['fe80::9%eth0', 'fe80::9'],
      ['[fe80::9%25eth0]:443', 'fe80::9'],
      ['::ffff:203.0.113.9', '203.0.113.9'],
      ['  203.0.113.9 ', '203.0.113.9'],
      ['198.51.100.7:1, 203.0.113.9:2', '203.0.113.9'],
      ['198.51.100.7,,203.0.113.9,', '203.0.113.9'],
      ['unknown', null],
      ['203.0.113.9, _hidden', null],
      ['[203.0.113.9', null],
      ['203.0.113.9:port', null],
    ];
    it('has a form for each proxy', async () => {
      const all = FORMS.map(([header]) => ({ 'x-forwarded-for': header }));
      expect(await seenWith({ TRUST_PROXY: '1' }, all)).toEqual(FORMS.map(([, address]) => address));
    });

    const FORWARDED: [header: string, address: string | null][] = [
      ['for=203.0.113.9', '203.0.113.9'],
      ['For="203.0.113.9:52814";proto=https;by=10.0.0.1', '203.0.113.9'],
      ['proto=https; for="[2001:db8::9]:4711"', '2001:db8::9'],
      ['for="[fe80::9%eth0]"', 'fe80::9'],
      ['for=198.51.100.7, for="203.0.113.9"; host="a,b;c"', '203.0.113.9'],
      ['for=unknown', null],
      ['for=_gazonk', null],
      ['proto=https', null],
      ['for="203.0.113.9', null],
    ];
    it('is read from Forwarded (RFC 7239), where there is no X-Forwarded-For', async () => {
      const all = FORWARDED.map(([forwarded]) => ({ forwarded }));
      expect(await seenWith({ TRUST_PROXY: '1' }, all)).toEqual(FORWARDED.map(([, address]) => address));
    });

    it('is found behind proxies that are named by their addresses, ports or not', async () => {
      const env = { TRUST_PROXY: '127.0.0.0/8, ::ffff:10.0.0.9, 2001:db8:1::/48, fe80::1%eth0' };
      const chain = '6.6.6.6, 203.0.113.9:1234, [2001:db8:1::5]:443, 10.0.0.9:80, fe80::1%eth1';
      const forwarded = 'for=6.6.6.6, for="203.0.113.9:1", for="[2001:db8:1::5]:443", for="10.0.0.9:80"';
      const ways: Record<string, string>[] = [{ 'x-forwarded-for': chain }, { forwarded }];
      expect(await seenWith(env, ways)).toEqual(['203.0.113.9', '203.0.113.9']);
    });

    it('is believed from no caller, unless TRUST_PROXY says so', async () => {
      const lies: Record<string, string>[] = [
        { 'x-forwarded-for': '6.6.6.6:1' },
        { forwarded: 'for="6.6.6.6:1"' },
      ];
      expect(await seenWith({ TRUST_PROXY: '10.0.0.0/8' }, lies)).toEqual(['127.0.0.1', '127.0.0.1']);
    });
  });
});

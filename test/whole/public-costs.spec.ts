import { describe, expect, it, vi } from 'vitest';
import { argon2 } from '../../src/accounts/users/argon2.js';
import { RouteRegistry } from '../../src/platform/access/route-registry.js';
import type { TestApp } from '../support/app.js';
import { useMailApp } from '../support/mail-app.js';
import { statementsDuring } from '../support/statements.js';

/** What one request of a stranger may cost at most. */
interface Cost {
  /** SQL statements before the answer, and how many of them add a row. */
  statements: number;
  rows: number;
  /** Passwords that are hashed. */
  hashes: number;
  /** Bytes of the answer with its headers. */
  bytes: number;
  body?: object;
}

const TOKEN = 'A'.repeat(43);
const REFRESH_TOKEN = 'A'.repeat(72);
const PASSWORD = 'a long enough passphrase';
const PASSKEY = {
  id: 'AAAAAAAAAAAAAAAAAAAAAA',
  rawId: 'AAAAAAAAAAAAAAAAAAAAAA',
  type: 'public-key',
  clientExtensionResults: {},
  response: {
    clientDataJSON: Buffer.from(
      JSON.stringify({ type: 'webauthn.get', challenge: TOKEN, origin: 'http://localhost:3000' }),
    ).toString('base64url'),
    authenticatorData: 'A'.repeat(50),
    signature: 'A'.repeat(90),
  },
};
const api = (more: Partial<Cost> = {}): Cost => ({
  statements: 0,
  rows: 0,
  hashes: 0,
  bytes: 1_200,
  ...more,
});
const page = (more: Partial<Cost> = {}): Cost => api({ bytes: 6_000, ...more });
/** An audit event and a letter, or a decoy. */
const byMail = { statements: 3, rows: 2, body: { email: 'NEW' } };
const newPassword = { password: PASSWORD, again: PASSWORD };

/** Letters and logouts are sent, and revocations of other nodes are polled. */
const isBackground = (sql: string) =>
  /(FROM|UPDATE) (mails|logout_deliveries)|FROM revocations WHERE created_at/.test(sql);

/** By route; `NEW` stands for an address without an account. A new public route needs a row here. */
const COSTS: Record<string, Cost> = {
  'GET /': api(),
  'GET /.well-known/change-password': api(),
  'GET /.well-known/jwks.json': api(),
  'GET /.well-known/oauth-authorization-server': api({ statements: 1, bytes: 6_000 }),
  'GET /.well-known/passkey-endpoints': api(),
  'DELETE /oauth/register/:clientId': api(),
  'GET /.well-known/oauth-protected-resource': api({ bytes: 3_000 }),
  'GET /.well-known/oauth-protected-resource/*': api(),
  'GET /.well-known/openid-configuration': api({ statements: 1, bytes: 6_000 }),
  'GET /account': page(),
  'GET /brand/:file': api(),
  'GET /client.js': api({ bytes: 6_000 }),
  'GET /code': page(),
  // An authorization request that there is none of.
  'GET /consent': page({ statements: 1 }),
  'GET /docs': api({ bytes: 1_500 }),
  'GET /docs/start.js': api(),
  'GET /docs/swagger-ui.css': api({ bytes: 200_000 }),
  'GET /docs/swagger-ui-bundle.js': api({ bytes: 1_600_000 }),
  'GET /health/live': api(),
  'GET /health/ready': api({ statements: 1 }),
  'GET /login': page(),
  'GET /logos/:id': api({ statements: 1 }),
  'GET /logout': page(),
  'GET /oauth/authorize': page({ statements: 1 }),
  'GET /oauth/logout': page(),
  'GET /oauth/register/:clientId': api(),
  'GET /openapi.json': api({ bytes: 600_000 }),
  'GET /reset': page(),
  'GET /select-account': page({ statements: 1 }),
  'GET /setup': page(),
  'GET /signup': page(),
  'GET /console/texts/:file': api(),
  'GET /tokens': page({ bytes: 20_000 }),
  'POST /code': page({ statements: 1, body: { purpose: 'verify', code: TOKEN } }),
  'POST /code/change': page({ statements: 1, body: { code: TOKEN } }),
  'POST /code/reset': page({ statements: 2, body: { code: TOKEN, ...newPassword } }),
  'POST /code/verify': page({ statements: 1, body: { code: TOKEN } }),
  'POST /consent': page({ statements: 1, body: { request: TOKEN, decision: 'allow' } }),
  'POST /login': page({ statements: 2, rows: 1, hashes: 1, body: { email: 'NEW', password: PASSWORD } }),
  'POST /login/passkey': page({ statements: 2, rows: 1, body: { passkey: JSON.stringify(PASSKEY) } }),
  'POST /login/second-step': page({ statements: 2, body: { challenge: TOKEN, code: '123456' } }),
  'POST /logout': page(),
  'POST /oauth/authorize': page({ statements: 1, body: { client_id: 'x' } }),
  'POST /oauth/logout': page(),
  'POST /oauth/register': api(),
  'POST /preferences': api({ body: { theme: 'dark' } }),
  'POST /reset': page(byMail),
  'POST /select-account': page({ statements: 1, body: { request: TOKEN } }),
  'POST /setup': page({ statements: 1, body: { email: 'NEW', code: TOKEN, ...newPassword } }),
  // An account with its role, a session, an audit event and a letter.
  'POST /signup': page({ statements: 9, rows: 5, hashes: 1, body: { email: 'NEW', ...newPassword } }),
  'POST /signup/again': page(byMail),
  'POST /v1/auth/email/change/confirm': api({ statements: 1, body: { token: TOKEN } }),
  'POST /v1/auth/email/verification': api(byMail),
  'POST /v1/auth/email/verification/confirm': api({ statements: 1, body: { token: TOKEN } }),
  'POST /v1/auth/login': api({
    statements: 2,
    rows: 1,
    hashes: 1,
    body: { email: 'NEW', password: PASSWORD },
  }),
  'POST /v1/auth/mfa/challenge': api({ statements: 2, body: { challenge_token: TOKEN, code: '123456' } }),
  'POST /v1/auth/passkeys': api({ statements: 2, rows: 1, body: { passkey: PASSKEY } }),
  'POST /v1/auth/passkeys/options': api({ statements: 1, rows: 1 }),
  'POST /v1/auth/password/reset': api(byMail),
  'POST /v1/auth/password/reset/confirm': api({
    statements: 1,
    body: { token: TOKEN, password: PASSWORD },
  }),
  'POST /v1/auth/refresh': api({ statements: 1, body: { refresh_token: REFRESH_TOKEN } }),
  'PUT /oauth/register/:clientId': api(),
  'POST /v1/auth/signup': api({
    statements: 9,
    rows: 5,
    hashes: 1,
    bytes: 3_000,
    body: { email: 'NEW', password: PASSWORD },
  }),
};

describe('a public route', () => {
  let app: TestApp;
  let count = 0;

  useMailApp((own) => ({ app } = own));

  const publicRoutes = () =>
    app.nest
      .get(RouteRegistry)
      .routes.filter(({ policy }) => policy.isPublic)
      .map(({ method, path }) => `${method} ${path}`);

  async function ask(route: string, body: object = {}): Promise<number> {
    const [method, path] = route.split(' ') as [string, string];
    const isApi = path.startsWith('/v1');
    const text = JSON.stringify(body).replaceAll('NEW', `new-${++count}@example.com`);
    const filled = isApi ? text : new URLSearchParams(JSON.parse(text)).toString();
    const response = await fetch(app.url + path.replaceAll(/:\w+/g, 'x'), {
      method,
      redirect: 'manual',
      ...(method === 'POST' && {
        headers: {
          'content-type': isApi ? 'application/json' : 'application/x-www-form-urlencoded',
          origin: 'http://localhost:3000',
        },
        body: filled,
      }),
    });
    const head = [...response.headers].reduce(
      (sum, [name, value]) => sum + name.length + value.length + 4,
      0,
    );
    if (response.status >= 500) throw new Error(`${route} answered ${response.status}`);
    return head + (await response.arrayBuffer()).byteLength;
  }

  it('has a figure of what it costs', () => {
    const served = [
      ...publicRoutes(),
      ...Object.keys(COSTS).filter((route) => /\/docs|\/openapi/.test(route)),
    ];
    expect(Object.keys(COSTS).toSorted()).toEqual(served.toSorted());
  });

  it.each(Object.keys(COSTS))('%s costs a stranger no more than its figure', async (route) => {
    const { body, bytes: most, ...expected } = COSTS[route]!;
    const hashing = [vi.spyOn(argon2, 'hash'), vi.spyOn(argon2, 'verify')];
    let bytes = 0;
    const work = async () => {
      hashing.forEach((spy) => spy.mockClear());
      bytes = await ask(route, body);
    };
    const statements = await statementsDuring(app, work, isBackground);
    const hashes = hashing.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
    hashing.forEach((spy) => spy.mockRestore());
    const rows = statements.filter((sql) => sql.startsWith('INSERT')).length;
    expect(statements.length, statements.join('\n')).toBeLessThanOrEqual(expected.statements);
    expect(rows, statements.join('\n')).toBeLessThanOrEqual(expected.rows);
    expect(hashes).toBeLessThanOrEqual(expected.hashes);
    expect(bytes).toBeLessThanOrEqual(most);
  });
});

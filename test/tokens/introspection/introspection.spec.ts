import { generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RouteRegistry } from '../../../src/platform/access/route-registry.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { Answer, Client, SignedIn } from '../../support/client.js';
import { clock, DAY, MINUTE, SECOND } from '../../support/clock.js';
import { expectProblem } from '../../support/problem.js';
import { auditOf, refresh, rowOf, rowsOfUser, works } from '../../support/sessions.js';
import { decoded, encoded, forged, signedES256 } from '../../support/signing-keys.js';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const ISSUER = 'http://localhost:3000';
const LIFETIME = 15 * MINUTE;

let app: TestApp;
let introspector: SignedIn;

beforeAll(async () => {
  app = await startApp();
  introspector = await app.as.holderOf('tokens:introspect');
});
afterEach(() => clock.release());
afterAll(() => app.close());

/** Everything that is no token of ours or was never one. */
async function hostileTokens(): Promise<Record<string, string>> {
  const { access_token: token, refresh_token: renewal } = (await app.as.member()).tokens;
  const { header, claims } = decoded(token);
  const [head, body, signature] = token.split('.') as [string, string, string];
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    empty: '',
    'one word': 'token',
    dots: '...',
    'without signature': `${head}.${body}.`,
    'signed by another key': signedES256(header, claims, privateKey),
    'with the signature of another': `${head}.${encoded(JSON.stringify({ ...claims, sub: 'x' }))}.${signature}`,
    'alg none': `${encoded('{"alg":"none","typ":"at+jwt"}')}.${body}.`,
    'another issuer': forged(app, token, { claims: { iss: 'https://elsewhere.example' } }),
    'another audience': forged(app, token, { claims: { aud: 'https://elsewhere.example' } }),
    'another type': forged(app, token, { header: { typ: 'JWT' } }),
    'issued in the future': forged(app, token, { claims: { iat: claims['iat'] + 3_600 } }),
    'an unknown extension': forged(app, token, { header: { crit: ['x'], x: 1 } }),
    'no claims but a string': signedES256(header, 'claims' as never, privateKey),
    'another spelling': `${token}=`,
    '20 KB': 'x'.repeat(20_000),
    '20 KB in three parts': `${head}.${'A'.repeat(20_000)}.${signature}`,
    '30,000 segments': '.'.repeat(30_000),
    'a refresh token with another MAC': `${renewal.slice(0, -3)}AAA`,
    'a refresh token of another session': Buffer.alloc(54, 7).toString('base64url'),
    'half a refresh token': renewal.slice(0, 36),
    'a letter beyond ASCII': 'tökén.😀.x',
    'white space': ` ${token} `,
  };
}

const introspect = (token: unknown, client: Client = introspector) =>
  client.post('/v1/tokens/introspect', { token });

const post = (path: string, body: string, client: Client = introspector): Promise<Answer> =>
  client.post(path, body, FORM);

const revoke = (token: unknown, client: Client) => client.post('/v1/tokens/revoke', { token });

async function expectEnded(member: SignedIn): Promise<void> {
  expect(await works(app, member.tokens.access_token)).toBe(false);
  expect((await refresh(app, member.tokens.refresh_token)).body.code).toBe('invalid_refresh_token');
  const [row] = await rowsOfUser(app, member.id);
  expect(row!.revoked_at).not.toBeNull();
  expect(await auditOf(app, row!.id)).toEqual(['session.ended']);
}

async function expectUntouched(member: SignedIn): Promise<void> {
  expect(await works(app, member.tokens.access_token)).toBe(true);
  const [row] = await rowsOfUser(app, member.id);
  expect(row).toMatchObject({ revoked_at: null, generation: 0 });
  expect(await auditOf(app, row!.id)).toEqual([]);
}

async function expectInactive(token: string, what = ''): Promise<void> {
  const answer = await introspect(token);
  expect({ what, status: answer.status, text: answer.text }).toEqual({
    what,
    status: 200,
    text: '{"active":false}',
  });
}

describe('POST /v1/tokens/introspect', () => {
  it('says when a token really ends, where lifetimes were made shorter since', async () => {
    const { access_token } = (await app.as.member()).tokens;
    const { iat, exp } = decoded(access_token).claims as { iat: number; exp: number };
    const longer = forged(app, access_token, { claims: { exp: exp + 3_600 } });
    expect((await introspect(longer)).body).toMatchObject({ active: true, exp: iat + 15 * 60 });
  });

  it('says of a live access token what RFC 7662 asks for', async () => {
    const member = await app.as.member();
    const { claims } = decoded(member.tokens.access_token);
    const { status, body, headers } = await introspect(member.tokens.access_token);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      active: true,
      scope: member.tokens.scope,
      client_id: 'gatehouse',
      token_type: 'Bearer',
      exp: claims['exp'],
      iat: claims['iat'],
      sub: member.id,
      aud: ISSUER,
      iss: ISSUER,
      jti: claims['jti'],
      auth_time: claims['auth_time'],
      amr: ['pwd'],
      acr: 'sfa',
    });
    expect(body.exp - body.iat).toBe(LIFETIME / SECOND);
  });

  it('says of a live refresh token whose it is and until when, and does not use it', async () => {
    const member = await app.as.member();
    const row = await rowOf(app, member.tokens.refresh_token);
    const { status, body } = await introspect(member.tokens.refresh_token);
    expect(status).toBe(200);
    expect(body).toEqual({
      active: true,
      client_id: 'gatehouse',
      token_type: 'refresh_token',
      exp: expect.any(Number),
      iat: expect.any(Number),
      sub: member.id,
      iss: ISSUER,
    });
    expect(body.exp - body.iat).toBe((30 * DAY) / SECOND);
    expect(await rowOf(app, member.tokens.refresh_token)).toEqual(row);
  });

  it('tells a narrowed token from a broad one', async () => {
    const member = await app.as.member();
    const narrow = await app.as.logIn(member.email, member.password, { scope: 'account:read' });
    expect((await introspect(narrow.tokens.access_token)).body.scope).toBe('account:read');
  });

  it('takes the hint of RFC 7662 §2.1, right or wrong', async () => {
    const { access_token: token } = (await app.as.member()).tokens;
    for (const token_type_hint of ['access_token', 'refresh_token', 'something']) {
      const { body } = await introspector.post('/v1/tokens/introspect', { token, token_type_hint });
      expect(body.active).toBe(true);
    }
  });

  it('answers {"active":false} and nothing else for what is no token of ours', async () => {
    for (const [what, token] of Object.entries(await hostileTokens())) {
      const startedAt = performance.now();
      await expectInactive(token, what);
      expect(performance.now() - startedAt, what).toBeLessThan(2_000);
    }
  });

  it('answers {"active":false} for what has expired', async () => {
    clock.stop(new Date(Math.ceil(Date.now() / 1000) * 1000));
    const { access_token, refresh_token } = (await app.as.member()).tokens;
    const asker = async (token: string) => {
      const admin = await app.as.logIn('admin@localhost', 'the-admin-of-the-tests');
      return (await introspect(token, admin)).text;
    };
    clock.forward(LIFETIME - SECOND);
    expect(await asker(access_token)).toContain('"active":true');
    clock.forward(SECOND);
    expect(await asker(access_token)).toBe('{"active":false}');
    expect(await asker(refresh_token)).toContain('"active":true');
    clock.forward(30 * DAY);
    expect(await asker(refresh_token)).toBe('{"active":false}');
  });

  it('answers {"active":false} for both tokens of a session that has ended', async () => {
    const member = await app.as.member();
    await member.post('/v1/auth/logout');
    await expectInactive(member.tokens.access_token);
    await expectInactive(member.tokens.refresh_token);
  });

  it('answers {"active":false} for both tokens of a user who was disabled or deleted', async () => {
    const admin = await app.as.admin();
    const disabled = await app.as.member();
    await admin.patch(`/v1/users/${disabled.id}`, { status: 'disabled' });
    const deleted = await app.as.member();
    await admin.delete(`/v1/users/${deleted.id}`);
    for (const { tokens } of [disabled, deleted]) {
      await expectInactive(tokens.access_token);
      await expectInactive(tokens.refresh_token);
    }
  });

  it('answers {"active":false} for an access token whose rights have changed; its session lives', async () => {
    const member = await app.as.member();
    await (await app.as.admin()).put(`/v1/users/${member.id}/roles`, { roles: [] });
    await expectInactive(member.tokens.access_token);
    expect((await introspect(member.tokens.refresh_token)).body.active).toBe(true);
  });

  it('answers {"active":false} for a refresh token rotated long ago, and harms no caller', async () => {
    clock.stop();
    const { refresh_token: old } = (await app.as.member()).tokens;
    const { body: renewed } = await refresh(app, old);
    clock.forward(29 * SECOND);
    expect((await introspect(old)).body.active).toBe(true);
    clock.forward(SECOND);
    await expectInactive(old);
    expect((await introspect(renewed.refresh_token)).body.active).toBe(true);
    expect(await auditOf(app, (await rowOf(app, old)).id)).toEqual([]);
    expect((await refresh(app, renewed.refresh_token)).status).toBe(200);
  });

  it('needs tokens:introspect, no matter what is asked', async () => {
    const member = await app.as.member();
    for (const token of [member.tokens.access_token, 'nonsense']) {
      const refused = await introspect(token, member);
      expectProblem(refused, 403, 'insufficient_scope');
      expect(refused.headers.get('www-authenticate')).toBe(
        'Bearer error="insufficient_scope", scope="tokens:introspect"',
      );
      expectProblem(await introspect(token, app.as.anonymous()), 401, 'unauthenticated');
      expectProblem(
        await introspect(token, await app.as.holderOf('tokens:revoke')),
        403,
        'insufficient_scope',
      );
    }
  });

  it('refuses what is no request', async () => {
    for (const body of [{}, { token: 1 }, { token: null }, { token: ['a'] }, { token: 'a', more: 1 }]) {
      const answer = await introspector.post('/v1/tokens/introspect', body);
      expectProblem(answer, 400, 'validation_failed');
    }
    expect((await introspect('x'.repeat(40_000))).body).toEqual({ active: false });
    expectProblem(await introspect('x'.repeat(70_000)), 413, 'payload_too_large');
  });
});

describe('a form', () => {
  it('is taken where the RFCs ask for one', async () => {
    const member = await app.as.member();
    const { access_token: token, refresh_token: renewal } = member.tokens;
    const fields = new URLSearchParams({ token, token_type_hint: 'access_token' }).toString();
    expect((await post('/v1/tokens/introspect', fields)).body).toMatchObject({
      active: true,
      sub: member.id,
    });
    expect((await post('/v1/tokens/introspect', `token=${renewal}`)).body).toMatchObject({
      active: true,
      token_type: 'refresh_token',
    });
    expect((await post('/v1/tokens/introspect', 'token=%zz+%00')).status).toBe(400);
    expect((await post('/v1/tokens/introspect', 'token=a%20b')).text).toBe('{"active":false}');
    expect((await post('/v1/tokens/revoke', `token=${renewal}`, member)).status).toBe(200);
    expect(await works(app, token)).toBe(false);
  });

  it('is taken with a charset too', async () => {
    const { access_token: token } = (await app.as.member()).tokens;
    const { body } = await introspector.post('/v1/tokens/introspect', `token=${token}`, {
      'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
    });
    expect(body.active).toBe(true);
  });

  it('may not repeat a field', async () => {
    const member = await app.as.member();
    const { access_token: token } = member.tokens;
    for (const path of ['/v1/tokens/introspect', '/v1/tokens/revoke']) {
      for (const body of [
        `token=${token}&token=${token}`,
        `token=${token}&token=`,
        `token=${token}&%74oken=x`,
      ])
        expectProblem(await post(path, body, await app.as.admin()), 400, 'malformed_request');
    }
    expect(await works(app, token)).toBe(true);
  });

  it('holds the fields of the RFC and no others', async () => {
    for (const body of [
      '',
      'tok=x',
      'token=x&more=1',
      'token[]=x',
      'token=x&__proto__=1',
      'token=x&constructor=1',
    ]) {
      const { status } = await post('/v1/tokens/introspect', body);
      expect({ body, status }).toEqual({ body, status: 400 });
    }
  });

  it('is 415 on every other route', async () => {
    const admin = await app.as.admin();
    const routes = app.nest
      .get(RouteRegistry)
      .routes.filter(({ method }) => ['POST', 'PUT', 'PATCH'].includes(method))
      // Pages take forms.
      .filter(({ path }) => path.startsWith('/v1/'))
      .filter(({ path }) => !/^\/v1\/tokens\/(introspect|revoke)$/.test(path));
    expect(routes.length).toBeGreaterThan(8);
    expect(routes.map(({ path }) => path)).toContain('/v1/tokens/inspect');
    for (const { method, path } of routes) {
      const answer = await admin.send(method, path.replaceAll(/:\w+/g, 'x'), 'token=x&email=y', FORM);
      expectProblem(answer, 415, 'unsupported_media_type');
    }
  });
});

describe('POST /v1/tokens/revoke', () => {
  it.each(['access_token', 'refresh_token'] as const)(
    'ends the session of the caller’s own %s',
    async (kind) => {
      const member = await app.as.member();
      const { status, text, headers } = await revoke(member.tokens[kind], member);
      expect({ status, text }).toEqual({ status: 200, text: '' });
      expect(headers.get('cache-control')).toBe('no-store');
      await expectEnded(member);
    },
  );

  it('ends another session of the caller, and leaves the one they call from', async () => {
    const here = await app.as.member();
    const there = await app.as.logIn(here.email);
    expect((await revoke(there.tokens.refresh_token, here)).status).toBe(200);
    expect(await works(app, there.tokens.access_token)).toBe(false);
    expect(await works(app, here.tokens.access_token)).toBe(true);
    expect((await refresh(app, here.tokens.refresh_token)).status).toBe(200);
  });

  it('ends the session of an own refresh token that was rotated long ago', async () => {
    clock.stop();
    const member = await app.as.member();
    const { body: renewed } = await refresh(app, member.tokens.refresh_token);
    clock.forward(5 * MINUTE);
    expect((await revoke(member.tokens.refresh_token, member)).status).toBe(200);
    expect(await works(app, renewed.access_token)).toBe(false);
    expect((await refresh(app, renewed.refresh_token)).status).toBe(401);
  });

  it.each(['access_token', 'refresh_token'] as const)(
    'says 200 to another user’s %s and leaves it alone',
    async (kind) => {
      const victim = await app.as.member();
      for (const caller of [await app.as.member(), introspector]) {
        const { status, text } = await revoke(victim.tokens[kind], caller);
        expect({ status, text }).toEqual({ status: 200, text: '' });
        await expectUntouched(victim);
        expect(await works(app, caller.tokens.access_token)).toBe(true);
      }
    },
  );

  it.each(['access_token', 'refresh_token'] as const)(
    'ends the session of another user’s %s with tokens:revoke',
    async (kind) => {
      const member = await app.as.member();
      const revoker = await app.as.holderOf('tokens:revoke');
      expect((await revoke(member.tokens[kind], revoker)).status).toBe(200);
      await expectEnded(member);
      expect(await works(app, revoker.tokens.access_token)).toBe(true);
    },
  );

  it('says 200 a second time, and to what has expired, and does nothing more', async () => {
    clock.stop();
    const revoker = await app.as.holderOf('tokens:revoke');
    const member = await app.as.member();
    for (const kind of ['access_token', 'refresh_token', 'refresh_token'] as const)
      expect((await revoke(member.tokens[kind], revoker)).status).toBe(200);
    await expectEnded(member);

    const other = await app.as.member();
    clock.forward(LIFETIME);
    const caller = await revoker.refreshed();
    expect((await revoke(other.tokens.access_token, caller)).status).toBe(200);
    expect((await refresh(app, other.tokens.refresh_token)).status).toBe(200);
  });

  it('says 200 to what is no token of ours, and changes nothing', async () => {
    const revoker = await app.as.holderOf('tokens:revoke');
    const tokens = await hostileTokens();
    const sessions = () => app.database.query('SELECT id, revoked_at FROM sessions ORDER BY id');
    const before = await sessions();
    for (const [what, token] of Object.entries(tokens)) {
      const { status, text } = await revoke(token, revoker);
      expect({ what, status, text }).toEqual({ what, status: 200, text: '' });
    }
    expect(await sessions()).toEqual(before);
  });

  it('needs a caller and a token', async () => {
    const member = await app.as.member();
    expectProblem(await revoke(member.tokens.refresh_token, app.as.anonymous()), 401, 'unauthenticated');
    expectProblem(await member.post('/v1/tokens/revoke'), 400, 'validation_failed');
    expectProblem(await member.post('/v1/tokens/revoke', { token: [] }), 400, 'validation_failed');
    await expectUntouched(member);
  });
});

describe('/.well-known/oauth-authorization-server', () => {
  it('advertises those of OAuth, under the issuer', async () => {
    const { status, headers, body } = await app.as.anonymous().get('/.well-known/oauth-authorization-server');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('cache-control')).toBe('public, max-age=60');
    expect(body).toMatchObject({
      issuer: ISSUER,
      jwks_uri: `${ISSUER}/.well-known/jwks.json`,
      introspection_endpoint: `${ISSUER}/oauth/introspect`,
      revocation_endpoint: `${ISSUER}/oauth/revoke`,
    });
  });
});

it('logs no token, no matter which way it came', async () => {
  const tokens = [(await app.as.member()).tokens, introspector.tokens].flatMap((each) => [
    each.access_token,
    each.refresh_token,
  ]);
  for (const token of tokens) {
    await introspector.post('/v1/tokens/introspect', { token });
    await introspector.post('/v1/tokens/introspect', `token=${token}`, FORM);
    await (await app.as.member()).post('/v1/tokens/revoke', { token });
  }
  const log = app.log.join('');
  expect(log).toContain('/v1/tokens/introspect');
  for (const token of tokens) {
    expect(log).not.toContain(token);
    expect(log).not.toContain(token.split('.').at(-1)!.slice(-40));
  }
});

import { generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { Answer, Client, SignedIn } from '../../support/client.js';
import { clock, MINUTE, SECOND } from '../../support/clock.js';
import { expectProblem } from '../../support/problem.js';
import { refresh, rowOf } from '../../support/sessions.js';
import { decoded, encoded, forged, signedES256 } from '../../support/signing-keys.js';

const CHECKS = ['type', 'key', 'signature', 'issuer', 'audience', 'expiry', 'revocation', 'rules'];
const LIFETIME = 15 * MINUTE;

interface Shown {
  name: string;
  value: unknown;
  meaning: string;
  inWords?: string;
}

/** Which check failed: those before it passed, those after it were not made. */
function expectFailed({ status, body }: Answer, check: string, detail: RegExp): void {
  expect(status).toBe(200);
  expect(body.active).toBe(false);
  const at = CHECKS.indexOf(check);
  expect(
    body.verification.map((step: { check: string; passed: unknown }) => [step.check, step.passed]),
  ).toEqual(CHECKS.map((name, position) => [name, position < at ? true : position === at ? false : null]));
  expect(body.verification[at].detail).toMatch(detail);
}

const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

const part = (text: string) => encoded(text);

describe('POST /v1/tokens/inspect', () => {
  let app: TestApp;
  let inspector: SignedIn;

  beforeAll(async () => {
    app = await startApp();
    inspector = await app.as.holderOf('tokens:introspect');
  });
  afterEach(() => clock.release());
  afterAll(() => app.close());

  const inspect = (token: unknown, client: Client = inspector, route?: object): Promise<Answer> =>
    client.post('/v1/tokens/inspect', { token, ...(route && { route }) });

  describe('explains an own token', () => {
    it('with every claim, what it means, and its times in words', async () => {
      clock.stop(new Date(Math.ceil(Date.now() / 1000) * 1000));
      const member = await app.as.member();
      clock.forward(MINUTE);
      const { header, claims } = decoded(member.tokens.access_token);
      const { status, body } = await inspect(member.tokens.access_token, member);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        kind: 'access_token',
        active: true,
        revokedBy: null,
        sessionId: claims['sid'],
      });
      expect(body).not.toHaveProperty('route');
      expect(membersOf(body.header)).toEqual(header);
      expect(membersOf(body.claims)).toEqual(claims);
      for (const { meaning } of [...body.header, ...body.claims]) {
        expect(meaning).toMatch(/^[A-Z].{8,}/);
        expect(meaning).not.toMatch(/not one that this server knows/i);
      }
      const inWords = Object.fromEntries(
        body.claims.flatMap(({ name, inWords: words }: Shown) => (words ? [[name, words]] : [])),
      );
      expect(inWords).toEqual({ exp: 'in 14 minutes', iat: '1 minute ago', auth_time: '1 minute ago' });
    });

    it('with every step of the verification', async () => {
      const member = await app.as.member();
      const { body } = await inspect(member.tokens.access_token, member);
      expect(body.verification.map(({ check }: { check: string }) => check)).toEqual(CHECKS);
      for (const { passed, detail } of body.verification) {
        expect(passed).toBe(true);
        expect(detail).toMatch(/^\S.{5,}/);
      }
    });

    it('that is a refresh token', async () => {
      clock.stop();
      const member = await app.as.member();
      const { refresh_token: old } = member.tokens;
      const row = await rowOf(app, old);
      const live = await inspect(old, member);
      expect(live.status).toBe(200);
      expect(live.body).toMatchObject({
        kind: 'refresh_token',
        active: true,
        sessionId: row.id,
        verification: [
          { check: 'mac', passed: true },
          { check: 'session', passed: true },
        ],
      });
      expect(await rowOf(app, old)).toEqual(row);

      const { body: renewed } = await refresh(app, old);
      clock.forward(MINUTE);
      const rotated = await inspect(old, member);
      expect(rotated.body).toMatchObject({
        kind: 'refresh_token',
        active: false,
        verification: [
          { check: 'mac', passed: true },
          { check: 'session', passed: false },
        ],
      });
      expect((await refresh(app, renewed.refresh_token)).status).toBe(200);
    });

    it('that is a refresh token, and says that it opens no route', async () => {
      const member = await app.as.member();
      const { body } = await inspect(member.tokens.refresh_token, member, { method: 'GET', path: '/v1/me' });
      expect(body.route).toMatchObject({ handler: 'MeController.get', isLetIn: false });
    });
  });

  describe('says which check failed', () => {
    it('when it has expired', async () => {
      clock.stop(new Date(Math.ceil(Date.now() / 1000) * 1000));
      const member = await app.as.member();
      clock.forward(LIFETIME + 2 * MINUTE);
      const caller = await member.refreshed();
      const answer = await inspect(member.tokens.access_token, caller);
      expectFailed(answer, 'expiry', /^it expired 2 minutes ago$/);
      expect(answer.body.claims.find(({ name }: Shown) => name === 'exp').inWords).toBe('2 minutes ago');
    });

    it('in the very second in which it expires, and not one earlier', async () => {
      clock.stop(new Date(Math.ceil(Date.now() / 1000) * 1000));
      const member = await app.as.member();
      const { refresh_token: renewal, access_token: token } = member.tokens;
      clock.forward(LIFETIME - SECOND);
      expect((await inspect(token, member)).body.active).toBe(true);
      clock.forward(SECOND);
      const { body } = await refresh(app, renewal);
      const caller = app.as.anonymous().with({ authorization: `Bearer ${body.access_token}` });
      expectFailed(await inspect(token, caller), 'expiry', /expired/);
    });

    it('when it was tampered with', async () => {
      const member = await app.as.member();
      const { access_token: token } = member.tokens;
      const [head, , signature] = token.split('.');
      const claims = { ...decoded(token).claims, scope: 'users:write' };
      const tampered = `${head}.${encoded(JSON.stringify(claims))}.${signature}`;
      expectFailed(await inspect(tampered, member), 'signature', /signature/);
    });

    it('when another key signed it under the name of ours', async () => {
      const member = await app.as.member();
      const { header, claims } = decoded(member.tokens.access_token);
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      expectFailed(await inspect(signedES256(header, claims, privateKey), member), 'signature', /signature/);
    });

    it.each([
      ['type', { header: { typ: 'JWT' } }, /typ/],
      ['key', { header: { kid: 'another' } }, /kid/],
      ['key', { header: { alg: 'RS256' } }, /alg/],
      ['key', { header: { alg: 'none' } }, /alg/],
      ['key', { header: { crit: ['x'] } }, /key/],
      ['issuer', { claims: { iss: 'https://elsewhere.example' } }, /^iss is not/],
      ['audience', { claims: { aud: ['https://elsewhere.example'] } }, /^aud is not/],
      ['expiry', { claims: { exp: 1 } }, /years?|days ago/],
      ['rules', { claims: { nbf: 4_000_000_000 } }, /not valid yet/],
      ['rules', { claims: { iat: 4_000_000_000 } }, /in the future/],
    ])('%s: %j', async (check, changes, detail) => {
      const member = await app.as.member();
      expectFailed(await inspect(forged(app, member.tokens.access_token, changes), member), check, detail);
    });

    it.each([
      ['no sub', { sub: undefined }, /missing/],
      ['a version that is text', { ver: '0' }, /another type/],
      ['roles that are text', { roles: 'admin' }, /another type/],
      ['no exp', { exp: undefined }, /exp is missing/],
      ['an exp that is text', { exp: 'tomorrow' }, /exp is missing or is no number/],
    ])('%s', async (_what, claims, detail) => {
      const member = await app.as.member();
      const holder = await app.as.holderOf('users:read');
      const [role] = decoded(holder.tokens.access_token).claims['roles'];
      await (await app.as.admin()).patch(`/v1/roles/${role}`, { scopes: [] });
      const { status, body } = await inspect(forged(app, member.tokens.access_token, { claims }));
      expect({ status, active: body.active }).toEqual({ status: 200, active: false });
      const failed = body.verification.find(({ passed }: { passed: boolean }) => passed === false);
      expect(failed.detail).toMatch(detail);
    });

    it('when its key was deleted', async () => {
      const member = await app.as.member();
      const admin = await app.as.admin();
      const { kid } = decoded(member.tokens.access_token).header as { kid: string };
      await admin.delete(`/v1/keys/${kid}`);
      app.as.forgetAdmin();
      // Its token was signed with that key, too.
      inspector = await app.as.holderOf('tokens:introspect');
      const answer = await inspect(member.tokens.access_token);
      expectFailed(answer, 'key', /^the key that it names was deleted$/);
      expect(answer.body.revokedBy).toBe('key');
    });

    it('when an access token has the prefix of an API key', async () => {
      const member = await app.as.member();
      const token = `ghk_${member.tokens.access_token}`;
      const route = { method: 'GET', path: '/v1/me' };
      const { body } = await inspect(token, member, route);
      expect(body).toMatchObject({ active: false, route: { isLetIn: false } });
      expect((await app.as.anonymous().get('/v1/me', { authorization: `Bearer ${token}` })).status).toBe(401);
    });

    it('when the session of a refresh token has ended', async () => {
      const member = await app.as.member();
      await member.post('/v1/auth/logout');
      const { body } = await inspect(member.tokens.refresh_token);
      expect(body).toMatchObject({ active: false, revokedBy: 'session' });
      expect(body.verification[1].detail).toBe('its session has ended');
    });

    it('when its session has ended, or it was taken its rights', async () => {
      const admin = await app.as.admin();
      const ended = await app.as.member();
      await ended.post('/v1/auth/logout');
      const changed = await app.as.member();
      await admin.put(`/v1/users/${changed.id}/roles`, { roles: [] });
      const ofSession = await inspect(ended.tokens.access_token);
      const ofUser = await inspect(changed.tokens.access_token);
      expectFailed(ofSession, 'revocation', /session/);
      expect(ofSession.body.revokedBy).toBe('session');
      expectFailed(ofUser, 'revocation', /user/);
      expect(ofUser.body.revokedBy).toBe('user');

      const holder = await app.as.holderOf('users:read');
      const [role] = decoded(holder.tokens.access_token).claims['roles'];
      await admin.patch(`/v1/roles/${role}`, { scopes: [] });
      const ofRole = await inspect(holder.tokens.access_token);
      expectFailed(ofRole, 'revocation', /role/);
      expect(ofRole.body.revokedBy).toBe('role');
    });
  });

  describe('of another user’s token', () => {
    it('tells nothing without tokens:introspect', async () => {
      const owner = await app.as.member();
      const stranger = await app.as.member();
      for (const token of [owner.tokens.access_token, owner.tokens.refresh_token]) {
        const answer = await inspect(token, stranger);
        expectProblem(answer, 403, 'insufficient_scope');
        expect(answer.text).not.toContain(owner.id);
      }
    });

    it('tells all with it', async () => {
      const owner = await app.as.member();
      const { body } = await inspect(owner.tokens.access_token);
      expect(body).toMatchObject({ kind: 'access_token', active: true });
      expect(membersOf(body.claims)['sub']).toBe(owner.id);
      expect((await inspect(owner.tokens.refresh_token)).body).toMatchObject({
        kind: 'refresh_token',
        active: true,
      });
    });

    it('is for who is signed in', async () => {
      const { tokens } = await app.as.member();
      expectProblem(await inspect(tokens.access_token, app.as.anonymous()), 401, 'unauthenticated');
    });
  });

  describe('takes anything for a token', () => {
    it.each([
      ['nothing', ''],
      ['a word', 'token'],
      ['dots', '....'],
      ['a kid that is no text', `${part('{"typ":"at+jwt","kid":{"toString":1}}')}.x.z`],
      ['30,000 dots', '.'.repeat(30_000)],
      ['parts that are no JSON', `${part('x')}.${part('y')}.z`],
      ['parts that are no objects', `${part('[]')}.${part('null')}.z`],
      ['a header alone', `${part('{"alg":"ES256"}')}..`],
      ['a string beyond ASCII', '😀.ü.\u202e'],
      ['20 KB', 'A'.repeat(20_000)],
      ['a refresh token of nobody', Buffer.alloc(54, 7).toString('base64url')],
    ])('%s is unknown', async (_, token) => {
      const { status, body } = await inspect(token, await app.as.member());
      expect(status).toBe(200);
      expect(body).toMatchObject({ kind: 'unknown', active: false, revokedBy: null, sessionId: null });
    });

    it.each([
      ['JSON 12,000 deep', `${part('{"alg":"ES256"}')}.${part(`{"a":${deep(12_000)}}`)}.z`],
      ['a header 12,000 deep', `${part(`{"a":${deep(12_000)}}`)}.${part('{}')}.z`],
      [
        '2,000 claims',
        `${part('{}')}.${part(JSON.stringify(Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`c${n}`, n]))))}.z`,
      ],
      [
        'times beyond all bounds',
        `${part('{}')}.${part('{"exp":1e308,"iat":-1e308,"nbf":1e999,"auth_time":"x"}')}.z`,
      ],
      [
        'claims of every type',
        `${part('{"typ":[],"alg":{},"kid":1}')}.${part('{"sub":1,"aud":{},"scope":[],"roles":"x","sid":{}}')}.z`,
      ],
    ])('%s is no reason to fail', async (_, token) => {
      const { status, body } = await inspect(token, await app.as.member(), { method: 'GET', path: '/v1/me' });
      expect({ status, active: body.active }).toEqual({ status: 200, active: false });
    });

    it('names that every object has are claims like any other', async () => {
      const names = ['constructor', 'toString', '__proto__', 'hasOwnProperty'];
      const claims = `{${names.map((name) => `${JSON.stringify(name)}:1`).join(',')}}`;
      const { status, body } = await inspect(`${part('{}')}.${part(claims)}.z`, await app.as.member());
      expect(status).toBe(200);
      expect(body.claims).toEqual(
        names.map((name) => ({ name, value: 1, meaning: 'Not one that this server knows' })),
      );
    });

    it('but not what is no text', async () => {
      const member = await app.as.member();
      for (const token of [undefined, null, 1, {}, ['a']])
        expectProblem(await inspect(token, member), 400, 'validation_failed');
      expect((await inspect('x'.repeat(40_000), member)).body).toMatchObject({
        kind: 'unknown',
        active: false,
      });
    });
  });

  it('logs no token', async () => {
    const { access_token, refresh_token } = (await app.as.member()).tokens;
    const tampered = `${access_token.slice(0, -4)}AAAA`;
    for (const token of [access_token, refresh_token, tampered]) await inspect(token);
    const log = app.log.join('');
    expect(log).toContain('/v1/tokens/inspect');
    for (const token of [access_token, refresh_token, tampered]) {
      expect(log).not.toContain(token);
      for (const piece of token.split('.').slice(1)) expect(log).not.toContain(piece.slice(0, 60));
    }
    expect(app.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  });
});

function membersOf(shown: Shown[]): Record<string, unknown> {
  return Object.fromEntries(shown.map(({ name, value }) => [name, value]));
}

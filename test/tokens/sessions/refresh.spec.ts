import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { derivedKey } from '../../../src/platform/config/derived-key.js';
import { refreshToken, sessionKey } from '../../../src/tokens/sessions/refresh-token.js';
import { startApp, type TestApp } from '../../support/app.js';
import { clock, DAY, MINUTE, SECOND } from '../../support/clock.js';
import { expectOnly } from '../../support/expect-only.js';
import { auditOf, refresh, rowOf, rowsOfUser, works } from '../../support/sessions.js';

const WINDOW = 30 * SECOND;

const bytes = (token: string) => Buffer.from(token, 'base64url');
const joined = (...parts: Buffer[]) => Buffer.concat(parts).toString('base64url');

/** The id, generation and MAC of a token. */
function partsOf(token: string): [Buffer, Buffer, Buffer] {
  const all = bytes(token);
  return [all.subarray(0, 16), all.subarray(16, 22), all.subarray(22)];
}

function flipped(token: string, at: number): string {
  const copy = bytes(token);
  copy[at]! ^= 1;
  return joined(copy);
}

/** What an attacker might make of a token, and of that of another session. */
const FORGERIES: Record<string, (token: string, other: string) => string> = {
  'nothing at all': () => '',
  'a word': () => 'token',
  '60 KB': () => 'A'.repeat(60_000),
  'a flipped bit in the MAC': (token) => flipped(token, 53),
  'a flipped bit in the generation': (token) => flipped(token, 21),
  'a flipped bit in the session id': (token) => flipped(token, 15),
  'an id that is no UUID': (token) => joined(Buffer.alloc(16, 0xee), bytes(token).subarray(16)),
  'the id of another session': (token, other) => joined(partsOf(other)[0], bytes(token).subarray(16)),
  'generation and MAC of another session': (token, other) =>
    joined(partsOf(token)[0], bytes(other).subarray(16)),
  'the generation of another session': (token, other) =>
    joined(partsOf(token)[0], partsOf(other)[1], partsOf(token)[2]),
  'no MAC': (token) => joined(bytes(token).subarray(0, 22)),
  'a MAC of zeros': (token) => joined(bytes(token).subarray(0, 22), Buffer.alloc(32)),
  'a MAC cut short': (token) => token.slice(0, -1),
  'something after it': (token) => `${token}A`,
  'padding after it': (token) => `${token}=`,
  'four characters of padding': (token) => `${token}====`,
  'a space before it': (token) => ` ${token}`,
  'a line feed after it': (token) => `${token}\n`,
  'plain base64': (token) => token.replaceAll('-', '+').replaceAll('_', '/'),
  hexadecimal: (token) => bytes(token).toString('hex'),
  'the other case': (token) =>
    token.replace(/[a-z]/i, (letter) => String.fromCharCode(letter.charCodeAt(0) ^ 32)),
  'full-width characters': (token) => String.fromCharCode(token.charCodeAt(0) + 0xfee0) + token.slice(1),
};

describe('refreshing a session', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
    // Signed in before any clock is moved.
    await app.as.admin();
  });
  afterEach(() => clock.release());
  afterAll(() => app.close());

  /** Refreshes and returns the successor. */
  async function rotated(token: string): Promise<string> {
    const { status, body } = await refresh(app, token);
    expect(status).toBe(200);
    return body.refresh_token;
  }

  async function expectRefused(token: string, code: string): Promise<void> {
    const { status, body, headers } = await refresh(app, token);
    expect({ status, code: body.code }).toEqual({ status: 401, code });
    expect(body).not.toHaveProperty('access_token');
    expect(headers.getSetCookie()).toEqual([]);
  }

  describe('with the current token', () => {
    it('gives its successor and a new access token', async () => {
      const member = await app.as.member();
      const { status, body, headers } = await refresh(app, member.tokens.refresh_token);
      expect(status).toBe(200);
      expect(Object.keys(body).toSorted()).toEqual([
        'access_token',
        'expires_in',
        'refresh_expires_in',
        'refresh_token',
        'scope',
        'token_type',
      ]);
      expect(body.refresh_token).not.toBe(member.tokens.refresh_token);
      expect(body.access_token).not.toBe(member.tokens.access_token);
      expect(await works(app, body.access_token)).toBe(true);
      expect(await works(app, member.tokens.access_token)).toBe(true);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.getSetCookie()).toEqual([]);
      expect((await rowOf(app, body.refresh_token)).generation).toBe(1);
    });

    it('keeps one row and writes nothing into the audit trail, however often', async () => {
      const member = await app.as.member();
      let token = member.tokens.refresh_token;
      await expectOnly(app, [], async () => {
        for (let times = 0; times < 10; times++) token = await rotated(token);
      });
      const [row, ...others] = await rowsOfUser(app, member.id);
      expect(others).toEqual([]);
      expect(row).toMatchObject({ generation: 10, revoked_at: null });
      expect(await auditOf(app, row!.id)).toEqual([]);
    });

    it('keeps no bearer secret in the database', async () => {
      const member = await app.as.member();
      const token = await rotated(member.tokens.refresh_token);
      const stored = JSON.stringify(await rowOf(app, token));
      expect(stored).not.toContain(token);
      expect(stored).not.toContain(Buffer.from(token, 'base64url').subarray(-32).toString('base64url'));
      expect(stored).not.toContain(Buffer.from(token, 'base64url').subarray(-32).toString('hex'));
    });
  });

  describe('with a token that was rotated within the window', () => {
    it('gives the current token again, byte for byte, and an access token that works', async () => {
      clock.stop();
      const member = await app.as.member();
      const current = await rotated(member.tokens.refresh_token);
      clock.forward(WINDOW - 1);
      const { status, body } = await refresh(app, member.tokens.refresh_token);
      expect(status).toBe(200);
      expect(body.refresh_token).toBe(current);
      expect(await works(app, body.access_token)).toBe(true);
    });

    it('rotates nothing and says so in the audit trail', async () => {
      const member = await app.as.member();
      const current = await rotated(member.tokens.refresh_token);
      const before = await rowOf(app, current);
      await refresh(app, member.tokens.refresh_token);
      expect(await rowOf(app, current)).toEqual(before);
      expect(before.generation).toBe(1);
      expect(await auditOf(app, before.id)).toEqual(['session.refresh_retried']);
    });

    it('serves a client that lost the answer and asks again', async () => {
      const member = await app.as.member();
      await refresh(app, member.tokens.refresh_token);
      const retried = await rotated(member.tokens.refresh_token);
      const next = await rotated(retried);
      expect((await rowOf(app, next)).generation).toBe(2);
    });

    it('brings three tabs over two rotations to the same token', async () => {
      clock.stop();
      const { tokens } = await app.as.member();
      const first = await rotated(tokens.refresh_token);
      clock.forward(10 * SECOND);
      expect(await rotated(tokens.refresh_token)).toBe(first);
      clock.forward(10 * SECOND);
      const second = await rotated(first);
      clock.forward(5 * SECOND);
      expect(await rotated(tokens.refresh_token)).toBe(second);
      expect(await rotated(first)).toBe(second);
      clock.forward(5 * SECOND);
      // The first one's window is over now, the second one's is not.
      expect(await rotated(first)).toBe(second);
      await expectRefused(tokens.refresh_token, 'refresh_token_reused');
    });

    it('knows the first token after a hundred rotations', async () => {
      clock.stop();
      const { tokens } = await app.as.member();
      let current = tokens.refresh_token;
      const seen = [current];
      for (let times = 0; times < 100; times++) {
        seen.push((current = await rotated(current)));
        clock.forward(100);
      }
      for (const token of [seen[0]!, seen[1]!, seen[50]!, seen[99]!]) {
        expect(await rotated(token)).toBe(current);
      }
      const { generation, rotations } = await rowOf(app, current);
      expect(generation).toBe(100);
      expect(JSON.parse(rotations).length).toBeLessThanOrEqual(64);
    });

    it('answers with the scope of the session, not with more', async () => {
      const member = await app.as.member();
      const narrow = await app.as.logIn(member.email, member.password, { scope: 'account:read' });
      await refresh(app, narrow.tokens.refresh_token);
      const { body } = await refresh(app, narrow.tokens.refresh_token);
      expect(body.scope).toBe('account:read');
    });
  });

  describe('with a token that was rotated longer ago', () => {
    it('ends the session with its access tokens, and no other session', async () => {
      clock.stop();
      const member = await app.as.member();
      const elsewhere = await app.as.logIn(member.email);
      const stranger = await app.as.member();
      const { body: next } = await refresh(app, member.tokens.refresh_token);
      clock.forward(WINDOW);

      await expectOnly(app, ['session.refresh_reused'], () =>
        expectRefused(member.tokens.refresh_token, 'refresh_token_reused'),
      );
      const row = await rowOf(app, next.refresh_token);
      expect(row).toMatchObject({ generation: 1 });
      expect(Number(row.revoked_at)).toBe(Date.now());
      expect(await auditOf(app, row.id)).toEqual(['session.refresh_reused']);
      expect(await works(app, next.access_token)).toBe(false);
      expect(await works(app, member.tokens.access_token)).toBe(false);

      for (const { tokens } of [elsewhere, stranger]) {
        expect(await works(app, tokens.access_token)).toBe(true);
        expect((await refresh(app, tokens.refresh_token)).status).toBe(200);
      }
    });

    it('refuses the successor too, and every token of the session from then on', async () => {
      clock.stop();
      const { tokens } = await app.as.member();
      const next = await rotated(tokens.refresh_token);
      clock.forward(WINDOW);
      await expectRefused(tokens.refresh_token, 'refresh_token_reused');
      await expectOnly(app, [], () => expectRefused(next, 'invalid_refresh_token'));
      await expectRefused(tokens.refresh_token, 'invalid_refresh_token');
      expect(await auditOf(app, (await rowOf(app, next)).id)).toEqual(['session.refresh_reused']);
    });

    it('is not softened by later rotations within one second', async () => {
      clock.stop();
      const { tokens } = await app.as.member();
      let current = await rotated(tokens.refresh_token);
      clock.forward(WINDOW);
      for (let times = 0; times < 5; times++) current = await rotated(current);
      await expectRefused(tokens.refresh_token, 'refresh_token_reused');
      await expectRefused(current, 'invalid_refresh_token');
    });

    it('is not softened by so many rotations that not each is remembered', async () => {
      clock.stop();
      const { tokens } = await app.as.member();
      let current = tokens.refresh_token;
      for (let times = 0; times < 60; times++) current = await rotated(current);
      const middle = current;
      current = await rotated(current);
      clock.forward(WINDOW - 500);
      for (let times = 0; times < 60; times++) current = await rotated(current);
      clock.forward(500);
      await expectRefused(middle, 'refresh_token_reused');
      await expectRefused(current, 'invalid_refresh_token');
    });
  });

  describe('of a session that is over', () => {
    it('is refused after logout', async () => {
      const member = await app.as.member();
      await member.post('/v1/auth/logout');
      await expectRefused(member.tokens.refresh_token, 'invalid_refresh_token');
      expect((await rowOf(app, member.tokens.refresh_token)).generation).toBe(0);
    });

    it('is refused when it was idle for 30 days', async () => {
      clock.stop();
      const { tokens } = await app.as.member();
      clock.forward(30 * DAY - 1);
      const next = await rotated(tokens.refresh_token);
      clock.forward(30 * DAY);
      await expectRefused(next, 'invalid_refresh_token');
      expect(await rowOf(app, next)).toMatchObject({ generation: 1, revoked_at: null });
    });

    it('is refused 90 days after sign-in, however much it was used', async () => {
      clock.stop();
      const { tokens } = await app.as.member();
      let token = tokens.refresh_token;
      for (const idle of [29, 29, 29]) {
        clock.forward(idle * DAY);
        token = await rotated(token);
      }
      clock.forward(3 * DAY - 5 * MINUTE);
      const { body } = await refresh(app, token);
      // Neither token outlives the session.
      expect(body).toMatchObject({ expires_in: 300, refresh_expires_in: 300 });
      expect(await works(app, body.access_token)).toBe(true);
      clock.forward(5 * MINUTE);
      expect(await works(app, body.access_token)).toBe(false);
      await expectRefused(body.refresh_token, 'invalid_refresh_token');
      await expectRefused(token, 'invalid_refresh_token');
    });

    it('is refused when the user is disabled', async () => {
      const member = await app.as.member();
      const admin = await app.as.admin();
      await admin.patch(`/v1/users/${member.id}`, { status: 'disabled' });
      await expectRefused(member.tokens.refresh_token, 'invalid_refresh_token');
    });

    it('is refused when only the account, and not yet the session, says so', async () => {
      const member = await app.as.member();
      await app.database.query(`UPDATE users SET status = 'disabled' WHERE id = :id`, { id: member.id });
      await expectRefused(member.tokens.refresh_token, 'invalid_refresh_token');
    });

    it('is refused when the user is gone', async () => {
      const member = await app.as.member();
      const admin = await app.as.admin();
      expect((await admin.delete(`/v1/users/${member.id}`)).status).toBe(204);
      await expectRefused(member.tokens.refresh_token, 'invalid_refresh_token');
      expect(await rowsOfUser(app, member.id)).toEqual([]);
    });
  });

  describe('with what is no token of the session', () => {
    it.each(Object.entries(FORGERIES))('refuses %s and does not harm the session', async (_, forge) => {
      const { tokens: other } = await app.as.member();
      const otherNow = await rotated(other.refresh_token);
      let { refresh_token: token } = (await app.as.member()).tokens;
      // So that plain base64 spells it in another way.
      while (!/[-_]/.test(token)) token = (await app.as.member()).tokens.refresh_token;
      const [row, otherRow] = [await rowOf(app, token), await rowOf(app, otherNow)];

      const forged = forge(token, otherNow);
      expect(forged).not.toBe(token);
      await expectOnly(app, [], () => expectRefused(forged, 'invalid_refresh_token'));

      expect(await rowOf(app, token)).toEqual(row);
      expect(await rowOf(app, otherNow)).toEqual(otherRow);
      expect(await auditOf(app, row.id)).toEqual([]);
      expect((await refresh(app, token)).status).toBe(200);
      expect((await refresh(app, otherNow)).status).toBe(200);
    });

    it('refuses a generation yet to come, even with a MAC that is right', async () => {
      const { tokens } = await app.as.member();
      const { id, salt } = await rowOf(app, tokens.refresh_token);
      const key = sessionKey(salt, derivedKey(app.settings.GATEHOUSE_SECRET, 'refresh-token'));
      expect(refreshToken(id, 0, key)).toBe(tokens.refresh_token);
      await expectRefused(refreshToken(id, 1, key), 'invalid_refresh_token');
      await expectRefused(refreshToken(id, 2 ** 48 - 1, key), 'invalid_refresh_token');
      expect(await rowOf(app, tokens.refresh_token)).toMatchObject({ generation: 0, revoked_at: null });
      expect((await refresh(app, tokens.refresh_token)).status).toBe(200);
    });

    it('refuses a MAC made with the secret but another salt, or with the salt but another secret', async () => {
      const { tokens } = await app.as.member();
      const { id, salt } = await rowOf(app, tokens.refresh_token);
      const forged = (from: string, secret: string) =>
        refreshToken(id, 0, sessionKey(from, derivedKey(secret, 'refresh-token')));
      await expectRefused(
        forged(`${salt.slice(1)}A`, app.settings.GATEHOUSE_SECRET),
        'invalid_refresh_token',
      );
      await expectRefused(forged(salt, 'another secret'), 'invalid_refresh_token');
      expect((await refresh(app, tokens.refresh_token)).status).toBe(200);
    });

    it('refuses an access token in its place', async () => {
      const { tokens } = await app.as.member();
      const { status } = await refresh(app, tokens.access_token);
      expect([400, 401]).toContain(status);
      expect(await works(app, tokens.refresh_token)).toBe(false);
      expect((await refresh(app, tokens.refresh_token)).status).toBe(200);
    });

    it.each([
      ['a number', 1],
      ['null', null],
      ['true', true],
      ['an object', { $ne: '' }],
      ['a token in an object', (token: string) => ({ token })],
      ['a token in an array', (token: string) => [token]],
      ['a token in an array twice', (token: string) => [token, token]],
    ])('refuses %s with 400', async (_, value) => {
      const { tokens } = await app.as.member();
      const sent = typeof value === 'function' ? value(tokens.refresh_token) : value;
      const { status, body } = await refresh(app, sent);
      expect({ status, code: body.code }).toEqual({ status: 400, code: 'validation_failed' });
      expect(body.errors).toEqual([{ field: 'refresh_token', message: expect.any(String) }]);
      expect((await rowOf(app, tokens.refresh_token)).generation).toBe(0);
      expect((await refresh(app, tokens.refresh_token)).status).toBe(200);
    });

    it('refuses 100 KB unread', async () => {
      const { status, body } = await refresh(app, 'A'.repeat(100_000));
      expect({ status, code: body.code }).toEqual({ status: 413, code: 'payload_too_large' });
    });

    it('refuses no token at all, and fields that it does not know', async () => {
      const { tokens } = await app.as.member();
      const none = await app.as.anonymous().post('/v1/auth/refresh', {});
      expect({ status: none.status, code: none.body.code }).toEqual({
        status: 401,
        code: 'invalid_refresh_token',
      });
      const more = await app.as
        .anonymous()
        .post('/v1/auth/refresh', { refresh_token: tokens.refresh_token, scope: 'users:write' });
      expect({ status: more.status, code: more.body.code }).toEqual({
        status: 400,
        code: 'validation_failed',
      });
      expect((await rowOf(app, tokens.refresh_token)).generation).toBe(0);
    });

    it('says the same no matter what was wrong, and writes no token into the log', async () => {
      const ended = await app.as.member();
      await ended.post('/v1/auth/logout');
      const answers = await Promise.all(
        ['x', ended.tokens.refresh_token].map((token) => refresh(app, token)),
      );
      const [malformed, over] = answers.map(({ body }) => ({ ...body, instance: '' }));
      expect(over).toEqual(malformed);
      expect(app.log.join('')).not.toContain(ended.tokens.refresh_token);
    });
  });
});

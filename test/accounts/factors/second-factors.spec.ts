import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TestApp } from '../../support/app.js';
import { PASSWORD } from '../../support/actors.js';
import { clock, HOUR, MINUTE, SECOND } from '../../support/clock.js';
import { answer, challenge, codeOf, protect, wrongCodeOf, type Protected } from '../../support/factors.js';
import { useMailApp } from '../../support/mail-app.js';
import type { Mailbox } from '../../support/mailbox.js';
import { expectProblem } from '../../support/problem.js';
import { proved } from '../../support/proved.js';
import { auditOf, refresh, rowsOfUser, works } from '../../support/sessions.js';
import { decoded } from '../../support/signing-keys.js';

const STEP = 30 * SECOND;

describe('second factors', () => {
  let app: TestApp;
  let mailbox: Mailbox;
  let ada: Protected;

  useMailApp((own) => ({ app, mailbox } = own));
  beforeAll(async () => {
    clock.stop();
    ada = await protect(await app.as.member('ada@example.com'));
  });
  // Every code works once, so each test has time steps of its own.
  beforeEach(() => clock.forward(4 * STEP));
  afterAll(() => clock.release());

  const rows = (table: string, userId: string) =>
    app.database.query(`SELECT * FROM ${table} WHERE user_id = :userId`, { userId });

  describe('an authenticator application', () => {
    it('is set up with a secret that no answer and no log shows again', async () => {
      const member = await app.as.member();
      const { status, body } = await member.post('/v1/me/factors/totp');
      expect(status).toBe(201);
      expect(body.secret).toMatch(/^[A-Z2-7]{32}$/);
      const uri = new URL(body.uri);
      expect(decodeURIComponent(uri.pathname)).toBe(`/Gatehouse:${member.email}`);
      expect(uri.host).toBe('totp');
      expect(Object.fromEntries(uri.searchParams)).toMatchObject({
        secret: body.secret,
        issuer: 'Gatehouse',
      });
      expect((await member.get('/v1/me/factors')).text).not.toContain(body.secret);
      expect((await member.get('/v1/me/export')).text).not.toContain(body.secret);
      expect(JSON.stringify(await rows('totp_factors', member.id))).not.toContain(body.secret);
      expect(app.log.join('')).not.toContain(body.secret);
    });

    it('does not count before it is confirmed, and no code of another secret confirms it', async () => {
      const member = await proved(app, await app.as.member());
      const { secret } = (await member.post('/v1/me/factors/totp')).body;
      await app.as.logIn(member.email);
      for (const code of [wrongCodeOf(secret), codeOf(secret, -3), codeOf(secret, 3), codeOf(ada.secret)])
        expectProblem(await member.post('/v1/me/factors/totp/confirm', { code }), 400, 'wrong_code');
      expect((await member.get('/v1/me/factors')).body).toEqual({
        totp: null,
        passkeys: 0,
        recoveryCodesLeft: 0,
      });
      expectProblem(await member.delete('/v1/me/factors/totp'), 404, 'not_found');
      expectProblem(await member.post('/v1/me/factors/recovery-codes'), 404, 'not_found');

      const { secret: other } = (await member.post('/v1/me/factors/totp')).body;
      const old = await member.post('/v1/me/factors/totp/confirm', { code: codeOf(secret) });
      expectProblem(old, 400, 'wrong_code');
      const confirmed = await member.post('/v1/me/factors/totp/confirm', { code: codeOf(other) });
      expect(confirmed.status).toBe(200);
      expect(confirmed.body.recoveryCodes).toHaveLength(10);
      expect(new Set(confirmed.body.recoveryCodes).size).toBe(10);
      expect((await member.get('/v1/me/factors')).body).toEqual({
        totp: { since: new Date().toISOString() },
        passkeys: 0,
        recoveryCodesLeft: 10,
      });
      expect(await auditOf(app, member.id)).toContain('user.totp_added');
      expect((await mailbox.last(app, member.email, 'Second factor added')).to).toEqual([member.email]);
    });

    it('waits for its confirmation for a quarter of an hour', async () => {
      const member = await app.as.member();
      const { secret } = (await member.post('/v1/me/factors/totp')).body;
      clock.forward(15 * MINUTE);
      const later = await app.as.logIn(member.email);
      const late = await later.post('/v1/me/factors/totp/confirm', { code: codeOf(secret) });
      expectProblem(late, 404, 'not_found');
    });

    it('is confirmed once by parallel requests, and its recovery codes are those that were shown', async () => {
      const member = await app.as.member();
      const { secret } = (await member.post('/v1/me/factors/totp')).body;
      const code = codeOf(secret);
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => member.post('/v1/me/factors/totp/confirm', { code })),
      );
      const shown = answers.filter(({ status }) => status === 200);
      expect(shown).toHaveLength(1);
      expect(await rows('recovery_codes', member.id)).toHaveLength(10);
      const person = { person: member, secret, recoveryCodes: shown[0]!.body.recoveryCodes };
      const token = await challenge(app, person);
      expect((await answer(app, token, person.recoveryCodes[0])).status).toBe(200);
    });

    it('cannot be put in the place of one that counts', async () => {
      expectProblem(await (await loggedIn(ada)).post('/v1/me/factors/totp'), 409, 'factor_exists');
    });

    it('is removed with its recovery codes, and logging in asks for it no more', async () => {
      const person = await protect(await proved(app, await app.as.member()));
      expect((await person.person.delete('/v1/me/factors/totp')).status).toBe(204);
      expect((await person.person.get('/v1/me/factors')).body).toEqual({
        totp: null,
        passkeys: 0,
        recoveryCodesLeft: 0,
      });
      expect(await rows('recovery_codes', person.person.id)).toEqual([]);
      await app.as.logIn(person.person.email);
      expect(await auditOf(app, person.person.id)).toContain('user.totp_removed');
      await mailbox.last(app, person.person.email, 'Second factor removed');
    });

    it('goes with the account', async () => {
      const { person } = await protect(await proved(app, await app.as.member()));
      await challenge(app, { person, secret: '', recoveryCodes: [] });
      expect((await person.send('DELETE', '/v1/me', { currentPassword: PASSWORD })).status).toBe(204);
      for (const table of ['totp_factors', 'recovery_codes', 'challenges'])
        expect(await rows(table, person.id), table).toEqual([]);
    });
  });

  const loggedIn = async (whose: Protected, more: object = {}) => {
    const { status, body, text } = await answer(app, await challenge(app, whose, more), codeOf(whose.secret));
    expect(status, text).toBe(200);
    return app.as.anonymous().with({ authorization: `Bearer ${body.access_token}` });
  };

  describe('logging in', () => {
    it('asks for the second factor and begins no session before it has it', async () => {
      const before = await rowsOfUser(app, ada.person.id);
      const { email, password } = ada.person;
      const asked = await app.as.anonymous().post('/v1/auth/login', { email, password });
      expectProblem(asked, 401, 'mfa_required', ['challenge_token', 'expires_in', 'methods']);
      expect(asked.body).toMatchObject({
        challenge_token: expect.stringMatching(/^[\w-]{43}$/),
        expires_in: 300,
        methods: ['totp', 'recovery_code'],
      });
      expect(asked.headers.getSetCookie()).toEqual([]);
      expect(asked.text).not.toMatch(/access_token|refresh_token/);
      expect(await rowsOfUser(app, ada.person.id)).toEqual(before);
      expect(JSON.stringify(await rows('challenges', ada.person.id))).not.toContain(
        asked.body.challenge_token,
      );

      const { status, body, headers } = await answer(app, asked.body.challenge_token, codeOf(ada.secret));
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 900, user: { id: ada.person.id } });
      const { claims } = decoded(body.access_token);
      expect(claims).toMatchObject({ amr: ['pwd', 'otp', 'mfa'], acr: 'mfa', auth_time: claims['iat'] });

      clock.forward(HOUR);
      const renewed = decoded((await refresh(app, body.refresh_token)).body.access_token).claims;
      expect(renewed).toMatchObject({ amr: claims['amr'], acr: 'mfa', auth_time: claims['auth_time'] });
      expect(renewed['iat']).toBeGreaterThan(claims['iat']);
    });

    it('says nothing of a second factor to a caller without the password', async () => {
      const { email } = ada.person;
      const wrong = await app.as.anonymous().post('/v1/auth/login', { email, password: 'not the password' });
      expectProblem(wrong, 401, 'invalid_credentials');
    });

    it('keeps the scope of the login, and hands out cookies', async () => {
      const token = await challenge(app, ada, { scope: 'account:read' });
      const { body, headers } = await answer(app, token, codeOf(ada.secret), { session: 'cookie' });
      expect(body.scope).toBe('account:read');
      expect(body.access_token).toBeUndefined();
      expect(headers.getSetCookie()).toHaveLength(3);
      const { email, password } = ada.person;
      const beyond = { email, password, scope: 'users:read' };
      expectProblem(await app.as.anonymous().post('/v1/auth/login', beyond), 400, 'invalid_scope');
    });

    it('takes a code however it is typed, from one step before to one after', async () => {
      const spaced = codeOf(ada.secret, -1).replace(/^.../, '$& ');
      expect((await answer(app, await challenge(app, ada), ` ${spaced} `)).status).toBe(200);
      const wide = [...codeOf(ada.secret)].map((digit) =>
        String.fromCodePoint(digit.codePointAt(0)! + 0xfee0),
      );
      expect((await answer(app, await challenge(app, ada), wide.join(''))).status).toBe(200);
      expect((await answer(app, await challenge(app, ada), codeOf(ada.secret, 1))).status).toBe(200);
    });

    it.each([-3, -2, 2, 3])('refuses the code of %i steps away', async (steps) => {
      const refused = await answer(app, await challenge(app, ada), codeOf(ada.secret, steps));
      expectProblem(refused, 401, 'wrong_code');
      expect(await auditOf(app, ada.person.id)).toContain('login.failed');
    });

    it('takes no code twice, and none from before one that was used', async () => {
      const [first, second, third] = [
        await challenge(app, ada),
        await challenge(app, ada),
        await challenge(app, ada),
      ];
      const code = codeOf(ada.secret);
      expect((await answer(app, first, code)).status).toBe(200);
      expectProblem(await answer(app, second, code), 401, 'wrong_code');
      expectProblem(await answer(app, third, codeOf(ada.secret, -1)), 401, 'wrong_code');
      clock.forward(STEP);
      expectProblem(await answer(app, second, code), 401, 'wrong_code');
      expect((await answer(app, second, codeOf(ada.secret))).status).toBe(200);
    });

    it('takes a code once when many send it at the same time', async () => {
      const before = (await rowsOfUser(app, ada.person.id)).length;
      const tokens = [await challenge(app, ada), await challenge(app, ada)];
      const code = codeOf(ada.secret);
      const answers = await Promise.all([...tokens, ...tokens].map((token) => answer(app, token, code)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.every(({ status }) => status === 200 || status === 401)).toBe(true);
      expect(await rowsOfUser(app, ada.person.id)).toHaveLength(before + 1);
    });

    it('takes five answers to a challenge and no more, however fast they come', async () => {
      const token = await challenge(app, ada);
      const wrong = wrongCodeOf(ada.secret);
      const guesses = await Promise.all(Array.from({ length: 12 }, () => answer(app, token, wrong)));
      expect(guesses.filter(({ body }) => body.code === 'wrong_code')).toHaveLength(5);
      expect(guesses.filter(({ body }) => body.code === 'invalid_challenge')).toHaveLength(7);
      expectProblem(await answer(app, token, codeOf(ada.secret)), 401, 'invalid_challenge');
      expect((await answer(app, await challenge(app, ada), codeOf(ada.secret))).status).toBe(200);
    });

    it('takes the answer to a challenge once, within five minutes', async () => {
      const token = await challenge(app, ada);
      clock.forward(5 * MINUTE - SECOND);
      const late = await challenge(app, ada);
      expect((await answer(app, token, codeOf(ada.secret))).status).toBe(200);
      clock.forward(STEP);
      expectProblem(await answer(app, token, codeOf(ada.secret)), 401, 'invalid_challenge');
      clock.forward(5 * MINUTE);
      expectProblem(await answer(app, late, codeOf(ada.secret)), 401, 'invalid_challenge');
    });

    it('does not take the code of another user', async () => {
      const eve = await protect(await proved(app, await app.as.member()));
      expectProblem(await answer(app, await challenge(app, ada), codeOf(eve.secret)), 401, 'wrong_code');
      expectProblem(await answer(app, await challenge(app, ada), eve.recoveryCodes[0]), 401, 'wrong_code');
      expect((await answer(app, await challenge(app, eve), codeOf(eve.secret))).status).toBe(200);
    });

    it.each(['', 'x', 'x'.repeat(43), 'x'.repeat(2000), null, 7, {}, ['a']])(
      'refuses what is no challenge: %j',
      async (token) => {
        const { status, body } = await answer(app, token, '123456');
        expect([400, 401]).toContain(status);
        expect(['invalid_challenge', 'validation_failed']).toContain(body.code);
      },
    );

    it.each([
      '',
      '12345',
      '1234567',
      '-1',
      '1e5',
      '９９９９９９９',
      "' OR 1=1",
      'x'.repeat(101),
      null,
      123456,
      {},
    ])('refuses what is no code: %j', async (code) => {
      const { status, body } = await answer(app, await challenge(app, ada), code);
      expect([400, 401], JSON.stringify(body)).toContain(status);
      expect(['wrong_code', 'validation_failed']).toContain(body.code);
    });

    it('needs an answer', async () => {
      const none = await answer(app, await challenge(app, ada), undefined);
      expectProblem(none, 401, 'mfa_required', ['methods']);
    });

    it('gives a challenge that is good for nothing else', async () => {
      const token = await challenge(app, ada);
      expect(await works(app, token)).toBe(false);
      expectProblem(await refresh(app, token), 401, 'invalid_refresh_token');
      const confirm = { token, password: 'another long passphrase' };
      const reset = await app.as.anonymous().post('/v1/auth/password/reset/confirm', confirm);
      expectProblem(reset, 400, 'invalid_one_time_token');
      const verified = await app.as.anonymous().post('/v1/auth/email/verification/confirm', { token });
      expectProblem(verified, 400, 'invalid_one_time_token');
      expect(await works(app, ada.person.tokens.refresh_token)).toBe(false);
    });

    it('is over when the password or the status of the account changes in between', async () => {
      const person = await protect(await proved(app, await app.as.member()));
      const beforeChange = await challenge(app, person);
      const change = { currentPassword: PASSWORD, newPassword: 'another long passphrase' };
      expect((await person.person.post('/v1/me/password', change)).status).toBe(204);
      expectProblem(await answer(app, beforeChange, codeOf(person.secret)), 401, 'invalid_challenge');

      const { email, id } = person.person;
      const login = { email, password: change.newPassword };
      const asked = await app.as.anonymous().post('/v1/auth/login', login);
      await (await app.as.admin()).patch(`/v1/users/${id}`, { status: 'disabled' });
      expectProblem(
        await answer(app, asked.body.challenge_token, codeOf(person.secret)),
        401,
        'invalid_challenge',
      );
      expectProblem(await app.as.anonymous().post('/v1/auth/login', login), 401, 'invalid_credentials');
    });

    it('refuses every code after a hundred wrong ones in a row, but for recovery codes', async () => {
      const person = await protect(await proved(app, await app.as.member()));
      const wrong = wrongCodeOf(person.secret);
      for (let challenges = 0; challenges < 20; challenges++) {
        const token = await challenge(app, person);
        for (let guesses = 0; guesses < 5; guesses++) await answer(app, token, wrong);
      }
      expectProblem(
        await answer(app, await challenge(app, person), codeOf(person.secret)),
        401,
        'wrong_code',
      );
      const [recovery] = person.recoveryCodes;
      expect((await answer(app, await challenge(app, person), recovery)).status).toBe(200);
      expect((await answer(app, await challenge(app, person), codeOf(person.secret))).status).toBe(200);
    });
  });

  describe('recovery codes', () => {
    it('work once each, however they are typed, and the owner is told', async () => {
      const person = await protect(await proved(app, await app.as.member()));
      const [first, second] = person.recoveryCodes as [string, string];
      expect(first).toMatch(/^[a-z2-7]{4}(-[a-z2-7]{4}){3}$/);
      const { status, body } = await answer(app, await challenge(app, person), first);
      expect(status).toBe(200);
      expect(decoded(body.access_token).claims).toMatchObject({ amr: ['pwd', 'otp', 'mfa'], acr: 'mfa' });
      expectProblem(await answer(app, await challenge(app, person), first), 401, 'wrong_code');
      const typed = second.toUpperCase().replaceAll('-', ' ');
      expect((await answer(app, await challenge(app, person), typed)).status).toBe(200);
      expect((await person.person.get('/v1/me/factors')).body.recoveryCodesLeft).toBe(8);
      expect(await auditOf(app, person.person.id)).toContain('user.recovery_code_used');
      await mailbox.last(app, person.person.email, 'Recovery code used');
      expect(JSON.stringify(await rows('recovery_codes', person.person.id))).not.toContain(second);
    });

    it('work once when many send one at the same time', async () => {
      const tokens = [await challenge(app, ada), await challenge(app, ada), await challenge(app, ada)];
      const code = ada.recoveryCodes[0];
      const answers = await Promise.all([...tokens, ...tokens].map((token) => answer(app, token, code)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    });

    it('are void once there is a new set', async () => {
      const person = await protect(await proved(app, await app.as.member()));
      const renewed = await person.person.post('/v1/me/factors/recovery-codes');
      expect(renewed.status).toBe(201);
      expect(renewed.body.recoveryCodes).toHaveLength(10);
      const token = await challenge(app, person);
      expectProblem(await answer(app, token, person.recoveryCodes[3]), 401, 'wrong_code');
      expect((await answer(app, token, renewed.body.recoveryCodes[3])).status).toBe(200);
      await mailbox.last(app, person.person.email, 'New recovery codes');
    });
  });

  it('is not asked for any more once the account was disabled in between', async () => {
    const person = await protect(await proved(app, await app.as.member()));
    const waiting = await challenge(app, person);
    const admin = await app.as.admin();
    for (const status of ['disabled', 'active'])
      expect((await admin.patch(`/v1/users/${person.person.id}`, { status })).status).toBe(200);
    expectProblem(await answer(app, waiting, codeOf(person.secret)), 401, 'invalid_challenge');
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { makeKey, type TestKey } from '../../support/api-keys.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Authenticator } from '../../support/authenticator.js';
import type { Answer, Client, SignedIn } from '../../support/client.js';
import { protect } from '../../support/factors.js';
import { useMailApp } from '../../support/mail-app.js';
import { Mailbox } from '../../support/mailbox.js';
import { expectProblem } from '../../support/problem.js';
import { auditOf, refresh, works } from '../../support/sessions.js';

const OWN = 'the passphrase of the owner';
const CONFIRM = 'confirm your e-mail address';
const CHANGE = 'confirm your new e-mail address';

/** The rows of docs/threat-model.md, "An address". */
describe.each(['off', 'on'])('an address, with REQUIRE_VERIFIED_EMAIL=%s', (required) => {
  let app: TestApp;
  let mailbox: Mailbox;
  let count = 0;
  let email: string;

  beforeAll(async () => {
    mailbox = await Mailbox.open();
    app = await startApp({ env: { SMTP_URL: mailbox.url, REQUIRE_VERIFIED_EMAIL: required } });
  });
  afterAll(async () => {
    await app.close();
    await mailbox.close();
  });
  beforeEach(() => {
    email = `owner-${required}-${++count}@example.com`;
  });

  const isRequired = required === 'on';
  const signUp = (password: string) => app.as.anonymous().post('/v1/auth/signup', { email, password });
  const logIn = async (password: string, address = email) =>
    (await app.as.anonymous().post('/v1/auth/login', { email: address, password })).status;
  const token = async (subject: string, to = email) => (await mailbox.last(app, to, subject)).token!;
  const verify = (proof: { token: string; password?: string }, by: Client = app.as.anonymous()) =>
    by.post('/v1/auth/email/verification/confirm', proof);
  const resetWith = async (password: string) => {
    await app.as.anonymous().post('/v1/auth/password/reset', { email });
    const proof = { token: await token('reset your password'), password };
    return app.as.anonymous().post('/v1/auth/password/reset/confirm', proof);
  };
  /** What is left of the session that a sign-up began; there is none where the address must be proved first. */
  const sessionOf = async ({ body }: Answer) => {
    if (!body.refresh_token) return 'none';
    const isLive = await works(app, body.access_token);
    expect((await refresh(app, body.refresh_token)).status).toBe(isLive ? 200 : 401);
    return isLive ? 'live' : 'ended';
  };
  const isProved = async () => {
    const sql = 'SELECT email_verified_at FROM users WHERE email = :email';
    const [row] = await app.database.query<{ email_verified_at: unknown }>(sql, { email });
    return row!.email_verified_at !== null;
  };
  /** An account that can be used, no matter what the setting says; its own address is proved. */
  const member = async (address?: string): Promise<SignedIn> => {
    const found = address ?? `member-${required}-${++count}@example.com`;
    await app.as.anonymous().post('/v1/auth/signup', { email: found, password: PASSWORD });
    await verify({ token: await token(CONFIRM, found) });
    return app.as.logIn(found);
  };
  const importLine = async (line: object) =>
    (await app.as.admin()).post('/v1/users/import?update=true', JSON.stringify({ email, ...line }), {
      'content-type': 'application/x-ndjson',
    });

  describe('that a person signs up with and proves', () => {
    it('costs them nothing, with the link alone', async () => {
      const signed = await signUp(OWN);
      expect((await verify({ token: await token(CONFIRM) })).status).toBe(204);
      expect(await logIn(OWN)).toBe(200);
      expect(await isProved()).toBe(true);
      expect(await sessionOf(signed)).toBe(isRequired ? 'none' : 'live');
    });

    it('costs them nothing after two clicks on the button of the sign-up', async () => {
      await Promise.all([signUp(OWN), signUp(OWN)]);
      await signUp(OWN);
      expect((await verify({ token: await token(CONFIRM) })).status).toBe(204);
      expect(await logIn(OWN)).toBe(200);
    });

    it('stays theirs when a stranger signs up with it in between: the link asks for their password', async () => {
      await signUp(OWN);
      await signUp('the passphrase of a stranger');
      const proof = { token: await token(CONFIRM) };
      expectProblem(await verify(proof), 400, 'password_required', ['errors']);
      expectProblem(await verify({ ...proof, password: 'a wrong passphrase' }), 400, 'wrong_password', [
        'errors',
      ]);
      expect(await isProved()).toBe(false);
      expect((await verify({ ...proof, password: OWN })).status).toBe(204);
      expect(await logIn(OWN)).toBe(200);
      expect(await logIn('the passphrase of a stranger')).toBe(401);
    });
  });

  describe('that a stranger has signed up with', () => {
    const STRANGERS = 'the passphrase of a stranger';

    it.each(['first', 'last'])(
      'is not theirs by the %s link after the owner has signed up too',
      async (which) => {
        await signUp(STRANGERS);
        await signUp(OWN);
        const links = (await mailbox.of(app, email)).filter(({ link }) => link?.includes('#v.'));
        const { token: sent } = which === 'first' ? links[0]! : links.at(-1)!;
        expectProblem(await verify({ token: sent! }), 400, 'password_required', ['errors']);
        expectProblem(await verify({ token: sent!, password: OWN }), 400, 'wrong_password', ['errors']);
        expect(await isProved()).toBe(false);

        expect((await resetWith(OWN)).status).toBe(204);
        expect([await logIn(OWN), await logIn(STRANGERS)]).toEqual([200, 401]);
      },
    );

    it('is contested when both sign up at the same moment', async () => {
      await Promise.all([signUp(STRANGERS), signUp(OWN)]);
      expectProblem(await verify({ token: await token(CONFIRM) }), 400, 'password_required', ['errors']);
    });

    it('is the owner’s after a reset, with nothing of the stranger left', async () => {
      await signUp(STRANGERS);
      expect((await resetWith(OWN)).status).toBe(204);
      expect([await logIn(OWN), await logIn(STRANGERS)]).toEqual([200, 401]);
      expect(await isProved()).toBe(true);
    });

    it.each<[string, object]>([
      ['calls the address verified', { verified: true }],
      ['gives roles', { roles: ['admin'] }],
    ])('is not theirs after an import that %s', async (_, line) => {
      const signed = await signUp(STRANGERS);
      expect((await importLine(line)).body).toMatchObject({ updated: 1 });
      expect(await logIn(STRANGERS)).toBe(401);
      expect(await sessionOf(signed)).toBe(isRequired ? 'none' : 'ended');
    });

    it('stays unproved by an administrator who wants to make the account, and by one who imports a name', async () => {
      await signUp(STRANGERS);
      const made = await (await app.as.admin()).post('/v1/users', { email, password: OWN });
      expectProblem(made, 409, 'email_taken');
      expect((await importLine({ name: 'Grace' })).body).toMatchObject({ updated: 1 });
      expect(await isProved()).toBe(false);
    });
  });

  it('of an account that an administrator made is proved with the link alone, and its password stays', async () => {
    await (await app.as.admin()).post('/v1/users', { email, password: OWN });
    expect((await verify({ token: await token(CONFIRM) })).status).toBe(204);
    expect(await logIn(OWN)).toBe(200);
  });

  it('that was proved is not contested by sign-ups', async () => {
    await signUp(OWN);
    await verify({ token: await token(CONFIRM) });
    await signUp('the passphrase of a stranger');
    expect([await logIn(OWN), await logIn('the passphrase of a stranger')]).toEqual([200, 401]);
    const [row] = await app.database.query('SELECT contested_at FROM users WHERE email = :email', { email });
    expect(row).toEqual({ contested_at: null });
  });

  // The setting changes nothing about it.
  describe.skipIf(isRequired)('that a stranger has their account changed to', () => {
    let stranger: SignedIn;
    let key: TestKey;

    beforeEach(async () => {
      stranger = await member();
      key = await makeKey(app, stranger);
      await protect(stranger);
      await stranger.post('/v1/me/email', { email, currentPassword: PASSWORD });
    });
    const confirm = async (by: Client, password?: string): Promise<Answer> =>
      by.post('/v1/auth/email/change/confirm', { token: await token(CHANGE), ...(password && { password }) });
    const expectNothingLeft = async () => {
      expect((await key.get('/v1/me')).status).toBe(401);
      expect(await works(app, stranger.tokens.access_token)).toBe(false);
      expect((await refresh(app, stranger.tokens.refresh_token)).status).toBe(401);
      expect([await logIn(PASSWORD), await logIn(PASSWORD, stranger.email)]).toEqual([401, 401]);
      for (const table of ['totp_factors', 'recovery_codes', 'passkeys', 'challenges', 'one_time_tokens']) {
        const sql = `SELECT user_id FROM ${table} WHERE user_id = :id`;
        expect(await app.database.query(sql, { id: stranger.id }), table).toEqual([]);
      }
      const epoch = 'SELECT epoch FROM device_epochs WHERE user_id = :id';
      const [row] = await app.database.query<{ epoch: number }>(epoch, { id: stranger.id });
      expect(row!.epoch, 'device tokens have ended').toBeGreaterThan(0);
    };

    it('takes everything from them when its owner opens the link, and is the owner’s by a reset', async () => {
      const letter = await mailbox.last(app, email, CHANGE);
      expect(letter.text.replaceAll('\n', ' ')).toContain('takes away all that opened it');
      expect((await confirm(app.as.anonymous())).status).toBe(204);
      await expectNothingLeft();
      const told = await mailbox.last(app, email, 'handed over');
      expect(told.text).toContain('reset it');
      await mailbox.last(app, stranger.email, 'E-mail address changed');

      expect((await resetWith(OWN)).status).toBe(204);
      expect(await logIn(OWN)).toBe(200);
      await expectNothingLeft();
    });

    it('takes everything from them, also where the owner is signed in to another account', async () => {
      expect((await confirm(await member())).status).toBe(204);
      await expectNothingLeft();
    });

    it.each<[string, () => Client, string?]>([
      ['a session of the account', () => stranger],
      ['the password of the account', () => app.as.anonymous(), PASSWORD],
    ])('costs nothing with %s', async (_, by, password) => {
      expect((await confirm(by(), password)).status).toBe(204);
      expect((await key.get('/v1/me')).body).toMatchObject({ email, emailVerified: true });
      expect(await works(app, stranger.tokens.access_token)).toBe(true);
      const login = { email, password: PASSWORD };
      const asked = await app.as.anonymous().post('/v1/auth/login', login);
      expectProblem(asked, 401, 'mfa_required', ['methods', 'challenge_token', 'expires_in']);
      expect(await auditOf(app, stranger.id)).toContain('user.email_changed');
    });

    it('stays where it is with a wrong password', async () => {
      const wrong = await confirm(app.as.anonymous(), 'a wrong passphrase');
      expectProblem(wrong, 400, 'wrong_password', ['errors']);
      expect((await key.get('/v1/me')).body.email).toBe(stranger.email);
    });

    it.each<[string, () => Promise<Client>]>([
      ['an API key', async () => key],
      [
        'a session that has ended',
        async () => {
          const other = app.as.anonymous().with(stranger.headers);
          await stranger.post('/v1/auth/logout');
          return other;
        },
      ],
    ])('does not stay theirs with %s in the place of a session', async (_, by) => {
      expect((await confirm(await by())).status).toBe(204);
      expect((await key.get('/v1/me')).status).toBe(401);
      expect(await logIn(PASSWORD)).toBe(401);
    });

    it('is refused when its owner signs up and proves it first', async () => {
      await signUp(OWN);
      await verify({ token: await token(CONFIRM) });
      expectProblem(await confirm(app.as.anonymous()), 409, 'email_taken');
      expect(await logIn(OWN)).toBe(200);
      expect((await key.get('/v1/me')).body.email).toBe(stranger.email);
    });

    it('does not empty the account of an administrator', async () => {
      const admin = await app.as.admin();
      expect((await admin.put(`/v1/users/${stranger.id}/roles`, { roles: ['admin'] })).status).toBe(200);
      expectProblem(await confirm(app.as.anonymous()), 400, 'password_required', ['errors']);
      expect((await confirm(app.as.anonymous(), PASSWORD)).status).toBe(204);
    });
  });
});

describe('an account that holds more than its sign-up gave', () => {
  let app: TestApp;
  let mailbox: Mailbox;
  let stranger: SignedIn;
  let token: string;

  useMailApp((own) => ({ app, mailbox } = own));
  beforeEach(async () => {
    stranger = await app.as.member();
    token = (await mailbox.last(app, stranger.email, CONFIRM)).token!;
  });

  const verify = (by: Client, more: object = {}) =>
    by.post('/v1/auth/email/verification/confirm', { token, ...more });
  const addPasskey = async () => {
    const { body: options } = await stranger.post('/v1/me/passkeys/options');
    const response = new Authenticator(app.settings.PUBLIC_URL).create(options);
    return stranger.post('/v1/me/passkeys', { name: 'a key', response });
  };

  it.each<[string, () => Promise<unknown>]>([
    ['an authenticator application', () => protect(stranger)],
    ['a passkey', addPasskey],
    ['an API key', () => makeKey(app, stranger)],
  ])(
    'is proved with %s by the link and a session or the password, and not by the link alone',
    async (_, add) => {
      await add();
      expectProblem(await verify(app.as.anonymous()), 400, 'password_required', ['errors']);
      expectProblem(await verify(await app.as.member()), 400, 'password_required', ['errors']);
      expect((await stranger.get('/v1/me')).body.emailVerified).toBe(false);
      expect((await verify(app.as.anonymous(), { password: PASSWORD })).status).toBe(204);
      expect((await stranger.get('/v1/me')).body.emailVerified).toBe(true);
    },
  );

  it('loses all of it to the owner of the address, who resets', async () => {
    const key = await makeKey(app, stranger);
    await protect(stranger);
    expectProblem(await verify(app.as.anonymous()), 400, 'password_required', ['errors']);
    await app.as.anonymous().post('/v1/auth/password/reset', { email: stranger.email });
    const reset = (await mailbox.last(app, stranger.email, 'reset your password')).token!;
    const proof = { token: reset, password: OWN };
    expect((await app.as.anonymous().post('/v1/auth/password/reset/confirm', proof)).status).toBe(204);
    expect((await key.get('/v1/me')).status).toBe(401);
    expect(await works(app, stranger.tokens.access_token)).toBe(false);
    expect((await (await app.as.logIn(stranger.email, OWN)).get('/v1/me')).status).toBe(200);
  });

  it('is proved in a browser whose access cookie has expired, by its refresh cookie', async () => {
    await makeKey(app, stranger);
    const login = { email: stranger.email, password: PASSWORD, session: 'cookie' };
    const { headers } = await app.as.anonymous().post('/v1/auth/login', login);
    const cookie = headers
      .getSetCookie()
      .map((each) => each.split(';', 1)[0]!)
      .find((each) => each.startsWith('gatehouse_refresh='))!;
    const foreign = app.as.anonymous().with({ cookie, origin: 'https://evil.example' });
    expectProblem(await verify(foreign), 400, 'password_required', ['errors']);
    expect((await verify(app.as.anonymous().with({ cookie, origin: app.url }))).status).toBe(204);
  });
});

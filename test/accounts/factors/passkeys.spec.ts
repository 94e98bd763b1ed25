import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Authenticator, UNVERIFIED, type Lies } from '../../support/authenticator.js';
import { SignedIn } from '../../support/client.js';
import { clock, MINUTE } from '../../support/clock.js';
import { answer } from '../../support/factors.js';
import { expectProblem } from '../../support/problem.js';
import { auditOf, rowsOfUser } from '../../support/sessions.js';
import { decoded } from '../../support/signing-keys.js';

const OTHER_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

describe('passkeys', () => {
  let app: TestApp;
  let ada: SignedIn;
  let key: Authenticator;
  let recoveryCodes: string[];

  beforeAll(async () => {
    app = await startApp();
    clock.stop();
    ada = await app.as.member('ada@example.com');
    key = new Authenticator(app.settings.PUBLIC_URL);
    const added = await add(ada, key);
    if (added.status !== 201) throw new Error(added.text);
    recoveryCodes = added.body.recoveryCodes;
  });
  // Some move the clock, by which a sign-in is soon too old for a step-up.
  beforeEach(async () => {
    const { body } = await answer(app, await ask(), undefined, { passkey: key.get(await options()) });
    ada = new SignedIn(app.url, ada.email, PASSWORD, body, ada.id);
  });
  afterAll(async () => {
    clock.release();
    await app.close();
  });

  const optionsFor = async (person: SignedIn) => (await person.post('/v1/me/passkeys/options')).body;
  const add = async (person: SignedIn, authenticator: Authenticator, lies: Lies = {}) =>
    person.post('/v1/me/passkeys', {
      name: 'a key',
      response: authenticator.create(await optionsFor(person), lies),
    });
  const options = async () => (await app.as.anonymous().post('/v1/auth/passkeys/options')).body;
  const logIn = (passkey: unknown, more: object = {}) =>
    app.as.anonymous().post('/v1/auth/passkeys', { passkey, ...more });

  /** The challenge of a login of hers. */
  const ask = async () => {
    const login = { email: ada.email, password: PASSWORD };
    const { body } = await app.as.anonymous().post('/v1/auth/login', login);
    expect(body).toMatchObject({ code: 'mfa_required', methods: ['passkey', 'recovery_code'] });
    return body.challenge_token;
  };

  describe('are taken as libraries spell them', () => {
    type Members = Record<string, unknown>;
    type Credential = Members & { response: Members };
    const inEach = (credential: Credential, change: (text: string) => unknown): Credential => ({
      ...credential,
      id: change(credential['id'] as string),
      rawId: change(credential['rawId'] as string),
      response: Object.fromEntries(
        Object.entries(credential.response).map(([name, value]) => [
          name,
          typeof value === 'string' ? change(value) : value,
        ]),
      ),
    });
    const base64 = (text: string) => Buffer.from(text, 'base64url').toString('base64');
    const without = (credential: Credential, ...names: string[]) =>
      Object.fromEntries(Object.entries(credential).filter(([name]) => !names.includes(name)));
    const SPELLINGS: [string, (credential: Credential) => object][] = [
      ['in base64 with padding', (credential) => inEach(credential, base64)],
      [
        'in base64 without padding',
        (credential) => inEach(credential, (text) => base64(text).replaceAll('=', '')),
      ],
      [
        'in base64url with padding',
        (credential) => inEach(credential, (text) => text.padEnd(Math.ceil(text.length / 4) * 4, '=')),
      ],
      [
        'in base64 with line ends',
        (credential) => inEach(credential, (text) => base64(text).replaceAll(/.{76}/g, '$&\r\n')),
      ],
      [
        'with rawId in base64 beside an id in base64url',
        (credential) => ({ ...credential, rawId: base64(credential['rawId'] as string) }),
      ],
      ['without rawId', (credential) => without(credential, 'rawId')],
      ['without id', (credential) => without(credential, 'id')],
      ['without type and extensions', (credential) => without(credential, 'type', 'clientExtensionResults')],
      [
        'with null for what is not there',
        (credential) => ({
          ...credential,
          authenticatorAttachment: null,
          clientExtensionResults: null,
          response: { ...credential.response, userHandle: null, transports: null, publicKey: null },
        }),
      ],
    ];

    it.each(SPELLINGS)('%s, at registration and at login', async (_, spell) => {
      const person = await app.as.member();
      const authenticator = new Authenticator(app.settings.PUBLIC_URL);
      const created = authenticator.create(await optionsFor(person)) as Credential;
      const added = await person.post('/v1/me/passkeys', { name: 'a key', response: spell(created) });
      expect(added.status, added.text).toBe(201);
      const userHandle = Buffer.from(person.id).toString('base64url');
      const shown = authenticator.get(await options(), { userHandle }) as Credential;
      const { status, body, text } = await logIn(spell(shown));
      expect(status, text).toBe(200);
      expect(body.user.id).toBe(person.id);
    });

    it('with a user handle that the library has decoded', async () => {
      expect((await logIn(key.get(await options(), { userHandle: ada.id }))).status).toBe(200);
      const other = await app.as.member();
      expect((await logIn(key.get(await options(), { userHandle: other.id }))).status).toBe(401);
    });

    it.each([null, [], 'x', 1, {}, { id: 1 }, { id: 'x', response: [] }, { rawId: {}, response: 'x' }])(
      'and are refused as %j',
      async (passkey) => {
        const refused = await logIn(passkey);
        expect([400, 401]).toContain(refused.status);
        expect(refused.body).not.toHaveProperty('access_token');
      },
    );
  });

  describe('are registered', () => {
    it('with options for this host, which ask for verification and name no secret', async () => {
      expect(await optionsFor(ada)).toMatchObject({
        challenge: expect.stringMatching(/^[\w-]{43}$/),
        rp: { id: 'localhost', name: 'Gatehouse' },
        user: { id: Buffer.from(ada.id).toString('base64url'), name: ada.email },
        attestation: 'none',
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        excludeCredentials: [{ id: key.id }],
        // The same on every version of Node: EdDSA, ES256, RS256.
        pubKeyCredParams: [-8, -7, -257].map((alg) => ({ alg, type: 'public-key' })),
      });
    });

    it('with recovery codes for the first second factor, listed, renamed and removed', async () => {
      expect(recoveryCodes).toHaveLength(10);
      const member = await app.as.member();
      const [first, second] = [
        new Authenticator(app.settings.PUBLIC_URL),
        new Authenticator(app.settings.PUBLIC_URL),
      ];
      const { id } = (await add(member, first)).body;
      expect((await add(member, second)).body.recoveryCodes).toBeUndefined();
      const renamed = await member.patch(`/v1/me/passkeys/${id}`, { name: 'my phone' });
      expect(renamed.body).toEqual({ id, name: 'my phone', createdAt: expect.any(String), lastUsedAt: null });
      const listed = (await member.get('/v1/me/passkeys')).body;
      expect(listed).toMatchObject({ items: [{ name: 'my phone' }, { name: 'a key' }], nextCursor: null });
      expect(listed.items[0]).toEqual(renamed.body);
      expect((await member.get('/v1/me/factors')).body).toEqual({
        totp: null,
        passkeys: 2,
        recoveryCodesLeft: 10,
      });

      for (const stranger of [await app.as.member(), await app.as.admin()]) {
        expectProblem(await stranger.patch(`/v1/me/passkeys/${id}`, { name: 'mine' }), 404, 'not_found');
        expectProblem(await stranger.delete(`/v1/me/passkeys/${id}`), 404, 'not_found');
      }
      for (const { id: each } of listed.items)
        expect((await member.delete(`/v1/me/passkeys/${each}`)).status).toBe(204);
      expect((await member.get('/v1/me/factors')).body).toEqual({
        totp: null,
        passkeys: 0,
        recoveryCodesLeft: 0,
      });
      expectProblem(await logIn(first.get(await options())), 401, 'invalid_passkey');
      await app.as.logIn(member.email);
      expect(await auditOf(app, member.id)).toEqual(
        expect.arrayContaining(['user.passkey_added', 'user.passkey_renamed', 'user.passkey_removed']),
      );
    });

    it.each<[string, Lies]>([
      ['of another origin', { origin: 'https://evil.example' }],
      ['of another port', { origin: 'http://localhost:3001' }],
      ['in a frame of another site', { crossOrigin: true }],
      ['for another host', { rpId: 'evil.example' }],
      ['without verification', { flags: UNVERIFIED }],
      ['without presence', { flags: 0 }],
      ['of a login', { type: 'webauthn.get' }],
      ['with a challenge of its own', { challenge: 'A'.repeat(43) }],
    ])('not when the response is %s', async (_, lies) => {
      const refused = await add(ada, new Authenticator(app.settings.PUBLIC_URL), lies);
      expectProblem(refused, 401, 'invalid_passkey');
      expect((await ada.get('/v1/me/passkeys')).body.items).toHaveLength(1);
    });

    it('not with a challenge that was used, is another’s, has expired, or is for logging in', async () => {
      const mine = new Authenticator(app.settings.PUBLIC_URL);
      const eve = await app.as.member();
      const asked = await optionsFor(ada);
      const body = { name: 'a key', response: mine.create(asked) };
      expectProblem(await eve.post('/v1/me/passkeys', body), 401, 'invalid_passkey');
      // It was used up by that.
      expectProblem(await ada.post('/v1/me/passkeys', body), 401, 'invalid_passkey');
      const forLogin = { name: 'a key', response: mine.create({ ...(await options()), rpId: 'localhost' }) };
      expectProblem(await ada.post('/v1/me/passkeys', forLogin), 401, 'invalid_passkey');
      const late = { name: 'a key', response: mine.create(await optionsFor(ada)) };
      clock.forward(5 * MINUTE);
      ada = await stepped(ada);
      expectProblem(await ada.post('/v1/me/passkeys', late), 401, 'invalid_passkey');
    });

    it('not twice: a credential is of one account', async () => {
      const eve = await app.as.member();
      expectProblem(
        await add(eve, new Authenticator(app.settings.PUBLIC_URL), { id: key.id }),
        401,
        'invalid_passkey',
      );
      expect((await eve.get('/v1/me/factors')).body).toEqual({
        totp: null,
        passkeys: 0,
        recoveryCodesLeft: 0,
      });
    });

    it.each([
      null,
      {},
      [],
      'x',
      7,
      { response: {} },
      { response: { clientDataJSON: 'e30' } },
      { id: {}, response: 1 },
    ])('not from %j', async (response) => {
      const { status } = await ada.post('/v1/me/passkeys', { name: 'a key', response });
      expect([400, 401]).toContain(status);
      expect([400, 401]).toContain((await logIn(response)).status);
    });
  });

  /** The same person with a step-up by the passkey. */
  const stepped = async (person: SignedIn): Promise<SignedIn> => {
    const { body, text } = await person.post('/v1/auth/step-up', { passkey: key.get(await options()) });
    expect(body?.access_token, text).toBeDefined();
    expect(decoded(body.access_token).claims).toMatchObject({
      amr: ['pwd', 'hwk', 'user', 'mfa'],
      acr: 'mfa',
    });
    return Object.assign(
      Object.create(person),
      person.with({ authorization: `Bearer ${body.access_token}` }),
    );
  };

  describe('take of what no signature covers', () => {
    it.each<[string, unknown, string[]]>([
      ['a text', 'usb', []],
      ['an object', {}, []],
      ['a number', 5, []],
      ['nothing', undefined, []],
      ['some that there are, and others', ['x'.repeat(10_000), 'usb', {}, 'usb', 'nfc'], ['nfc', 'usb']],
    ])('transports that are %s', async (_, transports, stored) => {
      const member = await app.as.member();
      const { status } = await add(member, new Authenticator(app.settings.PUBLIC_URL), { transports });
      expect(status).toBe(201);
      expect((await optionsFor(member)).excludeCredentials[0].transports).toEqual(stored);
    });

    it('no id that is longer than WebAuthn has them', async () => {
      const id = Buffer.alloc(1_060).toString('base64url');
      const added = await add(await app.as.member(), new Authenticator(app.settings.PUBLIC_URL), { id });
      expectProblem(added, 401, 'invalid_passkey');
    });

    it.each<unknown>([123, {}, true])('no handle of a user that is %j', async (userHandle) => {
      expectProblem(await logIn(key.get(await options(), { userHandle })), 401, 'invalid_passkey');
    });
  });

  describe('log in without a password', () => {
    it('a user who has one, by several factors at once', async () => {
      const asked = await options();
      expect(asked).toMatchObject({ rpId: 'localhost', userVerification: 'required' });
      expect(asked.allowCredentials).toBeUndefined();
      const userHandle = Buffer.from(ada.id).toString('base64url');
      const { status, body } = await logIn(key.get(asked, { userHandle }), { scope: 'account:read' });
      expect(status).toBe(200);
      expect(body).toMatchObject({ scope: 'account:read', user: { id: ada.id } });
      expect(decoded(body.access_token).claims).toMatchObject({ amr: ['hwk', 'user', 'mfa'], acr: 'mfa' });
      const cookies = await logIn(key.get(await options()), { session: 'cookie' });
      expect(cookies.headers.getSetCookie()).toHaveLength(3);
      const beyond = await logIn(key.get(await options()), { scope: 'users:read' });
      expectProblem(beyond, 400, 'invalid_scope');
    });

    it.each<[string, Lies]>([
      ['of another origin', { origin: 'https://evil.example' }],
      ['in a frame of another site', { crossOrigin: true }],
      ['for another host', { rpId: 'evil.example' }],
      ['without verification', { flags: UNVERIFIED }],
      ['of a registration', { type: 'webauthn.create' }],
      ['with a challenge of its own', { challenge: 'A'.repeat(43) }],
      ['signed by another key', { key: OTHER_KEY }],
      ['of an unknown credential', { id: 'AAAA' }],
      [
        'of somebody else',
        { userHandle: Buffer.from('01890a5d-ac96-774b-bcce-b302099a8057').toString('base64url') },
      ],
    ])('no user whose response is %s', async (_, lies) => {
      const before = await rowsOfUser(app, ada.id);
      expectProblem(await logIn(key.get(await options(), lies)), 401, 'invalid_passkey');
      expect(await rowsOfUser(app, ada.id)).toEqual(before);
    });

    it('no user twice with one response, not even at the same time, and no user late', async () => {
      const response = key.get(await options());
      const answers = await Promise.all(Array.from({ length: 4 }, () => logIn(response)));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401, 401, 401]);
      const late = key.get(await options());
      clock.forward(5 * MINUTE);
      expectProblem(await logIn(late), 401, 'invalid_passkey');
    });

    it('no clone: a counter that does not rise is refused and audited, and harms no user', async () => {
      expect((await logIn(key.get(await options()))).status).toBe(200);
      const counter = key.counter;
      for (const sent of [counter, counter - 1, 0]) {
        const asked = await options();
        expectProblem(await logIn(key.get(asked, { counter: sent })), 401, 'invalid_passkey');
      }
      const events = (await auditOf(app, ada.id)).filter((action) => action === 'user.passkey_cloned');
      expect(events).toHaveLength(3);
      // A forgery without the key is no clone.
      await logIn(key.get(await options(), { counter, key: OTHER_KEY }));
      expect((await auditOf(app, ada.id)).filter((action) => action === 'user.passkey_cloned')).toHaveLength(
        3,
      );
      expect((await logIn(key.get(await options()))).status).toBe(200);
    });

    it('one of two with the same counter at the same time', async () => {
      const counter = ++key.counter;
      const responses = [key.get(await options(), { counter }), key.get(await options(), { counter })];
      const answers = await Promise.all(responses.map((response) => logIn(response)));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401]);
    });

    it('no user whose account is disabled', async () => {
      const member = await app.as.member();
      const own = new Authenticator(app.settings.PUBLIC_URL);
      await add(member, own);
      await (await app.as.admin()).patch(`/v1/users/${member.id}`, { status: 'disabled' });
      expectProblem(await logIn(own.get(await options())), 401, 'invalid_passkey');
    });
  });

  describe('as the second factor', () => {
    it('answer the challenge of a login, as recovery codes do', async () => {
      const token = await ask();
      const { status, body } = await answer(app, token, undefined, { passkey: key.get(await options()) });
      expect(status).toBe(200);
      expect(decoded(body.access_token).claims).toMatchObject({
        amr: ['pwd', 'hwk', 'user', 'mfa'],
        acr: 'mfa',
      });
      expect((await answer(app, await ask(), recoveryCodes[0])).status).toBe(200);
      expectProblem(await answer(app, await ask(), '123456'), 401, 'wrong_code');
    });

    it('do not answer for another user', async () => {
      const eve = await app.as.member();
      const own = new Authenticator(app.settings.PUBLIC_URL);
      await add(eve, own);
      const refused = await answer(app, await ask(), undefined, { passkey: own.get(await options()) });
      expectProblem(refused, 401, 'invalid_passkey');
    });
  });
});

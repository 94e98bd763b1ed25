import { hashRaw } from '@node-rs/argon2';
import { hash as bcrypt } from '@node-rs/bcrypt';
import { createCipheriv, pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPERATOR } from '../../../src/platform/access/actor.js';
import { UsersTransferService } from '../../../src/operations/transfer/users-transfer.service.js';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { parsedLines, sendLines } from '../../support/lines.js';
import { eventsAbout } from '../../support/sessions.js';

const HASHING = {
  signerKey: 'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==',
  saltSeparator: 'Bw==',
  rounds: 8,
  memoryCost: 14,
};

/** What Firebase stores of a password. */
function firebaseHash(password: string) {
  const salt = randomBytes(10);
  const salted = Buffer.concat([salt, Buffer.from(HASHING.saltSeparator, 'base64')]);
  const key = scryptSync(password, salted, 32, { N: 2 ** 14, r: 8, p: 1 });
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  const passwordHash = cipher.update(Buffer.from(HASHING.signerKey, 'base64'));
  return { salt: salt.toString('base64'), passwordHash: passwordHash.toString('base64') };
}

describe('an export of another system', () => {
  let app: TestApp;
  const hashOf = async (email: string) => {
    const rows = await app.database.query<{ password_hash: string | null }>(
      'SELECT password_hash FROM users WHERE email = :email',
      { email },
    );
    return rows[0]?.password_hash;
  };
  const users = async () => parsedLines(await (await app.as.admin()).get('/v1/users/export'));
  const user = async (email: string) => (await users()).find((each) => each['email'] === email);

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('of Auth0 is taken with format=auth0, its users and its hashes', async () => {
    const passwordHash = await bcrypt(PASSWORD, 10);
    const exported = (name: string, more: object) => ({
      user_id: `auth0|${name}`,
      email: `${name}@auth0.example`,
      nickname: name,
      created_at: '2020-01-01T00:00:00.000Z',
      identities: [{ provider: 'auth0', user_id: name, isSocial: false }],
      app_metadata: { plan: 'pro' },
      ...more,
    });
    const { body } = await sendLines(
      await app.as.admin(),
      '/v1/users/import?format=auth0',
      exported('ada', { name: 'Ada Lovelace', email_verified: true }),
      exported('bob', { name: 'bob@auth0.example', email_verified: false, blocked: true }),
      {
        _id: { $oid: '5f4e' },
        email: 'eve@auth0.example',
        email_verified: true,
        passwordHash,
        password_set_date: { $date: '2020-01-01T00:00:00.000Z' },
        tenant: 'example',
        connection: 'Username-Password-Authentication',
      },
      exported('odd', { email_verified: 'yes' }),
      { user_id: 'sms|1', phone_number: '+15551234' },
    );
    expect(body).toMatchObject({ created: 3, failed: 2 });
    expect(body.errors.map(({ line }: any) => line)).toEqual([4, 5]);
    expect(await user('ada@auth0.example')).toMatchObject({
      name: 'Ada Lovelace',
      verified: true,
      status: 'active',
    });
    expect(await user('bob@auth0.example')).toMatchObject({
      name: null,
      verified: false,
      status: 'disabled',
    });
    await app.as.logIn('eve@auth0.example');
    expect(await hashOf('eve@auth0.example')).toMatch(/^\$argon2id\$/);

    // The hashes come later, in a file of their own.
    const later = { _id: {}, email: 'ada@auth0.example', email_verified: true, passwordHash };
    const added = await sendLines(await app.as.admin(), '/v1/users/import?format=auth0&update=true', later);
    expect(added.body).toMatchObject({ updated: 1, failed: 0 });
    await app.as.logIn('ada@auth0.example');
    expect(await user('ada@auth0.example')).toMatchObject({ name: 'Ada Lovelace' });
  });

  it('of Auth0 is taken when the address stands among the identifiers alone', async () => {
    const passwordHash = await bcrypt(PASSWORD, 4);
    const hashOfOne = (more: object) => ({ _id: { $oid: '5f4e' }, passwordHash, tenant: 'example', ...more });
    const email = (value: unknown, verified?: boolean) => ({ type: 'email', value, verified });
    const { body } = await sendLines(
      await app.as.admin(),
      '/v1/users/import?format=auth0',
      hashOfOne({ identifiers: [email('in@auth0.example', true)] }),
      hashOfOne({
        identifiers: [{ type: 'phone', value: '+15555550100' }, email('out@auth0.example', false)],
      }),
      hashOfOne({ email: 'own@auth0.example', identifiers: [email('own@auth0.example', true)] }),
      hashOfOne({
        email: 'other@auth0.example',
        email_verified: false,
        identifiers: [email('else@auth0.example', true)],
      }),
      hashOfOne({ email: null, identifiers: [email('null@auth0.example')] }),
      hashOfOne({ identifiers: [{ type: 'phone', value: '+15555550101', verified: true }] }),
      hashOfOne({ identifiers: [null, 'email', { type: 'email' }, email(1)] }),
      hashOfOne({ identifiers: 'out@auth0.example' }),
    );
    expect(body).toMatchObject({ created: 5, failed: 3 });
    expect(body.errors.map(({ line }: any) => line)).toEqual([6, 7, 8]);
    const verified = async (name: string) => (await user(`${name}@auth0.example`))?.['verified'];
    expect(await verified('in')).toBe(true);
    for (const name of ['out', 'other', 'null']) expect(await verified(name), name).toBe(false);
    expect(await verified('own')).toBe(true);
    await app.as.logIn('in@auth0.example');
  });

  it('of Keycloak is taken with format=keycloak, with hashes of each of its providers', async () => {
    const salt = randomBytes(16);
    const credential = (algorithm: string, value: Buffer, hashIterations: number, more: object = {}) => [
      { type: 'otp', secretData: '{"value":"x"}', credentialData: '{"subType":"totp"}' },
      {
        type: 'password',
        secretData: JSON.stringify({ value: value.toString('base64'), salt: salt.toString('base64') }),
        credentialData: JSON.stringify({ hashIterations, algorithm, additionalParameters: more }),
      },
    ];
    const pbkdf2 = (digest: string) => pbkdf2Sync(PASSWORD, salt, 1_000, 64, digest);
    const argon2 = await hashRaw(PASSWORD, { memoryCost: 7168, timeCost: 5, parallelism: 1, salt });
    const parameters = {
      hashLength: ['32'],
      memory: ['7168'],
      type: ['id'],
      version: ['1.3'],
      parallelism: ['1'],
    };
    const people = [
      [
        'sha1',
        { credentials: credential('pbkdf2', pbkdf2('sha1'), 1_000), firstName: 'Ada', lastName: 'Lovelace' },
      ],
      ['sha256', { credentials: credential('pbkdf2-sha256', pbkdf2('sha256'), 1_000), emailVerified: true }],
      ['sha512', { credentials: credential('pbkdf2-sha512', pbkdf2('sha512'), 1_000) }],
      ['argon2', { credentials: credential('argon2', argon2, 5, parameters) }],
      ['broker', { credentials: [], enabled: false }],
      ['plain', { credentials: [{ type: 'password', value: PASSWORD }] }],
      ['foreign', { credentials: credential('bcrypt-of-an-extension', salt, 12) }],
      ['odd', { credentials: [{ type: 'password', secretData: 'null', credentialData: '{' }] }],
    ].map(([username, more]) => ({
      username,
      email: `${username as string}@keycloak.example`,
      enabled: true,
      emailVerified: false,
      ...(more as object),
    }));
    const service = { username: 'service-account-shop', enabled: true, serviceAccountClientId: 'shop' };
    const admin = await app.as.admin();
    const file = JSON.stringify({ realm: 'shop', users: [...people, service] });
    const { body } = await sendLines(admin, '/v1/users/import?format=keycloak', file);
    expect(body).toMatchObject({ created: 5, failed: 4 });
    expect(body.errors.map(({ code }: any) => code)).toEqual([
      'unknown_password_hash',
      'unknown_password_hash',
      'unknown_password_hash',
      'validation_failed',
    ]);
    for (const name of ['sha1', 'sha256', 'sha512', 'argon2']) await app.as.logIn(`${name}@keycloak.example`);
    expect(await user('sha1@keycloak.example')).toMatchObject({ name: 'Ada Lovelace', verified: false });
    expect(await user('sha256@keycloak.example')).toMatchObject({ name: null, verified: true });
    expect(await user('broker@keycloak.example')).toMatchObject({ status: 'disabled' });
  });

  describe('of Firebase', () => {
    const take = (text: string, hashing: typeof HASHING | null = HASHING, size = text.length) =>
      app.nest.get(UsersTransferService).import(
        (async function* () {
          const bytes = Buffer.from(text);
          for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
        })(),
        { format: 'firebase', hashing: hashing ?? undefined },
        OPERATOR,
      );

    it('is taken as its command line writes it, hashes and all', async () => {
      const exported = [
        {
          localId: 'a1',
          email: 'ada@firebase.example',
          emailVerified: true,
          displayName: 'Ada "]}{[" \\',
          ...firebaseHash(PASSWORD),
          createdAt: '1577836800000',
          lastSignedInAt: '1577836800000',
          providerUserInfo: [{ providerId: 'password', rawId: 'ada@firebase.example' }],
        },
        {
          localId: 'b2',
          email: 'bob@firebase.example',
          emailVerified: false,
          disabled: true,
          providerUserInfo: [],
        },
        { localId: 'c3', phoneNumber: '+15551234', providerUserInfo: [] },
      ];
      const text = JSON.stringify({ users: exported }, null, 2);
      const summary = await take(text, HASHING, 7);
      expect(summary).toMatchObject({
        created: 2,
        failed: 1,
        errors: [{ line: 3, code: 'validation_failed' }],
      });
      expect(await user('ada@firebase.example')).toMatchObject({
        name: 'Ada "]}{[" \\',
        verified: true,
        passwordHash: expect.stringMatching(/^\$firebase-scrypt\$ln=14,r=8\$/),
      });
      expect(await user('bob@firebase.example')).toMatchObject({ status: 'disabled', passwordHash: null });
      const wrong = { email: 'ada@firebase.example', password: 'not the right passphrase' };
      expect((await app.as.anonymous().post('/v1/auth/login', wrong)).status).toBe(401);
      await app.as.logIn('ada@firebase.example');
      expect(await hashOf('ada@firebase.example')).toMatch(/^\$argon2id\$/);
      await app.as.logIn('ada@firebase.example');
    });

    it('is told by the audit trail as the operator’s', async () => {
      await take(JSON.stringify({ users: [{ email: 'told@firebase.example' }] }));
      const { id } = (await user('told@firebase.example'))!;
      const actor = { kind: 'operator', id: null };
      expect(await eventsAbout(app, id)).toMatchObject([{ action: 'user.created', actor }]);
      const [run] = await app.database.query(
        `SELECT actor_kind FROM audit_events WHERE action = 'users.imported' ORDER BY id DESC LIMIT 1`,
      );
      expect(run).toEqual({ actor_kind: 'operator' });
    });

    it('without hash parameters has accounts without passwords', async () => {
      const text = JSON.stringify({ users: [{ email: 'eve@firebase.example', ...firebaseHash(PASSWORD) }] });
      expect(await take(text, null)).toMatchObject({ created: 1, failed: 0 });
      expect(await hashOf('eve@firebase.example')).toBeNull();
    });

    it('that asks for too much work is refused line by line', async () => {
      const text = JSON.stringify({ users: [{ email: 'x@firebase.example', ...firebaseHash(PASSWORD) }] });
      for (const wrong of [{ memoryCost: 25 }, { rounds: 9_999 }, { signerKey: '' }, { signerKey: 'AAAA' }]) {
        expect(await take(text, { ...HASHING, ...wrong })).toMatchObject({
          created: 0,
          errors: [{ line: 1, code: 'unknown_password_hash' }],
        });
      }
    });

    it('that is cut off, or no such document, says so and keeps what was whole', async () => {
      const whole = JSON.stringify({
        users: [{ email: 'whole@firebase.example' }, { email: 'cut@firebase.example' }],
      });
      await expect(take(whole.slice(0, -20))).rejects.toMatchObject({ code: 'malformed_file' });
      expect(await user('cut@firebase.example')).toBeUndefined();
      for (const text of [
        '',
        '{}',
        '[{"email":"x@firebase.example"}]',
        '{"email":"x@firebase.example"}\n',
        '}]',
        '{"email":"x@firebase.example","roles":[]}\n{"email":"x@firebase.example","roles":[]}',
      ]) {
        await expect(take(text), text).rejects.toMatchObject({ code: 'malformed_file' });
      }
      expect(await user('x@firebase.example')).toBeUndefined();
    });
  });
});

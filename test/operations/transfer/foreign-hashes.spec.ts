import { hash as argon2 } from '@node-rs/argon2';
import { hash as bcrypt } from '@node-rs/bcrypt';
import { pbkdf2Sync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { ASPNET_HASHES, FOREIGN_HASHES, HASHED_ELSEWHERE } from '../../support/foreign-hashes.js';
import { parsedLines, sendLines } from '../../support/lines.js';

describe('a hash that another system made', () => {
  let app: TestApp;
  let count = 0;
  const take = async (passwordHash: unknown, query = '') => {
    const email = `elsewhere-${++count}@example.com`;
    const admin = await app.as.admin();
    const { body } = await sendLines(admin, `/v1/users/import${query}`, { email, passwordHash });
    return { email, ...body };
  };
  const logIn = async (email: string, password: string) =>
    (await app.as.anonymous().post('/v1/auth/login', { email, password })).status;
  const storedOf = async (email: string) => {
    const sql = 'SELECT password_hash FROM users WHERE email = :email';
    const [row] = await app.database.query<{ password_hash: string | null }>(sql, { email });
    return row?.password_hash;
  };

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it.each([
    ...FOREIGN_HASHES.map(([name, hash]) => [name, hash, HASHED_ELSEWHERE] as const),
    ...ASPNET_HASHES.map((hash, at) => [`ASP.NET, ${at}`, hash, 'my password'] as const),
  ])('signs in: %s', async (_, hash, password) => {
    const { email, created } = await take(hash);
    expect(created).toBe(1);
    expect(await logIn(email, `${password}!`)).toBe(401);
    expect(await logIn(email, password)).toBe(200);
    expect(await storedOf(email)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await logIn(email, password)).toBe(200);
  });

  describe('in base64', () => {
    const salt = Buffer.from('a salt of some bytes');
    const spellings: [string, (bytes: Buffer) => string][] = [
      ['with padding', (bytes) => bytes.toString('base64')],
      ['without padding', (bytes) => bytes.toString('base64').replaceAll('=', '')],
      ['with broken lines', (bytes) => bytes.toString('base64').replace(/.{8}/g, '$&\n')],
    ];

    it.each(spellings)('%s is argon2 all the same', async (_, spell) => {
      const phc = await argon2(PASSWORD, { memoryCost: 64, timeCost: 1, salt });
      const parts = phc.split('$');
      const spelt = parts.map((part, at) => (at >= 4 ? spell(Buffer.from(part, 'base64')) : part)).join('$');
      const { email, created } = await take(spelt);
      expect(created).toBe(1);
      expect(await logIn(email, PASSWORD)).toBe(200);
    });

    it.each(spellings)('%s is PBKDF2 all the same, of several blocks too', async (_, spell) => {
      const key = pbkdf2Sync(PASSWORD, salt, 1_000, 512, 'sha256');
      const { email, created } = await take(`$pbkdf2-sha256$i=1000,l=512$${spell(salt)}$${spell(key)}`);
      expect(created).toBe(1);
      expect(await logIn(email, PASSWORD)).toBe(200);
    });
  });

  it('of bcrypt is right no matter what stands in the bits that mean nothing', async () => {
    const hash = await bcrypt(PASSWORD, 4);
    const alphabet = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
    const filled = (at: number, bits: number) =>
      hash.slice(0, at) + alphabet[alphabet.indexOf(hash.at(at)!) | bits] + hash.slice(at + 1);
    for (const spelt of [filled(28, 15), filled(59, 3)]) {
      const { email } = await take(spelt);
      expect(await logIn(email, PASSWORD)).toBe(200);
    }
  });

  describe('of a password in another normal form', () => {
    const typed = 'Ångström ﬁlter ②';
    const forms = ['NFC', 'NFD', 'NFKC', 'NFKD'] as const;

    it.each(forms.flatMap((made) => forms.slice(0, 2).map((sent) => [made, sent] as const)))(
      '%s signs in when it is typed as %s',
      async (made, sent) => {
        const password = typed.normalize(made);
        for (const hash of [
          await bcrypt(password, 4),
          await argon2(password, { memoryCost: 64, timeCost: 1 }),
          // The parameters of Lucia, which are ours too.
          await argon2(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 }),
        ]) {
          const { email } = await take(hash);
          expect(await logIn(email, 'Angstrom filter 2')).toBe(401);
          expect(await logIn(email, typed.normalize(sent))).toBe(200);
        }
      },
    );

    it('as it was typed there, in none of them', async () => {
      const mixed = `${'é'.normalize('NFD')} ${'è'.normalize('NFC')} of both`;
      const { email } = await take(await bcrypt(mixed, 4));
      expect(await logIn(email, mixed)).toBe(200);
    });
  });

  it('of our own parameters is exported as it came, and is right in NFC alone from the first login on', async () => {
    const typed = 'Ångström ﬁlter ②';
    const hash = await argon2(typed.normalize('NFKC'), { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
    const { email } = await take(hash);
    const exported = parsedLines(await (await app.as.admin()).get('/v1/users/export'));
    const line = exported.find((each) => each['email'] === email)!;
    expect(line['passwordHash']).toBe(hash);
    const again = await sendLines(await app.as.admin(), '/v1/users/import?update=true', line);
    expect(again.body).toMatchObject({ updated: 0, skipped: 1, failed: 0 });
    expect(await logIn(email, typed)).toBe(200);
    expect(await storedOf(email)).not.toBe(hash);
    expect(await logIn(email, typed.normalize('NFKC'))).toBe(401);
    expect(await logIn(email, typed.normalize('NFD'))).toBe(200);
  });

  it.each([null, '', '!', '!OQ64IDnTnoiFUhaXd3AIwZH1tp7WK6vMtsY4mcSO', '*', '*LK*', '{CRYPT}!', '{CRYPT}*'])(
    'that no password has is an account without one: %j',
    async (hash) => {
      const { email, created } = await take(hash);
      expect(created).toBe(1);
      expect(await storedOf(email)).toBeNull();
      expect(await logIn(email, String(hash || 'x'))).toBe(401);
    },
  );

  it.each([
    // MySQL's PASSWORD().
    '*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19',
    'md5$salt$0123456789abcdef0123456789abcdef',
    'pbkdf2_sha256$260000$HRUJvGkQiIDCn8YyQpLe99$qTknnv==',
    'pbkdf2:md5:1000$salt$0123456789abcdef0123456789abcdef',
    'scrypt$16383$salt$8$1$tsrC5Vdua3kC61TKMn+XfSVItd7NhHJnZH5BW2vHVkyLfsI+kmpIxdPbTKgiigyHUXFH3WvyUzbesvCkU3e0AQ==',
    'bcrypt_sha256$$2b$31$1Denq9MolGAGr3X0FDtg7.FRm9Q6umxUw0Kd0IR5TGEBEOXJRH.9K',
    '{CRYPT}$1$salt$qJH7.N4xYta3aEG/dfqo/0',
    '{MD5}X03MO1qnZdYdgyfeuILPmQ==',
    '{SSHA512.HEX}06d2e52455c4c050b286bb64fa3c050e',
    '{PLAIN}secret',
    'AQAAAAkAAAAyAAAAEOMwvh3+FZxqkdMBz2ekgGhwQ4B6pZWND6zgESBuWiHw',
    'AQAAAAIAAAAyAAAAeOMwvh3+FZxqkdMBz2ekgGhwQ4B6pZWND6zgESBuWiHw',
    '$6$rounds=999999999$saltstring$' + 'a'.repeat(86),
    '$argon2id$v=19$m=1,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b4dWRWJTmaaJObG2hfG8YEFYZk',
    '$argon2id$v=19$m=19456,t=2,p=1$c2E$RdescudvJCsgt3ub+b4dWRWJTmaaJObG2hfG8YEFYZk',
  ])('that no login could check is refused with its reason, and makes no account: %s', async (hash) => {
    const { email, created, errors } = await take(hash);
    expect([created, errors]).toEqual([
      0,
      [{ line: 1, code: 'unknown_password_hash', message: expect.stringContaining('passwordHash') }],
    ]);
    expect(await storedOf(email)).toBeUndefined();
  });

  it('is the same hash at the next import, and changes nothing', async () => {
    const [, hash] = FOREIGN_HASHES.find(([name]) => name === 'dovecot PBKDF2')!;
    const { email } = await take(hash);
    const admin = await app.as.admin();
    const again = await sendLines(admin, '/v1/users/import?update=true', { email, passwordHash: hash });
    expect(again.body).toMatchObject({ updated: 0, skipped: 1 });
  });
});

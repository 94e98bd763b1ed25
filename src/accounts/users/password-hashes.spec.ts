import { hash as bcrypt } from '@node-rs/bcrypt';
import { pbkdf2Sync, scryptSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hashCheck } from './password-hashes.js';

const PASSWORD = 'correct horse bättery';
const SALT = Buffer.from('0123456789abcdef');
const plain = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
/** As passlib writes it. */
const adapted = (bytes: Buffer) => plain(bytes).replaceAll('+', '.');

const scryptKey = scryptSync(PASSWORD, SALT, 32, { N: 1024, r: 8, p: 2 });
const pbkdf2Key = (digest: string, bytes: number) => pbkdf2Sync(PASSWORD, SALT, 1_000, bytes, digest);

/** Hashes of {@link PASSWORD}. */
const HASHES: Record<string, () => string | Promise<string>> = {
  'bcrypt, 2b': async () => (await bcrypt(PASSWORD, 4)).replace('$2y$', '$2b$'),
  'bcrypt, 2a': async () => (await bcrypt(PASSWORD, 4)).replace('$2y$', '$2a$'),
  'bcrypt of PHP, 2y': () => bcrypt(PASSWORD, 4),
  scrypt: () => `$scrypt$ln=10,r=8,p=2$${plain(SALT)}$${plain(scryptKey)}`,
  'scrypt, padded': () => `$scrypt$ln=10,r=8,p=2$${SALT.toString('base64')}$${scryptKey.toString('base64')}`,
  'PBKDF2 with SHA-256': () => `$pbkdf2-sha256$i=1000$${plain(SALT)}$${plain(pbkdf2Key('sha256', 32))}`,
  'PBKDF2 with SHA-256 and a length': () =>
    `$pbkdf2-sha256$i=1000,l=32$${plain(SALT)}$${plain(pbkdf2Key('sha256', 32))}`,
  'PBKDF2 with SHA-512': () => `$pbkdf2-sha512$i=1000$${plain(SALT)}$${plain(pbkdf2Key('sha512', 64))}`,
  'PBKDF2 of passlib': () => `$pbkdf2-sha256$1000$${adapted(SALT)}$${adapted(pbkdf2Key('sha256', 32))}`,
  'PBKDF2 of passlib with SHA-1': () => `$pbkdf2$1000$${adapted(SALT)}$${adapted(pbkdf2Key('sha1', 20))}`,
  'argon2id with other parameters': () =>
    import('@node-rs/argon2').then(({ hash }) => hash(PASSWORD, { memoryCost: 1024, timeCost: 1 })),
};

describe('a hash that was brought along', () => {
  it.each(Object.entries(HASHES))('of %s is right for its password alone', async (_, make) => {
    const check = hashCheck(await make())!;
    expect(await check(PASSWORD)).toBe(true);
    for (const other of [`${PASSWORD}!`, PASSWORD.toUpperCase(), PASSWORD.slice(0, -1), ''])
      expect({ other, isRight: await check(other) }).toEqual({ other, isRight: false });
  });

  it.each([
    // Python's hashlib, in passlib's spelling.
    ['$pbkdf2-sha256$6400$0ZrzXitFSGltTQnBWOsdew$/hzjypjXGy76eQJ.wq7Ru0Kv4648Yyn016wkJ6SXBIs', 'password'],
    // passlib's documentation.
    ['$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E', 'password'],
    // The description of Firebase's scrypt, https://github.com/firebase/scrypt
    [
      '$firebase-scrypt$ln=14,r=8$42xEC+ixf3L2lw==$Bw==$jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
      'user1password',
    ],
    // jBCrypt's tests.
    ['$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe', 'a'],
  ])('by another system works: %s', async (hash, password) => {
    expect(await hashCheck(hash)!(password)).toBe(true);
    expect(await hashCheck(hash)!(`${password}!`)).toBe(false);
  });

  it('of bcrypt reads 72 bytes, as it did there', async () => {
    const start = 'ä'.repeat(36);
    const check = hashCheck(await bcrypt(`${start} and more`, 4))!;
    expect(await check(`${start} and more`)).toBe(true);
    expect(await check(start.slice(1))).toBe(false);
  });

  it.each([
    '$2b$31$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    '$2b$15$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    '$2b$03$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    '$2x$10$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    `$scrypt$ln=30,r=8,p=1$${plain(SALT)}$${plain(scryptKey)}`,
    `$scrypt$ln=18,r=8,p=1$${plain(SALT)}$${plain(scryptKey)}`,
    `$scrypt$ln=10,r=8,p=9999$${plain(SALT)}$${plain(scryptKey)}`,
    `$scrypt$ln=10,r=9999,p=1$${plain(SALT)}$${plain(scryptKey)}`,
    `$scrypt$ln=10,r=8,p=1$${plain(SALT)}$`,
    `$scrypt$ln=10,r=8,p=1$${plain(SALT)}$AAAA`,
    `$pbkdf2-sha256$i=999999999$${plain(SALT)}$${plain(scryptKey)}`,
    `$pbkdf2$2000000$YWFh$${'A'.repeat(233)}`,
    `$pbkdf2-sha256$i=1000001$${plain(SALT)}$${'A'.repeat(44)}`,
    `$pbkdf2-sha512$i=1000001$${plain(SALT)}$${plain(scryptKey)}`,
    `$scrypt$ln=1,r=52,p=9999$${plain(SALT)}$${'A'.repeat(180)}`,
    `$pbkdf2-sha256$i=0$${plain(SALT)}$${plain(scryptKey)}`,
    `$pbkdf2-sha256$i=1000$${plain(SALT)}$`,
    `$pbkdf2-sha256$i=1000$${plain(SALT)}$AA`,
    `$pbkdf2-md5$i=1000$${plain(SALT)}$${plain(scryptKey)}`,
    `$firebase-scrypt$ln=18,r=8$${plain(SALT)}$Bw$${plain(scryptKey)}$${plain(scryptKey)}`,
    `$firebase-scrypt$ln=14,r=8$${plain(SALT)}$Bw$$`,
    `$firebase-scrypt$ln=14,r=8$${plain(SALT)}$Bw$AAAA$AAAA`,
    `$firebase-scrypt$ln=14,r=8$${plain(SALT)}$Bw$${plain(SALT)}$${plain(scryptKey)}`,
    `$argon2id$v=19$m=4194304,t=1,p=1$${plain(SALT)}$${plain(scryptKey)}`,
    `$argon2id$v=19$m=19456,t=1000000,p=1$${plain(SALT)}$${plain(scryptKey)}`,
    `$argon2id$v=19$m=262144,t=10,p=1$${plain(SALT)}$${plain(scryptKey)}`,
    '$argon2id$v=19$m=19456,t=2,p=1$',
    // Which cannot be computed.
    `$scrypt$ln=0,r=8,p=1$${plain(SALT)}$${plain(scryptKey)}`,
    `$scrypt$ln=10,r=0,p=1$${plain(SALT)}$${plain(scryptKey)}`,
    `$scrypt$ln=10,r=8,p=0$${plain(SALT)}$${plain(scryptKey)}`,
    `$scrypt$ln=16,r=1,p=1$${plain(SALT)}$${plain(scryptKey)}`,
    `$argon2id$v=19$m=1,t=2,p=1$${plain(SALT)}$${plain(scryptKey)}`,
    `$argon2id$v=19$m=19456,t=0,p=1$${plain(SALT)}$${plain(scryptKey)}`,
    `$argon2id$v=19$m=19456,t=2,p=0$${plain(SALT)}$${plain(scryptKey)}`,
    `$argon2id$v=19$m=64,t=2,p=9$${plain(SALT)}$${plain(scryptKey)}`,
    `$argon2id$v=19$m=19456,t=2,p=1$a$${plain(scryptKey)}`,
    `$argon2id$v=19$m=19456,t=2,p=1$${plain(SALT)}$${plain(SALT).slice(0, 20)}`,
    `$argon2id$v=18$m=19456,t=2,p=1$${plain(SALT)}$${plain(scryptKey)}`,
    `$6$rounds=700001$saltstring$${'a'.repeat(86)}`,
    `$6$saltstring$${'a'.repeat(85)}`,
    `$5$saltstring$${'a'.repeat(86)}`,
    `{SSHA}${plain(SALT)}`,
    `{SSHA512}${plain(scryptKey)}`,
    `{MD5}${plain(SALT)}`,
    `bcrypt_sha256$$2b$31$${'a'.repeat(53)}`,
    `$bcrypt-sha256$v=2,t=2b,r=31$${'a'.repeat(22)}$${'a'.repeat(31)}`,
    '5f4dcc3b5aa765d61d8327deb882cf99',
    '{SSHA}aaaa',
    '$1$abc$def',
    '!',
    '',
  ])('is not even tried when it asks for too much, or is none: %j', (hash) => {
    expect(hashCheck(hash)).toBeUndefined();
  });
});

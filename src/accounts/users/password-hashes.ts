import { verify as verifyBcrypt } from '@node-rs/bcrypt';
import { createCipheriv, pbkdf2, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';
import { argon2 } from './argon2.js';

/** Whether a password is the one that a hash was made of; what cannot be computed is not. */
type Check = (password: string) => Promise<boolean>;

/*
 * What a hash may ask for. Whoever can write one must not be able to stop the server with it. OWASP's parameters, and
 * what the usual frameworks do, are within.
 */
const MAX_BCRYPT_COST = 14;
const MAX_ARGON2_KIB = 256 * 1024;
const MAX_ARGON2_PASSES = 10;
/** KiB · passes: about a second, like the most that the others may ask for. */
const MAX_ARGON2_WORK = 1024 * 1024;
/** N · r · p; a block of r takes 128 bytes, so this is 128 MiB. */
const MAX_SCRYPT_WORK = 2 ** 20;
/** Of its key; one block of SHA-256 more goes through 128 · r · p bytes again. */
const MAX_SCRYPT_KEY_BYTES = 64;
/** Iterations, which are done anew for each block of a digest that the key is long: about a second of them. */
const PBKDF2_DIGESTS: Record<string, { bytes: number; maxIterations: number }> = {
  sha1: { bytes: 20, maxIterations: 2_000_000 },
  sha256: { bytes: 32, maxIterations: 2_000_000 },
  sha512: { bytes: 64, maxIterations: 1_000_000 },
};
/** With a shorter one, other passwords would be right as well; with an empty one, all. */
const MIN_KEY_BYTES = 16;

const BASE64 = '([\\w+/.-]+)={0,2}';
const ARGON2 = /^\$argon2(?:id|i|d)\$v=19\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,3})\$[\w+/]+\$[\w+/]{22,}$/;
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const SCRYPT = new RegExp(`^\\$scrypt\\$ln=(\\d\\d?),r=(\\d{1,4}),p=(\\d{1,4})\\$${BASE64}\\$${BASE64}$`);
/** As the PHC string format has it (`i=`), and as passlib writes it, where plain `pbkdf2` is with SHA-1. */
const PBKDF2 = new RegExp(
  `^\\$pbkdf2(?:-(sha1|sha256|sha512))?\\$(?:i=)?(\\d{1,9})(?:,l=\\d+)?\\$${BASE64}\\$${BASE64}$`,
);
/** Firebase's, written like the others; the separator of the salt may be empty. Salt, separator, signer key, hash. */
const FIREBASE = new RegExp(
  `^\\$firebase-scrypt\\$ln=(\\d\\d?),r=(\\d{1,4})\\$${BASE64}\\$([\\w+/.-]*)={0,2}\\$${BASE64}\\$${BASE64}$`,
);

/**
 * How to check a password against a hash that this server or another system made: argon2, bcrypt, scrypt, PBKDF2 or
 * Firebase's scrypt, as a PHC string. `undefined` for what is none of these, or asks for too much.
 */
export function hashCheck(text: string): Check | undefined {
  return (
    argon2Check(text) ?? bcryptCheck(text) ?? scryptCheck(text) ?? pbkdf2Check(text) ?? firebaseCheck(text)
  );
}

function argon2Check(text: string): Check | undefined {
  const [memory = 0, passes = 0] = ARGON2.exec(text)?.slice(1).map(Number) ?? [];
  if (memory < 1 || memory > MAX_ARGON2_KIB || passes > MAX_ARGON2_PASSES) return undefined;
  if (memory * passes > MAX_ARGON2_WORK) return undefined;
  return (password) => argon2.verify(text, password.normalize('NFC')).catch(() => false);
}

/** It reads 72 bytes of a password, as it did where it was made; the hash that a login puts in its place reads all. */
function bcryptCheck(text: string): Check | undefined {
  const cost = Number(BCRYPT.exec(text)?.[1] ?? 0);
  if (cost < 4 || cost > MAX_BCRYPT_COST) return undefined;
  return (password) => verifyBcrypt(password, text).catch(() => false);
}

function scryptCheck(text: string): Check | undefined {
  const [, ln, r, p, salt, key] = SCRYPT.exec(text) ?? [];
  const options = scryptOptions(ln, r, p);
  if (!salt || !key || !options || bytesOf(key).length > MAX_SCRYPT_KEY_BYTES) return undefined;
  return checkOf(key, (password, bytes) => derive(password, bytesOf(salt), bytes, options));
}

/** The key of the project, encrypted with what scrypt makes of the password: https://github.com/firebase/scrypt */
function firebaseCheck(text: string): Check | undefined {
  const [, ln, r, salt, separator = '', signerKey, key] = FIREBASE.exec(text) ?? [];
  const options = scryptOptions(ln, r, '1');
  if (!salt || !signerKey || !key || !options) return undefined;
  if (bytesOf(signerKey).length !== bytesOf(key).length) return undefined;
  return checkOf(key, async (password) => {
    const salted = Buffer.concat([bytesOf(salt), bytesOf(separator)]);
    const derived = await derive(password, salted, 32, options);
    return createCipheriv('aes-256-ctr', derived, Buffer.alloc(16)).update(bytesOf(signerKey));
  });
}

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** `undefined` when it would be too much work, or nothing was given. */
function scryptOptions(ln?: string, r?: string, p?: string): ScryptOptions | undefined {
  const options = { N: 2 ** Number(ln), r: Number(r), p: Number(p), maxmem: 129 * MAX_SCRYPT_WORK };
  return options.N * options.r * options.p <= MAX_SCRYPT_WORK ? options : undefined;
}

function pbkdf2Check(text: string): Check | undefined {
  const [, digest = 'sha1', iterations, salt, key] = PBKDF2.exec(text) ?? [];
  if (!salt || !key || Number(iterations) < 1) return undefined;
  const { bytes: blockBytes, maxIterations } = PBKDF2_DIGESTS[digest]!;
  const blocks = Math.ceil(bytesOf(key).length / blockBytes);
  if (Number(iterations) * blocks > maxIterations) return undefined;
  const derive = promisify(pbkdf2);
  return checkOf(key, (password, bytes) =>
    derive(password, bytesOf(salt), Number(iterations), bytes, digest),
  );
}

function checkOf(
  key: string,
  derive: (password: string, bytes: number) => Promise<Buffer>,
): Check | undefined {
  const expected = bytesOf(key);
  if (expected.length < MIN_KEY_BYTES) return undefined;
  return async (password) => {
    const derived = await derive(password, expected.length).catch(() => undefined);
    return derived !== undefined && timingSafeEqual(derived, expected);
  };
}

/** passlib writes `.` for `+`. */
function bytesOf(base64: string): Buffer {
  return Buffer.from(base64.replaceAll('.', '+'), 'base64');
}

import { createCipheriv, pbkdf2, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';
import { argon2 } from './argon2.js';
import { bcryptCheck } from './bcrypt-hashes.js';
import { MAX_MEMORY_OF_ONE } from './hash-memory.js';
import { digestCheck } from './salted-digests.js';
import { DEFAULT_ROUNDS, SHA_CRYPT } from './sha-crypt.js';

/** Whether a password is the one that a hash was made of; what cannot be computed is not. */
type Check = (password: string) => Promise<boolean>;

/*
 * What a hash may ask for. A caller who can write one must not be able to stop the server with it. OWASP's parameters, and
 * what the usual frameworks do, are within.
 */
const MAX_ARGON2_KIB = MAX_MEMORY_OF_ONE / 1024;
const MAX_ARGON2_PASSES = 10;
/** KiB · passes: about a second, like the most that the others may ask for. */
const MAX_ARGON2_WORK = 1024 * 1024;
/** N · r · p; a block of r takes 128 bytes. */
const MAX_SCRYPT_WORK = MAX_MEMORY_OF_ONE / 128;
const MAX_SHA_CRYPT_ROUNDS = 700_000;
/** Characters of its digests. */
const SHA_CRYPT_LENGTHS: Record<string, number> = { 5: 43, 6: 86 };
/** Of its key; one block of SHA-256 more goes through 128 · r · p bytes again. */
const MAX_SCRYPT_KEY_BYTES = 64;
/** Iterations, which are repeated for each block of a digest that the key is long: about a second of them. */
const PBKDF2_DIGESTS: Record<string, { bytes: number; maxIterations: number }> = {
  sha1: { bytes: 20, maxIterations: 2_000_000 },
  sha256: { bytes: 32, maxIterations: 2_000_000 },
  sha512: { bytes: 64, maxIterations: 1_000_000 },
};
/** Of argon2 (RFC 9106 §3.1): each lane takes 8 KiB, and a salt has 8 bytes. */
const MIN_ARGON2_KIB_A_LANE = 8;
const MIN_ARGON2_SALT_BYTES = 8;
/** With a shorter one, other passwords would be right as well; with an empty one, all. */
const MIN_KEY_BYTES = 16;

const BASE64 = '([\\w+/.-]+)={0,2}';
/** Without a version it is 16, the first one. */
const ARGON2 = new RegExp(
  `^\\$argon2(id|i|d)\\$(?:v=(16|19)\\$)?m=(\\d{1,9}),t=(\\d{1,9}),p=(\\d{1,3})\\$${BASE64}\\$${BASE64}$`,
);
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
 * Firebase's scrypt as a PHC string, bcrypt of a digest as Django and passlib write it, SHA-crypt, or a salted digest of LDAP.
 * `undefined` for what is none of these, asks for too much, or cannot be computed at all.
 */
export function hashCheck(text: string): Check | undefined {
  return (
    argon2Check(text) ??
    bcryptCheck(text) ??
    scryptCheck(text) ??
    pbkdf2Check(text) ??
    firebaseCheck(text) ??
    shaCryptCheck(text) ??
    digestCheck(text)
  );
}

function argon2Check(text: string): Check | undefined {
  const [, kind, version = '16', m, t, p, salt = '', key = ''] = ARGON2.exec(text) ?? [];
  const [memory, passes, lanes] = [Number(m), Number(t), Number(p)];
  const isWithinBounds =
    memory <= MAX_ARGON2_KIB && passes <= MAX_ARGON2_PASSES && memory * passes <= MAX_ARGON2_WORK;
  const isComputable = passes >= 1 && lanes >= 1 && memory >= lanes * MIN_ARGON2_KIB_A_LANE;
  if (!isWithinBounds || !isComputable) return undefined;
  if (bytesOf(salt).length < MIN_ARGON2_SALT_BYTES || bytesOf(key).length < MIN_KEY_BYTES) return undefined;
  // The library takes no padding, and no bits in a last character that mean nothing.
  const [plainSalt, plainKey] = [salt, key].map((each) =>
    bytesOf(each).toString('base64').replaceAll('=', ''),
  );
  const phc = `$argon2${kind}$v=${version}$m=${memory},t=${passes},p=${lanes}$${plainSalt}$${plainKey}`;
  return (password) => argon2.verify(phc, password).catch(() => false);
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

function shaCryptCheck(text: string): Check | undefined {
  const [, kind = '', rounds = DEFAULT_ROUNDS, , digest = ''] = SHA_CRYPT.exec(text) ?? [];
  if (Number(rounds) > MAX_SHA_CRYPT_ROUNDS || digest.length !== SHA_CRYPT_LENGTHS[kind]) return undefined;
  return (password) => argon2.verify(text, password);
}

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** `undefined` when it would be too much work, or nothing was given. */
function scryptOptions(ln?: string, r?: string, p?: string): ScryptOptions | undefined {
  const options = { N: 2 ** Number(ln), r: Number(r), p: Number(p), maxmem: 129 * MAX_SCRYPT_WORK };
  // RFC 7914 §2: N is larger than 1 and, for small r, less than 2^(128 · r / 8).
  const isComputable = options.N > 1 && options.r >= 1 && options.p >= 1 && Number(ln) < 16 * options.r;
  return isComputable && options.N * options.r * options.p <= MAX_SCRYPT_WORK ? options : undefined;
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

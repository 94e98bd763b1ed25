// @ts-check
// SHA-crypt, the `$5$` and `$6$` of glibc: https://www.akkadia.org/drepper/SHA-crypt.txt, whose steps the numbers name.
// Not TypeScript, for the threads of argon2-threads.ts load it, which Node itself runs.
import { createHash, timingSafeEqual } from 'node:crypto';

export const SHA_CRYPT = /^\$([56])\$(?:rounds=(\d{4,9})\$)?([^$]{0,16})\$([./\dA-Za-z]+)$/;
export const DEFAULT_ROUNDS = 5_000;

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * Whether a SHA-crypt hash was made of this password. It computes on the thread that calls it, a second at 500,000 rounds.
 * @param {string} text
 * @param {string} password
 */
export function verifyShaCrypt(text, password) {
  const [, kind, rounds = DEFAULT_ROUNDS, salt = '', expected = ''] = SHA_CRYPT.exec(text) ?? [];
  const is512 = kind === '6';
  const digest = digestOf(is512, Buffer.from(password), Buffer.from(salt), Number(rounds));
  const made = Buffer.from(is512 ? written512(digest) : written256(digest));
  return made.length === expected.length && timingSafeEqual(made, Buffer.from(expected));
}

/**
 * @param {boolean} is512
 * @param {Buffer} password
 * @param {Buffer} salt
 * @param {number} rounds
 */
function digestOf(is512, password, salt, rounds) {
  const name = is512 ? 'sha512' : 'sha256';
  /** @param {Buffer[]} parts */
  const hash = (...parts) => {
    const made = createHash(name);
    for (const part of parts) made.update(part);
    return made.digest();
  };
  // 4-8
  const alternate = hash(password, salt, password);
  const parts = [password, salt, repeated(alternate, password.length)];
  // 11
  for (let bits = password.length; bits > 0; bits >>= 1) parts.push(bits & 1 ? alternate : password);
  let digest = hash(...parts);
  // 13-20
  const p = repeated(hash(...Array(password.length).fill(password)), password.length);
  const s = repeated(hash(...Array(16 + digest.readUInt8(0)).fill(salt)), salt.length);
  // 21
  for (let round = 0; round < rounds; round++) {
    const made = createHash(name).update(round & 1 ? p : digest);
    if (round % 3) made.update(s);
    if (round % 7) made.update(p);
    digest = made.update(round & 1 ? digest : p).digest();
  }
  return digest;
}

/**
 * @param {Buffer} bytes
 * @param {number} length
 */
function repeated(bytes, length) {
  return Buffer.alloc(length, length > 0 ? bytes : undefined);
}

/** @param {Buffer} digest */
function written512(digest) {
  let [text, a, b, c] = ['', 0, 21, 42];
  for (let group = 0; group < 21; group++) {
    text += base64(digest.readUInt8(a), digest.readUInt8(b), digest.readUInt8(c), 4);
    [a, b, c] = [b + 1, c + 1, a + 1];
  }
  return text + base64(0, 0, digest.readUInt8(63), 2);
}

/** @param {Buffer} digest */
function written256(digest) {
  let [text, a, b, c] = ['', 0, 10, 20];
  for (let group = 0; group < 10; group++) {
    text += base64(digest.readUInt8(a), digest.readUInt8(b), digest.readUInt8(c), 4);
    [a, b, c] = [c + 1, a + 1, b + 1];
  }
  return text + base64(0, digest.readUInt8(31), digest.readUInt8(30), 3);
}

/**
 * @param {number} high
 * @param {number} middle
 * @param {number} low
 * @param {number} characters
 */
function base64(high, middle, low, characters) {
  const bits = (high << 16) | (middle << 8) | low;
  return Array.from({ length: characters }, (_, at) => ALPHABET[(bits >> (6 * at)) & 63]).join('');
}

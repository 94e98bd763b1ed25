import { createHash, createHmac } from 'node:crypto';

const MAX_COST = 14;
const ALPHABET = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const BCRYPT = /^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/;
/** Django's `BCryptSHA256PasswordHasher`. */
const OF_DJANGO = /^bcrypt_sha256\$(\$2[aby]\$.+)$/;
/** passlib's `bcrypt_sha256`; version 2, of passlib 1.7.3, mixes the salt into the digest. */
const OF_PASSLIB_1 = /^\$bcrypt-sha256\$(2[ab]),(\d\d?)\$([^$]{22})\$([^$]{31})$/;
const OF_PASSLIB_2 = /^\$bcrypt-sha256\$v=2,t=(2[ab]),r=(\d\d?)\$([^$]{22})\$([^$]{31})$/;

/**
 * How to check a password against a hash of bcrypt, alone or of a digest of the password as Django and passlib have it.
 * Alone it reads 72 bytes, as it did where the hash was made. `undefined` for what is none, or asks for too much.
 */
export function bcryptCheck(text: string): ((password: string) => Promise<boolean>) | undefined {
  const plain = checkOf(text);
  if (plain) return plain;
  const ofHexDigest = checkOf(OF_DJANGO.exec(text)?.[1]);
  if (ofHexDigest) return (password) => ofHexDigest(sha256(password).toString('hex'));
  const ofDigest = checkOf(bcryptOf(OF_PASSLIB_1.exec(text)));
  if (ofDigest) return (password) => ofDigest(sha256(password).toString('base64'));
  const mac = OF_PASSLIB_2.exec(text);
  const ofMac = checkOf(bcryptOf(mac));
  return ofMac && ((password) => ofMac(createHmac('sha256', mac![3]!).update(password).digest('base64')));
}

function checkOf(text: string | undefined) {
  const [, cost, salt, digest] = (text !== undefined && BCRYPT.exec(text)) || [];
  if (!salt || !digest || Number(cost) < 4 || Number(cost) > MAX_COST) return undefined;
  const canonical = `$2b$${cost}$${withoutSpareBits(salt, 4)}${withoutSpareBits(digest, 2)}`;
  return async (password: string) => {
    // Only hashes that were imported need it.
    const { verify } = await import('@node-rs/bcrypt');
    return verify(password, canonical).catch(() => false);
  };
}

/** Some writers fill the bits of a last character that mean nothing; the library compares them. */
function withoutSpareBits(text: string, bits: number): string {
  const last = ALPHABET.indexOf(text.at(-1)!);
  return text.slice(0, -1) + ALPHABET[(last >> bits) << bits];
}

function bcryptOf(parts: RegExpExecArray | null): string | undefined {
  if (!parts) return undefined;
  const [, ident, cost, salt, digest] = parts;
  return `$${ident}$${cost!.padStart(2, '0')}$${salt}${digest}`;
}

function sha256(password: string): Buffer {
  return createHash('sha256').update(password).digest();
}

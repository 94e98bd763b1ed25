import { createHash, timingSafeEqual } from 'node:crypto';

/** RFC 2307's schemes with a salt, as OpenLDAP and Dovecot write them: the digest and then the salt, in base64. */
const SCHEME = /^\{(SSHA|SSHA256|SSHA512)\}([\w+/-]+={0,2})$/;
const DIGESTS: Record<string, { name: string; bytes: number }> = {
  SSHA: { name: 'sha1', bytes: 20 },
  SSHA256: { name: 'sha256', bytes: 32 },
  SSHA512: { name: 'sha512', bytes: 64 },
};
const MIN_SALT_BYTES = 4;

/**
 * How to check a password against a salted digest of a directory. It takes no time worth mentioning, and a login must not
 * show that: see {@link isDigest}. `undefined` for what is none.
 */
export function digestCheck(text: string): ((password: string) => Promise<boolean>) | undefined {
  const [, scheme, encoded] = SCHEME.exec(text) ?? [];
  if (!scheme || !encoded) return undefined;
  const { name, bytes } = DIGESTS[scheme]!;
  const decoded = Buffer.from(encoded, 'base64');
  if (decoded.length < bytes + MIN_SALT_BYTES) return undefined;
  const [expected, salt] = [decoded.subarray(0, bytes), decoded.subarray(bytes)];
  return async (password) =>
    timingSafeEqual(createHash(name).update(password).update(salt).digest(), expected);
}

/** Whether a stored hash is a mere digest, against which checks are to take as long as others. */
export function isDigest(text: string): boolean {
  return SCHEME.test(text);
}

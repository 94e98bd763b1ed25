import { asForeign } from '../../accounts/users/passwords.service.js';

/**
 * What PBKDF2 gives at a time. Keycloak and passport-local-mongoose keep several blocks, each of which costs all the
 * iterations and adds nothing that the first does not prove.
 */
const BLOCK_BYTES: Record<string, number> = { sha1: 20, sha256: 32, sha512: 64 };
/** ASP.NET Core Identity's `KeyDerivationPrf`. */
const ASPNET_DIGESTS = ['sha1', 'sha256', 'sha512'];
const ASPNET_2 = { version: 0, saltBytes: 16, keyBytes: 32, iterations: 1_000 } as const;
const ASPNET_3 = { version: 1, headerBytes: 13 } as const;

/** How other systems say that an account has no password: Django `!…`, `/etc/shadow` `!` and `*`, LDAP with a scheme. */
const UNUSABLE = /^(?:\{CRYPT\})?(?:!.*|\*(?![0-9A-F]{40}$).*)?$/i;

/** Spellings of hashes, each with the PHC string that says the same; `undefined` when it is none after all. */
const SPELLINGS: [RegExp, (...parts: (string | undefined)[]) => string | undefined][] = [
  // Django: https://docs.djangoproject.com/en/stable/topics/auth/passwords/
  [
    /^pbkdf2_(sha1|sha256)\$(\d+)\$([^$]+)\$([\w+/]+=*)$/,
    (digest, n, salt, key) => pbkdf2(digest!, n!, text(salt!), base64(key!)),
  ],
  [/^argon2(\$argon2.+)$/, (phc) => phc],
  [/^bcrypt\$(\$2.+)$/, (phc) => phc],
  [
    /^scrypt\$(\d+)\$([^$]+)\$(\d+)\$(\d+)\$([\w+/]+=*)$/,
    (n, salt, r, p, key) => scrypt(n!, r!, p!, text(salt!), base64(key!)),
  ],
  // Werkzeug's generate_password_hash.
  [
    /^pbkdf2:(sha1|sha256|sha512):(\d+)\$([^$]+)\$([\da-f]+)$/,
    (digest, n, salt, key) => pbkdf2(digest!, n!, text(salt!), hex(key!)),
  ],
  [
    /^scrypt:(\d+):(\d+):(\d+)\$([^$]+)\$([\da-f]+)$/,
    (n, r, p, salt, key) => scrypt(n!, r!, p!, text(salt!), hex(key!)),
  ],
  // Dovecot's doveadm pw, and OpenLDAP's modules pw-argon2 and pw-pbkdf2, as passlib's ldap_pbkdf2.
  [/^\{(?:CRYPT|BLF-CRYPT|SHA256-CRYPT|SHA512-CRYPT|ARGON2|ARGON2I|ARGON2ID)\}(\$.+)$/i, (phc) => phc],
  [
    /^\{PBKDF2\}\$1\$([^$]+)\$(\d+)\$([\da-f]+)$/i,
    (salt, n, key) => pbkdf2('sha1', n!, text(salt!), hex(key!)),
  ],
  [
    /^\{PBKDF2(?:-(SHA1|SHA256|SHA512))?\}(\d+)\$([\w./+]+)\$([\w./+]+)$/i,
    (digest, n, salt, key) => pbkdf2((digest ?? 'sha1').toLowerCase(), n!, base64(salt!), base64(key!)),
  ],
  [
    /^\{(SSHA|SSHA256|SSHA512)(?:\.b64)?\}([\w+/=-]+)$/i,
    (scheme, digest) => `{${scheme!.toUpperCase()}}${digest}`,
  ],
  // ASP.NET Identity's PasswordHasher, in base64 without a mark.
  [/^(A[\w+/]{27,}={0,2})$/, (encoded) => aspnet(base64(encoded!))],
  // PBKDF2 as a PHC string or passlib's, too long to be kept.
  [
    /^(?=.{256})\$pbkdf2(?:-(sha1|sha256|sha512))?\$(?:i=)?(\d+)(?:,l=\d+)?\$([\w+/.-]+)={0,2}\$([\w+/.-]+)={0,2}$/,
    (digest = 'sha1', n, salt, key) => pbkdf2(digest, n!, base64(salt!), base64(key!)),
  ],
];

/**
 * A hash as it is kept here, of one as another system writes it: a PHC string for what can be said as one, `null` for an
 * account without a usable password, and what is not known as it stands, for the check of hashes to refuse.
 */
export function keptHash(written: string): string | null {
  // Among other things PostgreSQL's base64, which breaks lines.
  const hash = written.replaceAll(/\s/g, '');
  if (UNUSABLE.test(hash)) return null;
  for (const [spelling, phcOf] of SPELLINGS) {
    const parts = spelling.exec(hash);
    const phc = parts && phcOf(...parts.slice(1));
    if (phc) return asForeign(phc);
  }
  return asForeign(hash);
}

function pbkdf2(digest: string, iterations: string, salt: Buffer, key: Buffer): string {
  return `$pbkdf2-${digest}$i=${iterations}$${plain(salt)}$${plain(key.subarray(0, BLOCK_BYTES[digest]))}`;
}

/** `undefined` for a cost that is no power of two, which is none of scrypt's. */
function scrypt(cost: string, r: string, p: string, salt: Buffer, key: Buffer): string | undefined {
  const ln = Math.log2(Number(cost));
  return Number.isInteger(ln) ? `$scrypt$ln=${ln},r=${r},p=${p}$${plain(salt)}$${plain(key)}` : undefined;
}

/** https://github.com/dotnet/aspnetcore/blob/main/src/Identity/Extensions.Core/src/PasswordHasher.cs */
function aspnet(bytes: Buffer): string | undefined {
  const { saltBytes, keyBytes, iterations } = ASPNET_2;
  if (bytes[0] === ASPNET_2.version && bytes.length === 1 + saltBytes + keyBytes)
    return pbkdf2(
      'sha1',
      String(iterations),
      bytes.subarray(1, 1 + saltBytes),
      bytes.subarray(1 + saltBytes),
    );
  if (bytes[0] !== ASPNET_3.version || bytes.length < ASPNET_3.headerBytes) return undefined;
  const digest = ASPNET_DIGESTS[bytes.readUInt32BE(1)];
  const keyAt = ASPNET_3.headerBytes + bytes.readUInt32BE(9);
  if (!digest || keyAt >= bytes.length) return undefined;
  const salt = bytes.subarray(ASPNET_3.headerBytes, keyAt);
  return pbkdf2(digest, String(bytes.readUInt32BE(5)), salt, bytes.subarray(keyAt));
}

function text(salt: string): Buffer {
  return Buffer.from(salt);
}

function hex(digits: string): Buffer {
  return Buffer.from(digits, 'hex');
}

/** passlib writes `.` for `+`. */
function base64(encoded: string): Buffer {
  return Buffer.from(encoded.replaceAll('.', '+'), 'base64');
}

function plain(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}

/** What the tool says, by code; `{name}` stands for a value. The page has the same codes in other languages. */
export const MESSAGES = {
  // What is wrong with the text of a token.
  padding: 'padding "=" does not belong into base64url (RFC 7515 §2)',
  'base64-alphabet': '"{character}" is of base64, not of base64url, where it is "{instead}"',
  'base64-space': 'white space inside the token',
  'base64-character': '{character} is no character of base64url',
  'base64-length': 'a part of {length} characters cannot be right: it was cut off, or one is missing',
  'base64-bits': 'the last character has bits that nothing uses: this spelling is not canonical',
  utf8: 'is not UTF-8',
  bom: 'begins with a byte order mark, which JSON does not allow (RFC 8259 §8.1)',
  'json-syntax': 'is not JSON: {expected} expected, {found} found',
  'wants-name': 'a name in quotes',
  'wants-either': '{one} or {other}',
  'wants-string-end': 'the end of a string',
  'wants-hex': 'four hex digits after \\u',
  'wants-escape': 'an escape',
  'wants-value': 'a value',
  'json-end': 'JSON ends too early: it was cut off',
  'json-trailing': 'something follows the JSON',
  'json-duplicate':
    'the name "{name}" stands there twice; readers disagree about which one counts (RFC 7519 §4)',
  'json-depth': 'is nested deeper than {depth} levels and is not read any further',
  'json-precision': 'the number {number} is too long to be exact in most languages',
  'json-not-object': 'is JSON, but not an object',
  'not-json': 'is not JSON: a signed text, but no JWT (RFC 7519 §7.2)',
  'part-empty': 'is empty',
  'part-missing': 'has {count} part(s) instead of 3: it was cut off, or something is missing',
  'part-extra': 'has {count} parts; a signed token has 3, an encrypted one 5',
  'not-a-token': 'is not a token: nothing in it decodes',
  'signature-missing': 'has no signature, though alg is {alg}',
  'signature-on-none': 'has a signature, though alg is none',
  'signature-length': 'the signature has {length} bytes; that of {alg} has {expected}',
  'signature-der': 'the signature is DER, where JWS wants r and s side by side (RFC 7518 §3.4)',
  'alg-missing': 'alg is missing: a verifier cannot know how it was signed (RFC 7515 §4.1.1)',
  'alg-unknown': 'alg {alg} is not known',
  'alg-none': 'alg is none: the token is not signed, and may be forged',
  crit: 'crit names {names}: a verifier that does not know it has to refuse the token (RFC 7515 §4.1.11)',
  'key-in-header': 'brings its own key in {name}: that proves nothing unless the key is trusted otherwise',
  // Times.
  milliseconds: '{name} is in milliseconds; RFC 7519 §2 counts seconds',
  'time-type': '{name} is not a number (RFC 7519 §2)',
  'iat-future': 'iat is in the future: the clock of the issuer or yours is wrong',
  'nbf-after-exp': 'nbf is not before exp: it is never valid',
  expired: 'expired {when}',
  'expired-within': 'expired {when}, which is within the skew allowed',
  'not-yet': 'not valid yet: begins {when}',
  live: 'not expired: ends {when}',
  eternal: 'never expires: it has no exp',
  // Profiles.
  profile: '{profile} ({source})',
  'claim-missing': '{profile} needs {name} ({source})',
  'claim-forbidden': '{profile} must not have {name} ({source})',
  'claim-either': '{profile} needs {name} ({source})',
  'typ-unknown': 'typ {typ} is none that this tool knows',
  'typ-deprecated': 'typ {typ} is the old name of {instead}',
  // Sizes.
  'too-big-cookie': '{bytes} bytes: too large for a cookie, of which browsers keep 4,096',
  'too-big-header': '{bytes} bytes: larger than the 8 kB of headers that many servers take',
  // Keys.
  'key-none': 'no key was found in that text',
  'key-encrypted': 'the key is encrypted; decrypt it first, for example: openssl pkey -in key.pem',
  'key-unsupported': 'a key of the kind {kind} is not supported',
  'key-broken': '{format} cannot be read: {reason}',
  'key-as-utf8': 'the secret as text',
  'key-as-base64': 'the secret decoded from base64',
  'key-as-base64url': 'the secret decoded from base64url',
  'key-as-hex': 'the secret decoded from hex',
  'key-as': '{format}',
  'key-as-private': 'private key, {format}',
  'key-as-public': 'public key, {format}',
  'key-as-named': 'key "{kid}" of the {format}',
  'key-as-numbered': 'key {position} of the JWKS',
  'key-no-kty': 'key {position} has no kty',
  'key-well-known': 'the secret "{secret}"',
  'keys-tried': 'any of {count} keys',
  // Verification.
  verified: 'signature verified with {key}',
  'verified-kid': 'signature verified with {key}, which its kid names',
  unverified: 'signature does not match {tried}',
  'no-key': 'not verified: no key was given',
  'no-fitting-key': 'not verified: no key given fits {alg}',
  'kid-unknown': 'its kid is {kid}, which none of the keys has',
  'kid-other': 'its kid is {kid}, but another key verified it',
  'weak-secret': 'the secret is a well-known one, "{secret}": such tokens can be forged',
  'short-secret': 'the secret has {bits} bits; {alg} wants at least {least} (RFC 7518 §3.2)',
  'short-rsa': 'the key has {bits} bits; {alg} wants at least 2048 (RFC 7518 §3.3)',
  'alg-confusion':
    'the secret is a public key: the key that signed the token is known to all (RFC 8725 §2.1)',
  'secret-is-public': 'what you use as a secret is a public key (RFC 8725 §2.1)',
  'key-alg': 'the key is meant for {alg}',
  'needs-private': 'signing needs the private key',
  'key-does-not-fit': 'a key of the kind {kind} cannot sign {alg}',
  'payload-not-object': 'the claims are not a JSON object: {reason}',
  // Encrypted tokens.
  encrypted: 'encrypted with {alg} and {enc}',
  decrypted: 'decrypted with {key}',
  undecryptable: 'does not decrypt with {tried}',
  'enc-unsupported': '{name} is not supported',
  // Selective disclosure.
  'sd-unreferenced': 'the disclosure {name} has a hash that the token does not contain (RFC 9901 §7.1)',
  'sd-duplicate': 'the disclosure {name} stands there twice (RFC 9901 §7.1)',
  'sd-malformed': 'disclosure {position} is not a JSON array of 2 or 3 (RFC 9901 §4.2)',
  'sd-reserved': 'the disclosure {name} has a reserved name (RFC 9901 §4.2.1)',
  'sd-conflict': 'the disclosure {name} would overwrite a claim (RFC 9901 §7.1)',
  'sd-alg': '_sd_alg {alg} is not supported',
  'kb-hash': 'sd_hash of the key binding does not match what is presented',
  'kb-verified': 'key binding verified with the key in cnf',
  'kb-unverified': 'key binding was not signed with the key in cnf',
  'kb-no-key': 'the token has a key binding, but no cnf.jwk to check it with',
  // Tokens that speak of each other.
  'hash-matches': '{name} matches the {other}',
  'hash-differs': '{name} does not match the {other}: they do not belong together',
  'of-access-token': 'access token',
  'of-code': 'authorization code',
  'of-dpop-key': 'key of the DPoP proof',
  'actor-chain': '{subject} is represented by {actors}',
} as const;

export type Code = keyof typeof MESSAGES;

/** Something to say: a code, and the values in its text, which may be notes themselves. */
export interface Note {
  code: Code;
  values?: Record<string, string | number | Note>;
}

export type Severity = 'error' | 'warning' | 'info';

export function note(code: Code, values?: Note['values']): Note {
  return values ? { code, values } : { code };
}

/** A note in English, or in the words of another table. */
export function say({ code, values = {} }: Note, messages: Record<string, string> = MESSAGES): string {
  return (messages[code] ?? MESSAGES[code]).replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name] ?? '';
    return typeof value === 'object' ? say(value, messages) : String(value);
  });
}

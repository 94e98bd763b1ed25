/** What the members of a token's header and claims say, in words. */
export const MEANINGS = new Map(
  Object.entries({
    typ: 'What kind of token it is: at+jwt (RFC 9068 §2.1) or api-key+jwt',
    alg: 'The signature algorithm; that of the key decides',
    kid: 'Which key signed it; GET /.well-known/jwks.json has them',
    iss: 'Who issued it',
    sub: 'Whose it is: the id of the user',
    aud: 'Which API it is meant for',
    exp: 'When it expires',
    nbf: 'From when it is valid',
    iat: 'When it was issued',
    jti: 'Its own id; of an API key, the one it is listed and revoked by',
    client_id: 'Which client it was issued to',
    scope: 'What it may do; an API key only what its owner may do, too',
    roles: 'The roles that its owner held then',
    sid: 'Which session it belongs to; it dies with it',
    ver: 'The version of its owner’s rights; it dies when they change',
    auth_time: 'When its owner last proved who they are',
    amr: 'How its owner proved it (RFC 8176)',
    acr: 'Whether by one factor, sfa, or by several, mfa',
  }),
);

/** Those that are seconds since 1970. */
export const TIMES = new Set(['exp', 'nbf', 'iat', 'auth_time']);

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** `in 14 minutes`, `3 days ago`; `at no time` for what is no time. */
export function timeInWords(seconds: unknown): string {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return 'at no time';
  const away = seconds - Date.now() / 1000;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(away) >= length) ?? ['second', 1];
  return new Intl.RelativeTimeFormat('en').format(Math.trunc(away / size), unit);
}

import { isLoopback } from '../../platform/config/setting-formats.js';

const LONGEST = 2_000;
/** RFC 8252 §7.1: a scheme of the application's own is a reversed domain name, so it has a dot. */
const OWN_SCHEME = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:\/?[^\s\\]*$/i;
/** What a browser would resolve before it compares, so that two spellings lead to one place. */
const AMBIGUOUS = /[\\\s\p{C}]|%2e|%2f|%5c|(^|\/)\.\.?(\/|$|\?)/iu;

/** Why a redirect URI cannot be registered; `undefined` when it can (OAuth 2.1 §2.3, RFC 9700 §4.1.3). */
export function faultOfRedirectUri(uri: string): string | undefined {
  if (uri.length > LONGEST) return `is longer than ${LONGEST} characters`;
  if (!URL.canParse(uri)) return 'is no absolute URI';
  const { protocol, hostname, username, password, hash } = new URL(uri);
  if (hash !== '' || uri.includes('#')) return 'has a fragment';
  if (username !== '' || password !== '') return 'has a user name or a password';
  const [, afterScheme = ''] = /^[^:]*:(?:\/\/)?(.*)$/s.exec(uri) ?? [];
  if (AMBIGUOUS.test(afterScheme)) return 'has a backslash, a space or a dot segment';
  if (protocol === 'https:') return hostname === '' ? 'has no host' : undefined;
  if (protocol === 'http:')
    return isLoopback(hostname) ? undefined : 'is plain http, which only loopback addresses may be';
  return OWN_SCHEME.test(uri) ? undefined : 'has a scheme that is neither https nor a reversed domain name';
}

/**
 * The registered redirect URI that a request names: compared character by character (RFC 9700 §2.1), but for the port of
 * a loopback address, which an application on a user's machine learns only when it listens (RFC 8252 §7.3).
 */
export function isRegistered(uri: string, registered: readonly string[]): boolean {
  if (registered.includes(uri)) return true;
  const bare = withoutLoopbackPort(uri);
  return bare !== undefined && registered.some((each) => withoutLoopbackPort(each) === bare);
}

function withoutLoopbackPort(uri: string): string | undefined {
  const [, scheme, host, rest] =
    /^(http:\/\/)(localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?(\/.*|\?.*|)$/.exec(uri) ?? [];
  // There is no port above 65535, and a browser goes nowhere by it.
  return scheme && URL.canParse(uri) ? scheme + host + rest : undefined;
}

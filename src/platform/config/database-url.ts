/** What `sslmode` of a PostgreSQL URL may be. `allow` is left out: it prefers plain text. */
const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'];

/** What a database URL may be. */
export const DATABASE_URL_RULE =
  'sqlite:<path>, sqlite::memory: or postgres://user:password@host:port/database, percent-encoded, ' +
  `with no sslmode or one of ${SSL_MODES.join(', ')}`;

/** Whether a database URL can be understood, which says nothing about whether the database is there. */
export function isDatabaseUrl(text: string): boolean {
  if (text.startsWith('sqlite:')) return text.length > 'sqlite:'.length;
  if (!/^postgres(ql)?:\/\//.test(text) || !isDecodable(text)) return false;
  const { hostname, pathname, searchParams, hash } = new URL(text);
  return (
    (hostname !== '' || searchParams.has('host')) &&
    !hostname.includes(',') &&
    /^\/?[^/]*$/.test(pathname) &&
    hash === '' &&
    SSL_MODES.includes(searchParams.get('sslmode') ?? 'disable')
  );
}

/** The URL as it may be shown: without user, password and parameters. */
export function withoutCredentials(databaseUrl: string): string {
  if (databaseUrl.startsWith('sqlite:')) return databaseUrl;
  const { protocol, host, pathname } = new URL(databaseUrl);
  return `${protocol}//${host}${pathname}`;
}

/** Whether it is a URL whose every part can be read; a stray `%` is found out too late otherwise. */
export function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(new URL(text).href);
    return true;
  } catch {
    return false;
  }
}

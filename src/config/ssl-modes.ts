/** What `sslmode` of a PostgreSQL URL may be. `allow` is left out: it prefers plain text. */
export const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

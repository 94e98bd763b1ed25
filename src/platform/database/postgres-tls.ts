import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';

const PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'];

/** The URL without its TLS parameters, and what they ask for; `undefined` when there are none. */
export interface PostgresAddress {
  url: string;
  tls: ConnectionOptions | false | undefined;
}

/**
 * Reads `sslmode` and its companions as PostgreSQL's own clients do (PostgreSQL documentation, "SSL Support"), but that
 * `prefer` never falls back to plain text. Done here, for node-postgres takes every mode for `verify-full` and announces
 * that it will not for long; and it takes a misspelt mode for one too.
 * @throws Error when a file cannot be read, or `verify-ca` has nothing to verify with
 */
export function postgresAddress(databaseUrl: string): PostgresAddress {
  const url = new URL(databaseUrl);
  const [mode, rootCertificate, certificate, key] = PARAMETERS.map((name) => url.searchParams.get(name));
  if (![mode, rootCertificate, certificate, key].some(Boolean)) return { url: databaseUrl, tls: undefined };
  PARAMETERS.forEach((name) => url.searchParams.delete(name));
  return { url: url.href, tls: tlsOf(mode ?? 'verify-full', rootCertificate, certificate, key) };
}

function tlsOf(
  mode: string,
  rootCertificate?: string | null,
  certificate?: string | null,
  key?: string | null,
): ConnectionOptions | false {
  if (mode === 'disable') return false;
  const ours = { ...(certificate && { cert: read(certificate) }), ...(key && { key: read(key) }) };
  // `system` is what Node trusts by itself, which is also the default.
  const ca = rootCertificate && rootCertificate !== 'system' ? { ca: read(rootCertificate) } : {};
  if (mode === 'verify-full') return { ...ours, ...ca };
  if (mode === 'verify-ca' && !ca.ca) {
    throw new Error('sslmode=verify-ca needs an sslrootcert; without one use verify-full');
  }
  // With a root certificate `require` is `verify-ca`, as it is for libpq.
  return ca.ca
    ? { ...ours, ...ca, checkServerIdentity: () => undefined }
    : { ...ours, rejectUnauthorized: false };
}

function read(path: string): string {
  return readFileSync(path, 'utf8');
}

/** The code a driver gave an error: `SQLITE_…`, a PostgreSQL SQLSTATE, or a system error such as `ECONNREFUSED`. */
function codeOf(error: unknown): string {
  const { driverError, code } = (error ?? {}) as { driverError?: unknown; code?: unknown };
  if (driverError) return codeOf(driverError);
  return typeof code === 'string' ? code : '';
}

/** A row with this key exists already. */
export function isUniqueViolation(error: unknown): boolean {
  return ['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY', '23505'].includes(codeOf(error));
}

/** A row refers to, or is referred to by, another. */
export function isForeignKeyViolation(error: unknown): boolean {
  return ['SQLITE_CONSTRAINT_FOREIGNKEY', 'SQLITE_CONSTRAINT_TRIGGER', '23503'].includes(codeOf(error));
}

/** A batch that lost against a concurrent one and can simply run again (serialization failure, deadlock). */
export function isRetryable(error: unknown): boolean {
  return ['40001', '40P01'].includes(codeOf(error));
}

/** The database cannot be reached, is busy, shutting down, full or read-only: the request may be repeated later. */
export function isUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  return (
    /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|PROTOCOL)/.test(code) ||
    /^(08|53|57)|^25006$/.test(code) ||
    ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN'].includes(code) ||
    /Connection terminated|not queryable|Query runner already released|timeout exceeded when trying to connect|Driver not Connected|database connection is not open|Query read timeout/.test(
      error instanceof Error ? error.message : '',
    )
  );
}

/** The database may be there in a while by itself: unlike a file that cannot be opened. */
export function mayComeYet(error: unknown): boolean {
  return isUnavailable(error) && !/^SQLITE_(FULL|IOERR|READONLY|CANTOPEN)|^25006/.test(codeOf(error));
}

/** Another process keeps what this one waited for. */
export function isLocked(error: unknown): boolean {
  return /^(SQLITE_BUSY|55P03)/.test(codeOf(error));
}

/** The table or the row was there already, made by another process a moment ago. */
export function isDuplicate(error: unknown): boolean {
  return codeOf(error) === '42P07' || isUniqueViolation(error);
}

/** Nothing can be written: a read-only file, folder, transaction, standby or role. */
function isReadOnly(error: unknown): boolean {
  return /^(SQLITE_READONLY|25006|42501)/.test(codeOf(error));
}

/** Why the database cannot be used, for the operator: one line. */
export function reasonOf(error: unknown): string {
  const { message, errors } = ((error as { driverError?: unknown }).driverError ?? error) as AggregateError;
  // Node gives an error of several attempts, one for each address, no message of its own.
  const [line = ''] = (message || String(errors?.[0]?.message ?? codeOf(error))).split('\n');
  if (isReadOnly(error)) return `it cannot be written to (${line})`;
  if (line === 'The server does not support SSL connections') {
    return 'sslmode asks for TLS, but the server does not offer it';
  }
  return line;
}

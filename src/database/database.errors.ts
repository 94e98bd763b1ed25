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

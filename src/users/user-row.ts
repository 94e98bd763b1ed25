import type { User, UserKind, UserStatus } from './user.entity.js';

/** A user with one of their roles, as {@link RIGHTS} reads them; without roles, the role is `null`. */
export interface RightsRow extends Record<string, string | number | null> {
  role_name: string | null;
  role_scopes: string | null;
  role_version: string | number | null;
}

/** A user with what they may do, in one statement; a `WHERE` on `u` follows. */
export const RIGHTS = `SELECT u.*, r.name AS role_name, r.scopes AS role_scopes, r.version AS role_version
  FROM users u LEFT JOIN user_roles ur ON ur.user_id = u.id LEFT JOIN roles r ON r.name = ur.role_name`;

/** The user of a row. */
export function userOf(row: RightsRow): User {
  return {
    id: row['id'] as string,
    email: row['email'] as string,
    emailVerifiedAt: row['email_verified_at'] === null ? null : time(row['email_verified_at']),
    name: row['name'] as string | null,
    passwordHash: row['password_hash'] as string | null,
    status: row['status'] as UserStatus,
    kind: row['kind'] as UserKind,
    version: Number(row['version']),
    createdAt: time(row['created_at']),
    updatedAt: time(row['updated_at']),
    lastLoginAt: row['last_login_at'] === null ? null : time(row['last_login_at']),
  };
}

function time(milliseconds: string | number | null | undefined): Date {
  return new Date(Number(milliseconds));
}

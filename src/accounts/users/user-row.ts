import type { User, UserKind, UserStatus } from './user.entity.js';

/** A user, or what was read of one, with one of their roles; without roles, the role is `null`. */
export interface RightsRow extends Record<string, string | number | null> {
  role_name: string | null;
  role_scopes: string | null;
  role_version: string | number | null;
}

const ROLE = 'r.name AS role_name, r.scopes AS role_scopes, r.version AS role_version';
const ROLES = 'LEFT JOIN user_roles ur ON ur.user_id = u.id LEFT JOIN roles r ON r.name = ur.role_name';

/** A user with what they may do, in one statement; a `WHERE` on `u` follows. */
export const RIGHTS = `SELECT u.*, ${ROLE} FROM users u ${ROLES}`;

/** What decides about a user's session `s`, read along with it. */
export const STANDING = {
  columns: `u.status, u.email_verified_at, u.version, ${ROLE}`,
  joins: `JOIN users u ON u.id = s.user_id ${ROLES}`,
  order: 'r.name',
};

/** The user of a row. */
export function userOf(row: RightsRow): User {
  return {
    id: row['id'] as string,
    email: row['email'] as string,
    emailVerifiedAt: timeOrNull(row['email_verified_at']),
    contestedAt: timeOrNull(row['contested_at']),
    name: row['name'] as string | null,
    passwordHash: row['password_hash'] as string | null,
    status: row['status'] as UserStatus,
    kind: row['kind'] as UserKind,
    version: Number(row['version']),
    createdAt: time(row['created_at']),
    updatedAt: time(row['updated_at']),
    lastLoginAt: timeOrNull(row['last_login_at']),
    locale: row['locale'] as string | null,
  };
}

/** A time that may not have come yet; what was not read is taken for that. */
export function timeOrNull(milliseconds: string | number | null | undefined): Date | null {
  return milliseconds === null || milliseconds === undefined ? null : time(milliseconds);
}

function time(milliseconds: string | number | null | undefined): Date {
  return new Date(Number(milliseconds));
}

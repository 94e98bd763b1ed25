import { Column, Entity, Index } from 'typeorm';
import type { Statement } from '../../platform/database/database.service.js';
import { CounterColumn, IdColumn, TimeColumn } from '../../platform/database/columns.js';

export const USER_STATUSES = ['active', 'disabled'] as const;
export type UserStatus = (typeof USER_STATUSES)[number];

/** A service has no password and cannot sign in; it acts with API keys alone. */
export const USER_KINDS = ['person', 'service'] as const;
export type UserKind = (typeof USER_KINDS)[number];

/** Sets the number of the last change of a user's rights; needs `raiseVersion` in the batch. */
export const NEW_VERSION = 'version = (SELECT value FROM authority_version WHERE id = 1)';

/** A person or a service with an account. */
@Entity('users')
@Index('users_email', ['email'], { unique: true })
@Index('users_disabled', ['id'], { where: "status = 'disabled'" })
@Index('users_services', ['id'], { where: "kind = 'service'" })
@Index('users_unverified', ['id'], { where: 'email_verified_at IS NULL' })
// Of `lower(name)` and of the address by code points, which TypeORM cannot say: a migration that has SQLite's table made
// again has to make them again.
@Index('users_name_start', { synchronize: false })
@Index('users_email_start', { synchronize: false })
export class User {
  @IdColumn()
  id: string;

  /** Trimmed, NFKC-normalised and lower-cased; unique in that form. */
  @Column('varchar', { length: 254 })
  email: string;

  /** When its owner proved that they read its mail; `null` until then. */
  @TimeColumn({ nullable: true })
  emailVerifiedAt: Date | null;

  /** When a sign-up with another password wanted the address before it was proved: a link alone proves it no more. */
  @TimeColumn({ nullable: true })
  contestedAt: Date | null;

  @Column('varchar', { length: 100, nullable: true })
  name: string | null;

  /** A PHC string; `null` for an account that cannot sign in with a password. */
  @Column('varchar', { length: 255, nullable: true })
  passwordHash: string | null;

  @Column('varchar', { length: 16 })
  status: UserStatus;

  @Column('varchar', { length: 16, default: 'person' })
  kind: UserKind;

  /** Rises with every change of the user's rights; access tokens with an older `ver` are dead. */
  @CounterColumn()
  version: number;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  updatedAt: Date;

  @TimeColumn({ nullable: true })
  lastLoginAt: Date | null;

  /** The language of letters (BCP 47), one of ours; see {@link letterLocale} and {@link notingLogIn}. */
  @Column('varchar', { length: 16, nullable: true })
  locale: string | null;
}

/**
 * The language of letters to a user. Until the address is proved, another person may have signed up with it, so the stored
 * language does not count.
 * @param asked by the request that causes the letter
 */
export function letterLocale(
  { emailVerifiedAt, locale }: Pick<User, 'emailVerifiedAt' | 'locale'>,
  asked: string | null | undefined,
): string | null | undefined {
  return emailVerifiedAt === null ? asked : (locale ?? asked);
}

/** The statement that forgets the language of letters, which another person may have chosen. */
export function forgettingLocale(id: string): Statement {
  return { sql: 'UPDATE users SET locale = NULL WHERE id = :id', params: { id } };
}

/** Optimistic lock: affects one row only if the account is still as it was read (address and password) and active. */
export function guardUnchanged({ id, email, passwordHash }: User): Statement {
  const sql = `UPDATE users SET version = version WHERE id = :id AND email = :email AND status = 'active'
               AND password_hash IS NOT DISTINCT FROM :seen`;
  return { sql, params: { id, email, seen: passwordHash }, affects: 1 };
}

/**
 * The statement that notes that the owner of `email` was shown to read its mail, if the account still has it. `onlyIf` is a
 * further condition on the user `:id`.
 */
export function provingEmail(id: string, email: string, onlyIf = 'TRUE'): Statement {
  const sql = `UPDATE users SET updated_at = :now, email_verified_at = COALESCE(email_verified_at, :now)
               WHERE id = :id AND email = :email AND status = 'active' AND ${onlyIf}`;
  return { sql, params: { id, email, now: Date.now() }, affects: 1 };
}

/** The statement that notes when another sign-up wanted the address of an account before it was proved. */
export function contesting(id: string, at: Date | null): Statement {
  const sql = `UPDATE users SET contested_at = COALESCE(contested_at, :at)
               WHERE id = :id AND email_verified_at IS NULL`;
  return { sql, params: { id, at: at?.getTime() ?? null } };
}

/** The statement that gives an account another address, which was proved. It breaks the unique index when taken. */
export function changingEmail({ id, email }: User, nextEmail: string): Statement {
  const sql = `UPDATE users SET updated_at = :now, email = :nextEmail, email_verified_at = :now
               WHERE id = :id AND email = :email AND status = 'active'`;
  return { sql, params: { id, email, nextEmail, now: Date.now() }, affects: 1 };
}

/** The statement that sets a password by proof of `email`, which counts as proved from then on. */
export function resettingPassword(
  { id, emailVerifiedAt }: User,
  email: string,
  passwordHash: string,
): Statement {
  // Whether the address was proved before decides what else the reset does.
  const seen = emailVerifiedAt === null ? 'AND email_verified_at IS NULL' : '';
  const sql = `UPDATE users SET updated_at = :now, email_verified_at = COALESCE(email_verified_at, :now),
               ${NEW_VERSION}, password_hash = :passwordHash
               WHERE id = :id AND email = :email AND status = 'active' AND kind = 'person' ${seen}`;
  return { sql, params: { id, email, passwordHash, now: Date.now() }, affects: 1 };
}

/** The statement that sets a person's password, in every state of the account. */
export function settingPassword(id: string, passwordHash: string): Statement {
  const sql = `UPDATE users SET updated_at = :now, password_hash = :passwordHash WHERE id = :id AND kind = 'person'`;
  return { sql, params: { id, passwordHash, now: Date.now() }, affects: 1 };
}

/** What is noted of a login. */
export interface NotedLogIn {
  nextHash: string | null;
  /** What the request speaks. */
  locale: string | null;
  /** Whether the device, or a passkey, is the user's; a password alone may be stolen, and replaces no language. */
  isTrusted: boolean;
  /** A further condition on the user `:id`. */
  onlyIf?: string | undefined;
}

/** The statement that notes a login, unless the account or its password has changed since it was read. */
export function notingLogIn(
  { id, passwordHash }: User,
  { nextHash, locale, isTrusted, onlyIf = 'TRUE' }: NotedLogIn,
): Statement {
  const locales = isTrusted ? ':locale, locale' : 'locale, :locale';
  const sql = `UPDATE users SET last_login_at = :now, password_hash = :nextHash, locale = COALESCE(${locales})
               WHERE id = :id AND password_hash IS NOT DISTINCT FROM :passwordHash AND status = 'active' AND ${onlyIf}`;
  return { sql, params: { id, passwordHash, nextHash, locale, now: Date.now() }, affects: 1 };
}

/** The statement that replaces a password, unless it has changed since it was read. */
export function replacingHash({ id, passwordHash }: User, nextHash: string): Statement {
  const sql = `UPDATE users SET updated_at = :now, password_hash = :nextHash
               WHERE id = :id AND password_hash = :passwordHash`;
  return { sql, params: { id, passwordHash, nextHash, now: Date.now() }, affects: 1 };
}

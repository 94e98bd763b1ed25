import { Column, Entity, Index } from 'typeorm';
import { CounterColumn, IdColumn, TimeColumn } from '../database/columns.js';

export const USER_STATUSES = ['active', 'disabled'] as const;
export type UserStatus = (typeof USER_STATUSES)[number];

/** A service has no password and cannot sign in; it acts with API keys alone. */
export const USER_KINDS = ['person', 'service'] as const;
export type UserKind = (typeof USER_KINDS)[number];

/** Somebody, or something, with an account. */
@Entity('users')
@Index('users_email', ['email'], { unique: true })
export class User {
  @IdColumn()
  id: string;

  /** Trimmed, NFKC-normalised and lower-cased; unique in that form. */
  @Column('varchar', { length: 254 })
  email: string;

  /** When its owner proved that they read its mail; `null` until then. */
  @TimeColumn({ nullable: true })
  emailVerifiedAt: Date | null;

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
}

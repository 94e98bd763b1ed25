import { Column, Entity, ForeignKey, Index } from 'typeorm';
import { IdColumn, ReferenceColumn, TimeColumn } from '../../platform/database/columns.js';
import type { Rotation } from './reuse-window.js';

/** One sign-in on one device: the family of one refresh token. One row, however often it is refreshed. */
@Entity('sessions')
@Index('sessions_user', ['userId', 'id'])
@Index('sessions_live', ['userId', 'revokedAt', 'id'])
@Index('sessions_expires', ['expiresAt'])
@Index('sessions_parent', ['parentId'])
@Index('sessions_client', ['clientId', 'userId'])
export class Session {
  @IdColumn()
  id: string;

  @ReferenceColumn()
  @ForeignKey('User', { name: 'sessions_user_id', onDelete: 'CASCADE' })
  userId: string;

  /** Random, base64url; the key of the refresh token's MAC is derived from it and the server secret. */
  @Column('varchar', { length: 43 })
  salt: string;

  /** The generation of the one refresh token that is current. */
  @Column('integer')
  generation: number;

  /** The rotations of the last reuse window. */
  @Column('simple-json')
  rotations: Rotation[];

  /** What the login asked for, `null` for all the user's scopes. */
  @Column('simple-json', { nullable: true })
  scopes: string[] | null;

  /** How the user proved who they are (RFC 8176). */
  @Column('simple-json')
  amr: string[];

  /** When they last did: at the sign-in, or in a step-up since. */
  @TimeColumn({ default: 0 })
  authenticatedAt: Date;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  lastUsedAt: Date;

  /** The earlier of the idle and the absolute limit. */
  @TimeColumn()
  expiresAt: Date;

  @TimeColumn()
  absoluteExpiresAt: Date;

  @TimeColumn({ nullable: true })
  revokedAt: Date | null;

  @Column('varchar', { length: 64, nullable: true })
  ip: string | null;

  @Column('varchar', { length: 256, nullable: true })
  device: string | null;

  /** The row of the OAuth client whose session this is; `null` for a sign-in at Gatehouse itself. */
  @ReferenceColumn({ nullable: true })
  clientId: string | null;

  /** The sign-in that a client's session came from. */
  @ReferenceColumn({ nullable: true })
  parentId: string | null;

  /** The audiences of a client's access tokens (RFC 8707); `null` for Gatehouse itself. */
  @Column('simple-json', { nullable: true })
  resources: string[] | null;

  /** Whether a client's session outlives its parent, as `offline_access` lets it. */
  @Column('boolean', { nullable: true })
  offline: boolean | null;

  /** The thumbprint of the key that a client's tokens are bound to (RFC 9449). */
  @Column('varchar', { length: 43, nullable: true })
  dpopJkt: string | null;
}

/** What of a session the rest of the server works with. */
export type KnownSession = Pick<
  Session,
  | 'id'
  | 'userId'
  | 'scopes'
  | 'amr'
  | 'authenticatedAt'
  | 'createdAt'
  | 'expiresAt'
  | 'absoluteExpiresAt'
  | 'clientId'
  | 'parentId'
  | 'resources'
  | 'offline'
  | 'dpopJkt'
>;

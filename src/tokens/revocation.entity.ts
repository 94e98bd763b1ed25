import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { TimeColumn } from '../database/columns.js';

export type RevocationKind = 'session' | 'user' | 'role';

/** A record that kills access tokens before they expire; kept until the last token it could match has expired. */
@Entity('revocations')
@Index('revocations_created', ['createdAt'])
@Index('revocations_expires', ['expiresAt'])
export class Revocation {
  @PrimaryColumn('varchar', { length: 16 })
  kind: RevocationKind;

  /** The id of the session or user, or the name of the role. */
  @PrimaryColumn('varchar', { length: 64 })
  subject: string;

  /** Tokens with a lower `ver` are dead; `null` kills all of the subject's. */
  @Column('bigint', { nullable: true })
  fromVersion: string | number | null;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  expiresAt: Date;
}

import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { TimeColumn } from '../../platform/database/columns.js';

export type RevocationKind = 'session' | 'user' | 'role' | 'key' | 'api-key' | 'client';

/** A record that kills tokens before they expire; kept until the last token it could match has expired. */
@Entity('revocations')
@Index('revocations_created', ['createdAt'])
@Index('revocations_expires', ['expiresAt', 'subject'])
export class Revocation {
  @PrimaryColumn('varchar', { length: 16 })
  kind: RevocationKind;

  /** The id of the session, user, signing key, API key or client, or the name of the role. */
  @PrimaryColumn('varchar', { length: 64 })
  subject: string;

  /** Tokens with a lower `ver` are dead, of an API key's or a client's record older versions; `null` kills all of the subject's. */
  @Column('bigint', { nullable: true })
  fromVersion: string | number | null;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  expiresAt: Date;
}

import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { TimeColumn } from '../../platform/database/columns.js';

/** A secret that was handed out to be used once. The key makes it one for each user and purpose. */
@Entity('one_time_tokens')
@Index('one_time_tokens_hash', ['hash'], { unique: true })
@Index('one_time_tokens_expires', ['expiresAt'])
export class OneTimeToken {
  @PrimaryColumn('varchar', { length: 36 })
  @ForeignKey('User', { name: 'one_time_tokens_user_id', onDelete: 'CASCADE' })
  userId: string;

  /** What it is good for, such as `password_reset`. */
  @PrimaryColumn('varchar', { length: 32 })
  purpose: string;

  /** SHA-256 of the token, base64url; the token itself is stored nowhere. */
  @Column('varchar', { length: 43 })
  hash: string;

  /** What it was issued for, such as an e-mail address. */
  @Column('varchar', { length: 254 })
  boundTo: string;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  expiresAt: Date;
}

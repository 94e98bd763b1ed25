import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ReferenceColumn, TimeColumn } from '../../platform/database/columns.js';

/** A challenge that waits for an answer: the second step of a login, or of a passkey's. */
@Entity('challenges')
@Index('challenges_user', ['userId'])
@Index('challenges_expires', ['expiresAt'])
export class Challenge {
  /** SHA-256 of the token, base64url; the token itself is stored nowhere. */
  @PrimaryColumn('varchar', { length: 43 })
  hash: string;

  /** What it is good for, such as `login`. */
  @Column('varchar', { length: 32 })
  purpose: string;

  /** `null` where the answer says who it is. */
  @ReferenceColumn({ nullable: true })
  @ForeignKey('User', { name: 'challenges_user_id', onDelete: 'CASCADE' })
  userId: string | null;

  @Column('simple-json')
  detail: Record<string, unknown>;

  /** How many answers there were. */
  @Column('integer')
  attempts: number;

  @TimeColumn()
  expiresAt: Date;
}

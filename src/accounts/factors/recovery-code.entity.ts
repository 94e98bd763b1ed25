import { Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { TimeColumn } from '../database/columns.js';

/** A code for whoever has lost their other factors. Its row goes when it is used. */
@Entity('recovery_codes')
export class RecoveryCode {
  @PrimaryColumn('varchar', { length: 36 })
  @ForeignKey('User', { name: 'recovery_codes_user_id', onDelete: 'CASCADE' })
  userId: string;

  /** SHA-256 of user and code, base64url. */
  @PrimaryColumn('varchar', { length: 43 })
  hash: string;

  @TimeColumn()
  createdAt: Date;
}

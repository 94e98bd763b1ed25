import { Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { TimeColumn } from '../../platform/database/columns.js';

/** A recovery code, for when the other factors are lost. Its row goes when it is used. */
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

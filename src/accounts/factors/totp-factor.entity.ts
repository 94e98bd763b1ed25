import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { CounterColumn, TimeColumn } from '../../platform/database/columns.js';

/** The authenticator application of a user (RFC 6238). It counts once it is confirmed. */
@Entity('totp_factors')
export class TotpFactor {
  @PrimaryColumn('varchar', { length: 36 })
  @ForeignKey('User', { name: 'totp_factors_user_id', onDelete: 'CASCADE' })
  userId: string;

  /** 160 random bits, sealed under the server secret. */
  @Column('varchar', { length: 255 })
  sealedSecret: string;

  /** The time step of the last code that was used; neither it nor one before works again (RFC 6238 §5.2). */
  @CounterColumn()
  lastStep: number;

  /** Wrong codes in a row. */
  @Column('integer')
  failures: number;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn({ nullable: true })
  confirmedAt: Date | null;
}

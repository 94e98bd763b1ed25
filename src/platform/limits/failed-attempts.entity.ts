import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { TimeColumn } from '../database/columns.js';

/** Failed guesses in a row at one account's secret, or from one device that it knows. Gone with a success. */
@Entity('failed_attempts')
@Index('failed_attempts_failed_at', ['failedAt'])
export class FailedAttempts {
  /** A MAC of what was tried, because people type addresses without an account, and passwords in the wrong field. */
  @PrimaryColumn('varchar', { length: 43 })
  subject: string;

  @Column('integer')
  failures: number;

  @TimeColumn()
  failedAt: Date;

  /** Until then nothing is tried. */
  @TimeColumn()
  retryAt: Date;
}

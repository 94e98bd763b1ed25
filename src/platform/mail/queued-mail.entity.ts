import { Column, Entity, Index } from 'typeorm';
import { IdColumn, TimeColumn } from '../database/columns.js';

/**
 * A letter that waits to be written and sent, or was within the last hour, when it holds no more than what its address is
 * counted under. Never a token: those are made when the letter is written.
 */
@Entity('mails')
@Index('mails_due', ['dueAt'])
@Index('mails_recipient', ['recipient', 'kind', 'sentAt'])
export class QueuedMail {
  @IdColumn()
  id: string;

  /** Names its writer; see `MailService.writes`. */
  @Column('varchar', { length: 32 })
  kind: string;

  @Column('varchar', { length: 320, nullable: true })
  address: string | null;

  /** What the address is counted under: an HMAC. */
  @Column('varchar', { length: 43 })
  recipient: string;

  /** The network of the request that caused it. */
  @Column('varchar', { length: 64 })
  source: string;

  /** What its writer needs to know. */
  @Column('simple-json', { nullable: true })
  detail: Record<string, unknown> | null;

  /** How often it was claimed. */
  @Column('integer', { default: 0 })
  tries: number;

  /** When it may be claimed, also after a claim has run out; `null` once it is sent. */
  @TimeColumn({ nullable: true })
  dueAt: Date | null;

  @TimeColumn({ nullable: true })
  sentAt: Date | null;
}

import { Column, Entity, Index } from 'typeorm';
import { IdColumn, ReferenceColumn, TimeColumn } from '../database/columns.js';

/** Who did what, on what, when and from where. Never holds a secret, and outlives what it speaks of. */
@Entity('audit_events')
@Index('audit_events_actor', ['actorId', 'id'])
@Index('audit_events_action', ['action', 'id'])
@Index('audit_events_target', ['targetId', 'id'])
@Index('audit_events_at', ['at'])
export class AuditEvent {
  @IdColumn()
  id: string;

  @TimeColumn()
  at: Date;

  /** `noun.verb_past`, such as `session.refresh_reused`. */
  @Column('varchar', { length: 64 })
  action: string;

  @Column('varchar', { length: 16 })
  actorKind: string;

  @ReferenceColumn({ nullable: true })
  actorId: string | null;

  @Column('varchar', { length: 16, nullable: true })
  targetKind: string | null;

  @Column('varchar', { length: 64, nullable: true })
  targetId: string | null;

  @Column('simple-json', { nullable: true })
  detail: Record<string, unknown> | null;

  @Column('varchar', { length: 64, nullable: true })
  ip: string | null;

  @Column('varchar', { length: 256, nullable: true })
  userAgent: string | null;

  @Column('varchar', { length: 36, nullable: true })
  requestId: string | null;
}

import { Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { CounterColumn, TimeColumn } from '../../platform/database/columns.js';

const whole = { to: (value: number) => value, from: Number };

/**
 * What an application has used of an API in a period. It outlives a subscription: who ends one and subscribes again has
 * used what they have used.
 */
@Entity('quota_counters')
@Index('quota_counters_ends', ['endsAt'])
export class QuotaCounter {
  @PrimaryColumn('varchar', { length: 36 })
  @ForeignKey('Application', { name: 'quota_counters_application_id', onDelete: 'CASCADE' })
  applicationId: string;

  @PrimaryColumn('varchar', { length: 36 })
  @ForeignKey('Resource', { name: 'quota_counters_resource_id', onDelete: 'CASCADE' })
  resourceId: string;

  @PrimaryColumn('varchar', { length: 16 })
  unit: string;

  @PrimaryColumn('varchar', { length: 16 })
  per: string;

  /** Milliseconds since 1970. */
  @PrimaryColumn('bigint', { transformer: whole })
  startsAt: number;

  @TimeColumn()
  endsAt: Date;

  @CounterColumn()
  used: number;
}

import { Column, Entity, ForeignKey, Index } from 'typeorm';
import { CounterColumn, IdColumn, ReferenceColumn, TimeColumn } from '../../platform/database/columns.js';
import type { CallLimit } from '../versions/api-route.entity.js';

/** Whether subscribing to it is enough, or the publisher decides. */
export const APPROVALS = ['auto', 'manual'] as const;
export type Approval = (typeof APPROVALS)[number];

/** A retired plan goes on for those who have it, and takes no new subscriptions. */
export const PLAN_STATUSES = ['active', 'retired'] as const;
export type PlanStatus = (typeof PLAN_STATUSES)[number];

/** Bytes are those of bodies, both ways. */
export const QUOTA_UNITS = ['requests', 'bytes'] as const;
export type QuotaUnit = (typeof QUOTA_UNITS)[number];

/** By the calendar in UTC: a day ends at midnight, a month with its last day. */
export const QUOTA_PERIODS = ['minute', 'hour', 'day', 'month'] as const;
export type QuotaPeriod = (typeof QUOTA_PERIODS)[number];

/** At most so much of something in each period. */
export interface PlanQuota {
  unit: QuotaUnit;
  amount: number;
  per: QuotaPeriod;
}

/** What subscribers to an API get. */
@Entity('plans')
@Index('plans_name', ['resourceId', 'name'], { unique: true })
export class Plan {
  @IdColumn()
  id: string;

  @ReferenceColumn()
  @ForeignKey('Resource', { name: 'plans_resource_id', onDelete: 'CASCADE' })
  resourceId: string;

  @Column('varchar', { length: 100 })
  name: string;

  @Column('varchar', { length: 1000, nullable: true })
  description: string | null;

  @Column('varchar', { length: 16 })
  approval: Approval;

  /** All of these hold at the same time. */
  @Column('simple-json')
  quota: PlanQuota[];

  /** How fast one subscription may call, whatever its quota. */
  @Column('simple-json', { nullable: true })
  callLimit: CallLimit | null;

  /** How many keys a subscription may have. */
  @Column('integer')
  maxKeys: number;

  /** Whether callers can choose it; else the publisher gives it to them. */
  @Column('boolean')
  isPublic: boolean;

  @Column('varchar', { length: 16 })
  status: PlanStatus;

  @CounterColumn()
  version: number;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  updatedAt: Date;
}

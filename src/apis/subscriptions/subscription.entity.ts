import { Column, Entity, ForeignKey, Index } from 'typeorm';
import { CounterColumn, IdColumn, ReferenceColumn, TimeColumn } from '../../platform/database/columns.js';

/** Requested, then active or rejected; while it is suspended its keys open nothing, and once ended never again. */
export const SUBSCRIPTION_STATUSES = ['requested', 'active', 'rejected', 'suspended', 'ended'] as const;
export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number];

/** An application may call an API, on the terms of a plan. */
@Entity('subscriptions')
@Index('subscriptions_live', ['applicationId', 'resourceId'], {
  unique: true,
  where: "status IN ('requested', 'active', 'suspended')",
})
@Index('subscriptions_application', ['applicationId', 'id'])
@Index('subscriptions_resource', ['resourceId', 'status', 'id'])
@Index('subscriptions_plan', ['planId'])
@Index('subscriptions_requested_plan', ['requestedPlanId'])
@Index('subscriptions_ends', ['endsAt'])
export class Subscription {
  @IdColumn()
  id: string;

  @ReferenceColumn()
  @ForeignKey('Application', { name: 'subscriptions_application_id', onDelete: 'CASCADE' })
  applicationId: string;

  @ReferenceColumn()
  @ForeignKey('Resource', { name: 'subscriptions_resource_id', onDelete: 'CASCADE' })
  resourceId: string;

  @ReferenceColumn()
  @ForeignKey('Plan', { name: 'subscriptions_plan_id' })
  planId: string;

  /** The plan that it shall have once the publisher approves. */
  @ReferenceColumn({ nullable: true })
  @ForeignKey('Plan', { name: 'subscriptions_requested_plan_id' })
  requestedPlanId: string | null;

  @Column('varchar', { length: 16 })
  status: SubscriptionStatus;

  /** What the subscriber says it is for. */
  @Column('varchar', { length: 500, nullable: true })
  reason: string | null;

  /** What was said with the last decision. */
  @Column('varchar', { length: 500, nullable: true })
  decision: string | null;

  @ReferenceColumn({ nullable: true })
  decidedById: string | null;

  /** When it became active. */
  @TimeColumn({ nullable: true })
  startsAt: Date | null;

  /** When it was rejected or ended. */
  @TimeColumn({ nullable: true })
  endsAt: Date | null;

  @CounterColumn()
  version: number;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  updatedAt: Date;
}

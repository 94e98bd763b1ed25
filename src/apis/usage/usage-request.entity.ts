import { Column, Entity, Index } from 'typeorm';
import { CounterColumn, IdColumn, ReferenceColumn, TimeColumn } from '../../platform/database/columns.js';

/** Why a request is in the log: by chance, because it failed, or because it took long. */
export const LOGGED_BECAUSE = ['sampled', 'failed', 'slow'] as const;
export type LoggedBecause = (typeof LOGGED_BECAUSE)[number];

/** One request that the gateway answered, without its query, its body and all that names its caller. */
@Entity('usage_requests')
@Index('usage_requests_resource', ['resourceId', 'id'])
@Index('usage_requests_age', ['createdAt'])
export class UsageRequest {
  /** That of the answer's `x-request-id`; it rises with time. */
  @IdColumn()
  id: string;

  @ReferenceColumn()
  resourceId: string;

  @ReferenceColumn()
  versionId: string;

  @ReferenceColumn()
  routeId: string;

  @ReferenceColumn({ nullable: true })
  subscriptionId: string | null;

  @Column('varchar', { length: 16 })
  method: string;

  /** As its route has it: `/g/items/v1/things/:thing`. */
  @Column('text')
  path: string;

  @Column('integer')
  status: number;

  @CounterColumn()
  ms: number;

  @CounterColumn()
  bytesIn: number;

  @CounterColumn()
  bytesOut: number;

  @Column('varchar', { length: 8 })
  why: LoggedBecause;

  /** The few that are kept. */
  @Column('simple-json')
  headers: Record<string, string>;

  @TimeColumn()
  createdAt: Date;
}

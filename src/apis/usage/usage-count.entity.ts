import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { CounterColumn } from '../../platform/database/columns.js';
import type { UsageStep } from './usage-steps.js';

/** In place of an id: all of them together. */
export const ALL = '';
/** In place of the id of a subscription: calls without one. */
export const NONE = '-';
/** In place of an id: what was counted once there were too many of them. */
export const OTHER = 'other';

const IdKey = () => PrimaryColumn('varchar', { length: 36 });

/**
 * What one node relayed of an API within a minute, an hour or a day: of all of it, of a version, of a route, and of a
 * subscription in a version. A node replaces its own rows alone, so that writing twice counts once; those of all nodes are added
 * up when they are read.
 */
@Entity('usage_counts')
@Index('usage_counts_age', ['step', 'at'])
@Index('usage_counts_time', ['resourceId', 'step', 'at'])
export class UsageCount {
  @IdKey()
  resourceId: string;

  @PrimaryColumn('varchar', { length: 6 })
  step: UsageStep;

  @IdKey()
  routeId: string;

  @IdKey()
  subscriptionId: string;

  @IdKey()
  versionId: string;

  /** When the step began, milliseconds since 1970. */
  @PrimaryColumn('bigint')
  at: string;

  /** The process that counted, by an id that it made for itself. */
  @IdKey()
  node: string;

  @CounterColumn()
  requests: number;

  /** Of them, those that were answered with a status of these classes. */
  @CounterColumn()
  informational: number;

  @CounterColumn()
  successful: number;

  @CounterColumn()
  redirected: number;

  @CounterColumn()
  clientErrors: number;

  @CounterColumn()
  serverErrors: number;

  @CounterColumn()
  bytesIn: number;

  @CounterColumn()
  bytesOut: number;

  /** How long they took together. */
  @CounterColumn()
  ms: number;

  /** How many took how long, as `latency-histogram.ts` writes it. */
  @Column('text')
  latency: string;
}

import { Entity, PrimaryColumn } from 'typeorm';
import { CounterColumn } from '../../platform/database/columns.js';

export const STEPS = ['hour', 'day'] as const;
export type Step = (typeof STEPS)[number];

/** How often something happened within an hour or a day of UTC, on all nodes; or how many there were at its last census. */
@Entity('activity_counts')
export class ActivityCount {
  @PrimaryColumn('varchar', { length: 4 })
  step: Step;

  /** When the hour or the day began, milliseconds since 1970. */
  @PrimaryColumn('bigint')
  at: string;

  @PrimaryColumn('varchar', { length: 32 })
  name: string;

  @CounterColumn()
  value: number;
}

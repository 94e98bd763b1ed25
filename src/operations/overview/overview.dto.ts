import { IsIn } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { MayBeAbsent, MomentField } from '../../platform/http/fields.js';
import { STEPS, type Step } from './activity-count.entity.js';
import type { Latency } from './latency.js';

export class OverviewQuery {
  @MayBeAbsent()
  @MomentField('from', 'The first step is the one that this is in; 24 hours or 30 days ago without it')
  from?: string;

  @MayBeAbsent()
  @MomentField('to', 'The last step is the one that this is in; the one that runs without it')
  to?: string;

  @ApiPropertyOptional({ enum: STEPS, default: 'hour', description: 'Days are those of UTC' })
  @MayBeAbsent()
  @IsIn(STEPS)
  step: Step = 'hour';
}

export class LatencyResponse implements Latency {
  @ApiProperty({ description: 'Milliseconds; half of the requests took no longer', example: 5 })
  p50: number;

  @ApiProperty({ example: 25 })
  p95: number;

  @ApiProperty({ example: 100 })
  p99: number;
}

export class OverviewNow {
  @ApiProperty({ type: Number, nullable: true, description: 'Accounts, at the last census' })
  users: number | null;

  @ApiProperty({ type: Number, nullable: true, description: 'Sessions that have not ended' })
  activeSessions: number | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When they were counted' })
  countedAt: Date | null;
}

export class OverviewStep {
  @ApiProperty({ type: String, format: 'date-time', description: 'When the hour or the day began' })
  at: Date;

  @ApiProperty()
  signIns: number;

  @ApiProperty({ description: 'Sign-ins that failed' })
  failures: number;

  @ApiProperty()
  signUps: number;

  @ApiProperty({ description: 'With `METRICS=off`, requests are not counted' })
  requests: number;

  @ApiProperty({ description: 'Requests that were answered with 5xx' })
  errors: number;

  @ApiProperty({ type: Number, nullable: true, description: 'Accounts, at the last census within it' })
  users: number | null;

  @ApiProperty({ type: Number, nullable: true })
  activeSessions: number | null;

  @ApiProperty({ type: LatencyResponse, nullable: true, description: '`null` without requests' })
  latency: LatencyResponse | null;
}

export class OverviewResponse {
  @ApiProperty({ type: String, format: 'date-time' })
  from: Date;

  @ApiProperty({ type: String, format: 'date-time', description: 'When the last step ends' })
  to: Date;

  @ApiProperty({ enum: STEPS })
  step: Step;

  @ApiProperty()
  now: OverviewNow;

  @ApiProperty({ type: [OverviewStep] })
  items: OverviewStep[];
}

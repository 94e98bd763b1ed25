import { applyDecorators } from '@nestjs/common';
import { IsIn, IsString, MaxLength } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { MayBeAbsent, MomentField } from '../../platform/http/fields.js';
import type { ChartPoint, Latencies } from './usage.service.js';
import { USAGE_STEPS, type UsageStep } from './usage-steps.js';

export const IdField = (description: string) =>
  applyDecorators(
    ApiPropertyOptional({ description, maxLength: 36 }),
    MayBeAbsent(),
    MaxLength(36),
    IsString(),
  );

/** An API, and a time; the steps of it are said by each query. */
export class UsageRangeQuery {
  @ApiProperty({ description: 'The id of an API', maxLength: 36 })
  @MaxLength(36)
  @IsString()
  resource: string;

  @IdField('Only of a version, by its id')
  version?: string;

  @MayBeAbsent()
  @MomentField('from', 'The first step is the one that this is in; an hour, a day or 30 days ago without it')
  from?: string;

  @MayBeAbsent()
  @MomentField('to', 'The last step is the one that this is in; the one that runs without it')
  to?: string;
}

export class UsageQuery extends UsageRangeQuery {
  @IdField('Only of a route, by its id; not together with a subscription')
  route?: string;

  @IdField('Only of a subscription, by its id; `-` for calls without one')
  subscription?: string;

  @ApiPropertyOptional({ enum: USAGE_STEPS, default: 'hour', description: 'Days are those of UTC' })
  @MayBeAbsent()
  @IsIn(USAGE_STEPS)
  bucket: UsageStep = 'hour';
}

export class UsageStatuses {
  @ApiProperty()
  '1xx': number;

  @ApiProperty()
  '2xx': number;

  @ApiProperty()
  '3xx': number;

  @ApiProperty()
  '4xx': number;

  @ApiProperty()
  '5xx': number;
}

const MsField = (description: string) =>
  ApiProperty({ type: Number, nullable: true, description: `${description}; null without requests` });

export class UsagePoint implements ChartPoint {
  @ApiProperty({ type: String, format: 'date-time', description: 'When the step began' })
  at: Date;

  @ApiProperty({ description: 'Those that were refused on a route among them' })
  requests: number;

  @ApiProperty({ description: 'Requests that were answered with 5xx' })
  errors: number;

  @ApiProperty({ type: UsageStatuses, description: 'Requests by the class of their status' })
  statuses: UsageStatuses;

  @ApiProperty({ description: 'Bytes of bodies that callers sent' })
  bytesIn: number;

  @ApiProperty({ description: 'Bytes of bodies that upstreams answered' })
  bytesOut: number;

  @MsField('Milliseconds on average')
  averageMs: number | null;

  @MsField('Milliseconds; half of the requests took no longer')
  p50: number | null;

  @MsField('Milliseconds')
  p95: number | null;

  @MsField('Milliseconds')
  p99: number | null;
}

export class UsageSeries {
  @ApiProperty({ enum: USAGE_STEPS })
  bucket: UsageStep;

  @ApiProperty({ type: String, format: 'date-time' })
  from: Date;

  @ApiProperty({ type: String, format: 'date-time', description: 'When the last step ends' })
  to: Date;

  @ApiProperty({ type: [UsagePoint] })
  items: UsagePoint[];
}

export class LatencyBucket {
  @ApiProperty({
    description: 'Milliseconds; the requests took no longer, and longer than the bucket before',
  })
  upTo: number;

  @ApiProperty()
  requests: number;
}

export class UsageLatency implements Latencies {
  @ApiProperty({ type: String, format: 'date-time' })
  from: Date;

  @ApiProperty({ type: String, format: 'date-time', description: 'When the last step ends' })
  to: Date;

  @ApiProperty()
  requests: number;

  @MsField('Milliseconds on average')
  averageMs: number | null;

  @MsField('Milliseconds; half of the requests took no longer')
  p50: number | null;

  @MsField('Milliseconds')
  p95: number | null;

  @MsField('Milliseconds')
  p99: number | null;

  @ApiProperty({
    type: [LatencyBucket],
    description: 'Those with a request, each 5 % longer than the one before',
  })
  buckets: LatencyBucket[];
}

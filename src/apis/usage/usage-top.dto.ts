import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, Max, Min } from 'class-validator';
import { MayBeAbsent } from '../../platform/http/fields.js';
import { TOP_BY, type TopBy, type TopEntry } from './usage-top.service.js';
import { UsageRangeQuery } from './usage.dto.js';

const MOST_ENTRIES = 100;
/** Minutes are for charts: a list of all of them would be long. */
const TOP_STEPS = ['hour', 'day'] as const;

export class TopQuery extends UsageRangeQuery {
  @ApiPropertyOptional({ enum: TOP_BY, default: 'subscription' })
  @MayBeAbsent()
  @IsIn(TOP_BY)
  by: TopBy = 'subscription';

  @ApiPropertyOptional({ enum: TOP_STEPS, default: 'hour', description: 'What the time is made of' })
  @MayBeAbsent()
  @IsIn(TOP_STEPS)
  bucket: (typeof TOP_STEPS)[number] = 'hour';

  @ApiPropertyOptional({
    minimum: 1,
    maximum: MOST_ENTRIES,
    default: 10,
    description: 'How long the list may be',
  })
  @Transform(({ value }) => (typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : value))
  @Max(MOST_ENTRIES)
  @Min(1)
  @IsInt()
  most: number = 10;
}

export class TopItem implements TopEntry {
  @ApiProperty({
    description:
      'Of a subscription, a route or a version; `-` for calls without a subscription, `other` for too many',
  })
  id: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'My app',
    description: 'The name of the application, the path of the route, or the label of the version',
  })
  name: string | null;

  @ApiProperty()
  requests: number;

  @ApiProperty({ description: 'Requests that were answered with 5xx' })
  errors: number;

  @ApiProperty()
  bytesIn: number;

  @ApiProperty()
  bytesOut: number;

  @ApiProperty({ description: 'Milliseconds' })
  averageMs: number;
}

export class UsageTopList {
  @ApiProperty({ type: String, format: 'date-time' })
  from: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  to: Date;

  @ApiProperty({ type: [TopItem] })
  items: TopItem[];
}

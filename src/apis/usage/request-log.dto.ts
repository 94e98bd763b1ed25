import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { Transform } from 'class-transformer';
import { IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import { MayBeAbsent } from '../../platform/http/fields.js';
import { PageQuery } from '../../platform/http/pagination.js';
import { LOGGED_BECAUSE, type LoggedBecause, type UsageRequest } from './usage-request.entity.js';
import { IdField } from './usage.dto.js';

const whole = ({ value }: { value: unknown }) =>
  typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;

export class RequestsQuery extends PageQuery {
  @ApiProperty({ description: 'The id of an API', maxLength: 36 })
  @MaxLength(36)
  @IsString()
  resource: string;

  @IdField('Only of a version, by its id')
  version?: string;

  @IdField('Only of a route, by its id')
  route?: string;

  @IdField('Only of a subscription, by its id; `-` for those without one')
  subscription?: string;

  @ApiPropertyOptional({ minimum: 100, maximum: 599, description: 'Only with this status, or a higher one' })
  @MayBeAbsent()
  @Transform(whole)
  @Max(599)
  @Min(100)
  @IsInt()
  minStatus?: number;

  @ApiPropertyOptional({ minimum: 0, description: 'Only those that took as long, or longer' })
  @MayBeAbsent()
  @Transform(whole)
  @Min(0)
  @IsInt()
  minMs?: number;
}

export class LoggedRequest {
  @ApiProperty({ format: 'uuid', description: 'As the answer has it in x-request-id' })
  id: string;

  @ApiProperty({ type: String, format: 'date-time' })
  at: Date;

  @ApiProperty({ format: 'uuid' })
  versionId: string;

  @ApiProperty({ format: 'uuid' })
  routeId: string;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  subscriptionId: string | null;

  @ApiProperty({ example: 'GET' })
  method: string;

  @ApiProperty({ example: '/g/items/v1/things/:thing', description: 'As the route has it' })
  path: string;

  @ApiProperty({ example: 200 })
  status: number;

  @ApiProperty({ description: 'Milliseconds' })
  ms: number;

  @ApiProperty()
  bytesIn: number;

  @ApiProperty()
  bytesOut: number;

  @ApiProperty({ enum: LOGGED_BECAUSE, description: 'Why it is here' })
  why: LoggedBecause;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'user-agent, content-type and accept of the request, and no others',
  })
  headers: Record<string, string>;

  static of({ createdAt, ...request }: UsageRequest): LoggedRequest {
    const { id, versionId, routeId, subscriptionId, method, path } = request;
    const { status, ms, bytesIn, bytesOut, why, headers } = request;
    const ids = { id, at: createdAt, versionId, routeId, subscriptionId };
    return { ...ids, method, path, status, ms, bytesIn, bytesOut, why, headers };
  }
}

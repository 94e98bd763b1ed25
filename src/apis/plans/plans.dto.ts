import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { MaxCharacters, MayBeAbsent } from '../../platform/http/fields.js';
import { RequestsField } from '../../platform/http/key-fields.js';
import { LabelField } from '../../platform/http/label-field.js';
import { LIMIT_PERIODS, type CallLimit } from '../versions/api-route.entity.js';
import {
  APPROVALS,
  PLAN_STATUSES,
  QUOTA_PERIODS,
  QUOTA_UNITS,
  type Approval,
  type Plan,
  type PlanQuota,
  type PlanStatus,
} from './plan.entity.js';

const MOST_KEYS = 100;

class QuotaField {
  @ApiProperty({ enum: QUOTA_UNITS, description: 'Bytes are those of bodies, both ways' })
  @IsIn(QUOTA_UNITS)
  unit: PlanQuota['unit'];

  @ApiProperty({ example: 1000, minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  @IsInt()
  amount: number;

  @ApiProperty({ enum: QUOTA_PERIODS, description: 'By the calendar, in UTC' })
  @IsIn(QUOTA_PERIODS)
  per: PlanQuota['per'];
}

class PlanLimitField {
  @RequestsField(10)
  requests: number;

  @ApiProperty({ enum: LIMIT_PERIODS })
  @IsIn(LIMIT_PERIODS)
  per: CallLimit['per'];
}

/** What both making and changing a plan may say. */
class PlanFields {
  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 1000, example: 'To try it out' })
  @MaxCharacters(1000)
  @IsString()
  @IsOptional()
  description?: string | null;

  @ApiPropertyOptional({ enum: APPROVALS, default: 'auto' })
  @MayBeAbsent()
  @IsIn(APPROVALS)
  approval?: Approval;

  @ApiPropertyOptional({
    type: [QuotaField],
    default: [],
    example: [{ unit: 'requests', amount: 1000, per: 'day' }],
    description: 'All of these hold; one of a unit and a period',
  })
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(QUOTA_UNITS.length * QUOTA_PERIODS.length)
  @IsObject({ each: true, message: 'quota must be a list of { unit, amount, per }' })
  @ArrayUnique((each: Partial<QuotaField> | null) => `${each?.unit} ${each?.per}`, {
    message: 'quota must have one of a unit and a period',
  })
  @ValidateNested({ each: true })
  @Type(() => QuotaField)
  quota?: QuotaField[];

  @ApiPropertyOptional({
    type: PlanLimitField,
    nullable: true,
    example: { requests: 10, per: 'second' },
    description: 'How fast one subscription may call',
  })
  @IsOptional()
  @ValidateNested()
  @IsObject()
  @Type(() => PlanLimitField)
  limit?: PlanLimitField | null;

  @ApiPropertyOptional({ minimum: 1, maximum: MOST_KEYS, default: 5, description: 'Keys of a subscription' })
  @MayBeAbsent()
  @Min(1)
  @Max(MOST_KEYS)
  @IsInt()
  maxKeys?: number;

  @ApiPropertyOptional({ default: true, description: 'Whether callers can choose it themselves' })
  @MayBeAbsent()
  @IsBoolean()
  isPublic?: boolean;
}

export class CreatePlan extends PlanFields {
  @LabelField('free')
  name: string;
}

export class ChangePlan extends PlanFields {
  @MayBeAbsent()
  @LabelField('free', ApiPropertyOptional)
  name?: string;

  @ApiPropertyOptional({ enum: PLAN_STATUSES, description: 'A retired plan takes no more subscriptions' })
  @MayBeAbsent()
  @IsIn(PLAN_STATUSES)
  status?: PlanStatus;
}

export class PlanResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'uuid' })
  resourceId: string;

  @ApiProperty({ example: 'free' })
  name: string;

  @ApiProperty({ type: String, nullable: true })
  description: string | null;

  @ApiProperty({ enum: APPROVALS })
  approval: Approval;

  @ApiProperty({ type: [QuotaField] })
  quota: PlanQuota[];

  @ApiProperty({ type: PlanLimitField, nullable: true })
  limit: CallLimit | null;

  @ApiProperty({ example: 5 })
  maxKeys: number;

  @ApiProperty()
  isPublic: boolean;

  @ApiProperty({ enum: PLAN_STATUSES })
  status: PlanStatus;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt: Date;

  static of({ callLimit, version: _version, ...shown }: Plan): PlanResponse {
    return { ...shown, limit: callLimit };
  }
}

import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { MaxCharacters, MayBeAbsent } from '../../platform/http/fields.js';
import { RequestsField } from '../../platform/http/key-fields.js';
import {
  FORWARDED,
  LIMIT_PERIODS,
  ROUTE_METHODS,
  type ApiRoute,
  type CallLimit,
  type Forwarded,
  type RouteMethod,
} from './api-route.entity.js';

/** A gibibyte. */
const MOST_BODY = 1024 ** 3;
const MOST_NAMES = 100;
/** Plain segments, `:name` for one, and `*` as the last. What would have to be encoded cannot stand in it. */
const PATH =
  /^(?=\/)(?:\/|(?:\/(?:(?!\.{1,2}(?:\/|$))[\w.~!$&'()+,=@-][\w.~!$&'()+,=@:-]*|:[A-Za-z]\w*))*(?:\/\*)?\/?)$/;

class LimitField {
  @RequestsField(100)
  requests: number;

  @ApiProperty({ enum: LIMIT_PERIODS })
  @IsIn(LIMIT_PERIODS)
  per: CallLimit['per'];
}

const SecondsField = (most: number) =>
  applyDecorators(
    ApiPropertyOptional({
      minimum: 0.1,
      maximum: most,
      description: 'Seconds; that of the upstream when left out',
    }),
    MayBeAbsent(),
    Min(0.1),
    Max(most),
    IsNumber({ allowNaN: false, allowInfinity: false }),
  );

class RouteTimeoutsField {
  @SecondsField(600)
  head?: number;

  @SecondsField(3600)
  idle?: number;

  @SecondsField(86_400)
  streamIdle?: number;

  @SecondsField(3600)
  clientIdle?: number;
}

const NamesField = (description: string, pattern: RegExp) =>
  applyDecorators(
    ApiPropertyOptional({ type: [String], default: [], description }),
    MayBeAbsent(),
    Matches(pattern, { each: true, message: '$property must be a list of names' }),
    MaxCharacters(100, { each: true }),
    IsString({ each: true }),
    ArrayUnique(),
    ArrayMaxSize(MOST_NAMES),
    IsArray(),
  );

const FlagField = (description: string) =>
  applyDecorators(ApiPropertyOptional({ default: false, description }), MayBeAbsent(), IsBoolean());

const MethodsField = () =>
  applyDecorators(
    ApiProperty({
      enum: ROUTE_METHODS,
      isArray: true,
      example: ['GET'],
      description: 'GET answers HEAD as well',
    }),
    IsIn(ROUTE_METHODS, { each: true }),
    ArrayUnique(),
    ArrayMinSize(1),
    IsArray(),
  );

const PathField = () =>
  applyDecorators(
    ApiProperty({ example: '/things/:thing', maxLength: 500 }),
    Matches(PATH, { message: 'path must be one such as /things/:thing or /files/*' }),
    MaxCharacters(500),
    IsString(),
  );

/** What both making and changing a route may say. */
class RouteFields {
  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 100 })
  @Matches(/^[^\p{Cc}]+$/u, { message: 'operationId must not be empty or contain control characters' })
  @MaxCharacters(100)
  @IsString()
  @IsOptional()
  operationId?: string | null;

  @NamesField('Scopes of the API, all of which a caller needs', /^[a-z0-9._-]+:[a-z0-9._-]+$/)
  scopes?: string[];

  @NamesField('Roles, one of which a caller needs; API keys have none', /^[^\p{Cc}]+$/u)
  roles?: string[];

  @FlagField('Whether it takes requests without a token')
  isPublic?: boolean;

  @ApiPropertyOptional({ type: LimitField, nullable: true, description: 'Of one caller; null for none' })
  @IsOptional()
  @ValidateNested()
  @IsObject()
  @Type(() => LimitField)
  limit?: LimitField | null;

  @ApiPropertyOptional({ type: RouteTimeoutsField })
  @MayBeAbsent()
  @ValidateNested()
  @IsObject()
  @Type(() => RouteTimeoutsField)
  timeouts?: RouteTimeoutsField;

  @ApiPropertyOptional({ minimum: 0, maximum: MOST_BODY, default: 10_485_760, description: 'Bytes' })
  @MayBeAbsent()
  @Min(0)
  @Max(MOST_BODY)
  @IsInt()
  bodyLimit?: number;

  @ApiPropertyOptional({ minimum: 0, maximum: 5, default: 1, description: 'Only where it is safe' })
  @MayBeAbsent()
  @Min(0)
  @Max(5)
  @IsInt()
  retries?: number;

  @ApiPropertyOptional({
    enum: FORWARDED,
    isArray: true,
    default: [],
    description: 'What of it the upstream gets',
  })
  @MayBeAbsent()
  @IsIn(FORWARDED, { each: true })
  @ArrayUnique()
  @IsArray()
  forward?: Forwarded[];

  @FlagField('Whether // may stand in its paths')
  allowEmptySegments?: boolean;

  @FlagField('Whether %2f may stand in its paths')
  allowEncodedSlash?: boolean;
}

export class CreateRoute extends RouteFields {
  @MethodsField()
  methods: RouteMethod[];

  @PathField()
  path: string;
}

export class ChangeRoute extends RouteFields {
  @MayBeAbsent()
  @MethodsField()
  methods?: RouteMethod[];

  @MayBeAbsent()
  @PathField()
  path?: string;
}

export class RouteResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'uuid' })
  versionId: string;

  @ApiProperty({ type: String, nullable: true })
  operationId: string | null;

  @ApiProperty({ enum: ROUTE_METHODS, isArray: true })
  methods: RouteMethod[];

  @ApiProperty({ example: '/things/:thing' })
  path: string;

  @ApiProperty({ type: [String] })
  scopes: string[];

  @ApiProperty({ type: [String] })
  roles: string[];

  @ApiProperty()
  isPublic: boolean;

  @ApiProperty({ type: LimitField, nullable: true })
  limit: CallLimit | null;

  @ApiProperty({ type: RouteTimeoutsField })
  timeouts: RouteTimeoutsField;

  @ApiProperty()
  bodyLimit: number;

  @ApiProperty()
  retries: number;

  @ApiProperty({ enum: FORWARDED, isArray: true })
  forward: Forwarded[];

  @ApiProperty()
  allowEmptySegments: boolean;

  @ApiProperty()
  allowEncodedSlash: boolean;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt: Date;

  static of({ callLimit, ...shown }: ApiRoute): RouteResponse {
    return { ...shown, limit: callLimit };
  }
}

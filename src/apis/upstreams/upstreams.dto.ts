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
  ValidateBy,
  ValidateNested,
} from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { MaxCharacters, MayBeAbsent } from '../../platform/http/fields.js';
import { LabelField } from '../../platform/http/label-field.js';
import { BALANCES, IDENTITIES, type Balance, type Identity, type Upstream } from './upstream.entity.js';

const MAX_TARGETS = 32;

/** http(s), a host, and at most a plain path: nothing that a client's path could be read together with. */
function isTargetUrl(value: unknown): boolean {
  if (typeof value !== 'string' || !/^https?:\/\/[^\s\\?#@]+$/i.test(value) || !URL.canParse(value))
    return false;
  // As it is written: `URL` would resolve dot segments, encoded ones too.
  const path = value.replace(/^https?:\/\/[^/]*/i, '');
  return new URL(value).port !== '0' && /^(\/(?!\.{1,2}(\/|$))[\w.~-]+)*\/?$/.test(path);
}

class TargetField {
  @ApiProperty({ example: 'http://10.0.0.7:9000', maxLength: 500 })
  @ValidateBy({
    name: 'isTargetUrl',
    validator: {
      validate: isTargetUrl,
      defaultMessage: () => 'url must be an http or https URL without credentials, query or fragment',
    },
  })
  @MaxCharacters(500)
  @IsString()
  url: string;

  @ApiPropertyOptional({ minimum: 1, maximum: 1000, default: 1 })
  @MayBeAbsent()
  @Min(1)
  @Max(1000)
  @IsInt()
  weight: number = 1;
}

const SecondsField = (most: number, initial: number) =>
  applyDecorators(
    ApiPropertyOptional({ minimum: 0.1, maximum: most, default: initial, description: 'Seconds' }),
    MayBeAbsent(),
    Min(0.1),
    Max(most),
    IsNumber({ allowNaN: false, allowInfinity: false }),
  );

class TimeoutsField {
  @SecondsField(60, 5)
  connect?: number;

  @SecondsField(600, 30)
  head?: number;

  @SecondsField(3600, 60)
  idle?: number;

  @SecondsField(86_400, 300)
  streamIdle?: number;

  @SecondsField(3600, 60)
  clientIdle?: number;
}

class BreakerField {
  @ApiPropertyOptional({ minimum: 1, maximum: 1000, default: 5, description: 'Failures in a row' })
  @MayBeAbsent()
  @Min(1)
  @Max(1000)
  @IsInt()
  failures?: number;

  @SecondsField(3600, 10)
  open?: number;
}

const PemField = (kind: string) =>
  applyDecorators(
    ApiPropertyOptional({ description: `PEM of ${kind}`, maxLength: 65_536 }),
    MayBeAbsent(),
    Matches(/^\s*-----[A-Z ]+-----[\s\S]+-----[A-Z ]+-----\s*$/, {
      message: '$property must be in PEM form',
    }),
    MaxCharacters(65_536),
    IsString(),
  );

class TlsField {
  @PemField('the authorities whose certificates are trusted, in place of the usual ones')
  ca?: string;

  @PemField('the certificate that the gateway shows')
  certificate?: string;

  @PemField('its private key, which is never shown again')
  key?: string;

  @ApiPropertyOptional({ example: 'items.internal', description: 'The name in the certificate, and of SNI' })
  @MayBeAbsent()
  @Matches(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i, { message: 'serverName must be a host name' })
  @IsString()
  serverName?: string;
}

/** What both making and changing an upstream may say. */
class UpstreamFields {
  @ApiPropertyOptional({ enum: BALANCES, default: 'weighted' })
  @MayBeAbsent()
  @IsIn(BALANCES)
  balance?: Balance;

  @ApiPropertyOptional({ enum: IDENTITIES, default: 'token' })
  @MayBeAbsent()
  @IsIn(IDENTITIES)
  identity?: Identity;

  @ApiPropertyOptional({ default: false, description: 'Whether it gets the Host that the client sent' })
  @MayBeAbsent()
  @IsBoolean()
  preserveHost?: boolean;

  @ApiPropertyOptional({ type: TimeoutsField })
  @MayBeAbsent()
  @ValidateNested()
  @IsObject()
  @Type(() => TimeoutsField)
  timeouts?: TimeoutsField;

  @ApiPropertyOptional({ type: BreakerField })
  @MayBeAbsent()
  @ValidateNested()
  @IsObject()
  @Type(() => BreakerField)
  breaker?: BreakerField;

  @ApiPropertyOptional({ type: TlsField, nullable: true, description: 'null for the usual authorities' })
  @IsOptional()
  @ValidateNested()
  @IsObject()
  @Type(() => TlsField)
  tls?: TlsField | null;
}

const TargetsField = () =>
  applyDecorators(
    ApiProperty({ type: [TargetField], example: [{ url: 'http://10.0.0.7:9000', weight: 1 }] }),
    ValidateNested({ each: true }),
    ArrayUnique((target: Partial<TargetField> | null) => target?.url, {
      message: 'targets must have distinct URLs',
    }),
    IsObject({ each: true, message: 'targets must be a list of { url, weight }' }),
    ArrayMinSize(1),
    ArrayMaxSize(MAX_TARGETS),
    IsArray(),
    Type(() => TargetField),
  );

export class CreateUpstream extends UpstreamFields {
  @LabelField('items')
  name: string;

  @TargetsField()
  targets: TargetField[];
}

export class ChangeUpstream extends UpstreamFields {
  @MayBeAbsent()
  @LabelField('items', ApiPropertyOptional)
  name?: string;

  @MayBeAbsent()
  @TargetsField()
  targets?: TargetField[];
}

export class UpstreamResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'items' })
  name: string;

  @ApiProperty({ type: [TargetField] })
  targets: TargetField[];

  @ApiProperty({ enum: BALANCES })
  balance: Balance;

  @ApiProperty({ enum: IDENTITIES })
  identity: Identity;

  @ApiProperty()
  preserveHost: boolean;

  @ApiProperty({ type: TimeoutsField })
  timeouts: TimeoutsField;

  @ApiProperty({ type: BreakerField })
  breaker: BreakerField;

  @ApiProperty({ description: 'Whether there is something of its own for TLS, which is never shown' })
  hasTls: boolean;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt: Date;

  static of(upstream: Upstream): UpstreamResponse {
    const { tlsSealed, version: _version, ...shown } = upstream;
    return { ...shown, hasTls: tlsSealed !== null };
  }
}

/** What one target answered, or why it did not. */
export class TargetCheck {
  @ApiProperty({ example: 'http://10.0.0.7:9000' })
  url: string;

  @ApiProperty({ description: 'Whether a connection was made, TLS included' })
  isReachable: boolean;

  @ApiProperty({ type: String, nullable: true, example: 'ECONNREFUSED' })
  reason: string | null;
}

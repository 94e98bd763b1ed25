import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsObject,
  IsOptional,
  IsString,
  ValidateBy,
  ValidateNested,
} from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { DurationField, MaxCharacters, MayBeAbsent } from '../../platform/http/fields.js';
import { KeyLife, LifetimeField, RequestsField } from '../../platform/http/key-fields.js';
import { LabelField } from '../../platform/http/label-field.js';
import { isAddressRange } from './address-list.js';
import type { ApiKey } from './api-key.entity.js';

const MAX_SCOPES = 100;
const MAX_RANGES = 50;

const AllowedIpsField = () =>
  applyDecorators(
    ApiPropertyOptional({
      type: [String],
      nullable: true,
      example: ['203.0.113.7', '10.0.0.0/8', '2001:db8::/32'],
      description: 'Addresses and CIDR ranges it may be used from; null for everywhere',
    }),
    ValidateBy({
      name: 'isAddressRange',
      validator: {
        validate: (value) => Array.isArray(value) && value.every(isAddressRange),
        defaultMessage: () => 'allowedIps must be IPv4 or IPv6 addresses or CIDR ranges',
      },
    }),
    ArrayUnique(),
    ArrayMinSize(1),
    ArrayMaxSize(MAX_RANGES),
    IsArray(),
    IsOptional(),
  );

class RateLimitField {
  @RequestsField(100)
  requests: number;

  @ApiProperty({ example: '1m', description: 'A duration from 1s to 1d' })
  @DurationField('1s', '1d')
  per: string;
}

const LimitField = () =>
  applyDecorators(
    ApiPropertyOptional({
      type: RateLimitField,
      nullable: true,
      example: { requests: 100, per: '1m' },
      description: 'null for no limit',
    }),
    Type(() => RateLimitField),
    ValidateNested(),
    IsObject(),
    IsOptional(),
  );

export class CreateApiKey {
  @LabelField('Nightly backup')
  name: string;

  @ApiProperty({ type: [String], example: ['account:read'], description: 'Of yours; it never has more' })
  @ArrayUnique()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_SCOPES)
  @MaxCharacters(100, { each: true })
  @IsString({ each: true })
  @IsArray()
  scopes: string[];

  @ApiPropertyOptional({
    example: 'https://api.example.com/orders',
    maxLength: 500,
    description: 'The API it is meant for; this one when left out. No other takes it',
  })
  @MayBeAbsent()
  @ValidateBy({
    name: 'isAudience',
    validator: {
      validate: (value) =>
        typeof value === 'string' && /^[a-z][a-z0-9+.-]*:[^\s#]+$/i.test(value) && URL.canParse(value),
      defaultMessage: () => 'audience must be an absolute URI without a fragment',
    },
  })
  @MaxCharacters(500)
  @IsString()
  audience?: string;

  @LifetimeField()
  expiresIn?: string;

  @AllowedIpsField()
  allowedIps?: string[] | null;

  @LimitField()
  rateLimit?: RateLimitField | null;
}

export class ChangeApiKey {
  @MayBeAbsent()
  @LabelField('Nightly backup', ApiPropertyOptional)
  name?: string;

  @AllowedIpsField()
  allowedIps?: string[] | null;

  @LimitField()
  rateLimit?: RateLimitField | null;
}

export class ApiKeyResponse extends KeyLife {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'uuid' })
  ownerId: string;

  @ApiProperty({ example: 'Nightly backup' })
  name: string;

  @ApiProperty({
    example: ['account:read'],
    description: 'It may do those that its owner may do at the time',
  })
  scopes: string[];

  @ApiProperty({ example: 'http://localhost:3000' })
  audience: string;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The subscription that it is of, if it is of one',
  })
  subscriptionId: string | null;

  @ApiProperty({ type: [String], nullable: true })
  allowedIps: string[] | null;

  @ApiProperty({ type: RateLimitField, nullable: true })
  rateLimit: RateLimitField | null;

  @ApiProperty({ description: 'The signing key that signed it' })
  kid: string;

  @ApiProperty({ type: String, nullable: true })
  lastUsedIp: string | null;

  static of(apiKey: ApiKey): ApiKeyResponse {
    const { version: _version, ...shown } = apiKey;
    return shown;
  }
}

export class MadeApiKeyResponse extends ApiKeyResponse {
  @ApiProperty({ example: 'ghk_eyJ0…', description: 'Shown this once. Send it as Authorization: Bearer' })
  key: string;
}

import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayUnique, IsArray, IsString, Matches, MinLength } from 'class-validator';
import type { ApiKey } from '../../accounts/api-keys/api-key.entity.js';
import { DurationField, MaxCharacters, MayBeAbsent } from '../../platform/http/fields.js';

const MOST_SCOPES = 100;

export class CreateSubscriptionKey {
  @ApiProperty({ example: 'server', maxLength: 100 })
  @Matches(/^[^\p{Cc}]*$/u, { message: 'name must not contain control characters' })
  @MinLength(1)
  @MaxCharacters(100)
  @IsString()
  name: string;

  @ApiProperty({ type: [String], example: ['items:read'], description: 'Of the API' })
  @ArrayUnique()
  @ArrayMaxSize(MOST_SCOPES)
  @MaxCharacters(100, { each: true })
  @IsString({ each: true })
  @IsArray()
  scopes: string[];

  @ApiPropertyOptional({ example: '90d', default: '90d', description: 'From 1m to 365d' })
  @MayBeAbsent()
  @DurationField('1m', '365d')
  expiresIn?: string;
}

export class RotateSubscriptionKey {
  @ApiPropertyOptional({
    example: '24h',
    default: '24h',
    description: 'Both keys work for so long: 0s to 30d',
  })
  @MayBeAbsent()
  @DurationField('0s', '30d')
  overlap?: string;
}

export class SubscriptionKeyResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'uuid' })
  subscriptionId: string;

  @ApiProperty({ example: 'server' })
  name: string;

  @ApiProperty({ type: [String], example: ['items:read'] })
  scopes: string[];

  @ApiProperty({ example: 'https://items.example', description: 'The API; no other takes it' })
  audience: string;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  expiresAt: Date;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'With its subscription' })
  suspendedAt: Date | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  revokedAt: Date | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The key it was rotated to' })
  replacedBy: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Up to a minute late' })
  lastUsedAt: Date | null;

  @ApiProperty({ example: 0 })
  useCount: number;

  static of(apiKey: ApiKey): SubscriptionKeyResponse {
    const { id, subscriptionId, name, scopes, audience, createdAt, expiresAt } = apiKey;
    const { suspendedAt, revokedAt, replacedBy, lastUsedAt, useCount } = apiKey;
    return {
      id,
      subscriptionId: subscriptionId!,
      name,
      scopes,
      audience,
      createdAt,
      expiresAt,
      suspendedAt,
      revokedAt,
      replacedBy,
      lastUsedAt,
      useCount,
    };
  }
}

export class MadeSubscriptionKeyResponse extends SubscriptionKeyResponse {
  @ApiProperty({ example: 'ghk_eyJ0…', description: 'Shown this once. Send it as Authorization: Bearer' })
  key: string;
}

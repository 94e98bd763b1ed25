import { ArrayMaxSize, ArrayUnique, IsArray, IsString } from 'class-validator';
import type { ApiKey } from '../../accounts/api-keys/api-key.entity.js';
import { ApiProperty } from '../../platform/http/api-decorators.js';
import { MaxCharacters } from '../../platform/http/fields.js';
import { KeyLife, LifetimeField } from '../../platform/http/key-fields.js';
import { LabelField } from '../../platform/http/label-field.js';

const MOST_SCOPES = 100;

export class CreateSubscriptionKey {
  @LabelField('server')
  name: string;

  @ApiProperty({ type: [String], example: ['items:read'], description: 'Of the API' })
  @ArrayUnique()
  @ArrayMaxSize(MOST_SCOPES)
  @MaxCharacters(100, { each: true })
  @IsString({ each: true })
  @IsArray()
  scopes: string[];

  @LifetimeField()
  expiresIn?: string;
}

export class SubscriptionKeyResponse extends KeyLife {
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

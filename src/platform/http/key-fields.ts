import { applyDecorators } from '@nestjs/common';
import { IsInt, Max, Min } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from './api-decorators.js';
import { DurationField, MayBeAbsent } from './fields.js';

/** How long a new key lives. */
export const LifetimeField = () =>
  applyDecorators(
    ApiPropertyOptional({ example: '90d', default: '90d', description: 'From 1m to 365d' }),
    MayBeAbsent(),
    DurationField('1m', '365d'),
  );

/** How many requests a limit allows in its time. */
export const RequestsField = (example: number) =>
  applyDecorators(ApiProperty({ example, minimum: 1, maximum: 1_000_000 }), Min(1), Max(1_000_000), IsInt());

/** What a rotation is asked for. */
export class RotateKey {
  @ApiPropertyOptional({
    example: '24h',
    default: '24h',
    description: 'Both keys work for so long: 0s to 30d',
  })
  @MayBeAbsent()
  @DurationField('0s', '30d')
  overlap?: string;
}

/** Where a key is in its life, as answers show it. */
export class KeyLife {
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
}

import { IsBoolean } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { MayBeAbsent } from '../../platform/http/fields.js';
import { KEY_STAGES, type KeyStage, type SigningKey } from './signing-key.entity.js';

export class RotateKeys {
  @ApiPropertyOptional({ default: false, description: 'Even when they were rotated within the last minute' })
  @MayBeAbsent()
  @IsBoolean()
  force?: boolean;
}

export class KeyResponse {
  @ApiProperty({
    description: 'The RFC 7638 thumbprint',
    example: 'HLtLZ5siaygxZ6PpPSFDchXI7PoEWmpJA7-hAO3PZtQ',
  })
  kid: string;

  @ApiProperty({ example: 'ES256' })
  alg: string;

  @ApiProperty({ enum: KEY_STAGES })
  stage: KeyStage;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When it began to sign' })
  activatedAt: Date | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When its last access token has expired',
  })
  expiresAt: Date | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'It stays published until then, for the API keys that it has signed',
  })
  neededUntil: Date | null;

  static of(key: SigningKey, neededUntil: Map<string, Date>): KeyResponse {
    const { kid, alg, stage, createdAt, activatedAt, expiresAt } = key;
    return { kid, alg, stage, createdAt, activatedAt, expiresAt, neededUntil: neededUntil.get(kid) ?? null };
  }
}

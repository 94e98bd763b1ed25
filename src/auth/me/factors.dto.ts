import type { RegistrationResponseJSON } from '@simplewebauthn/server';
import { IsObject } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { CodeField } from '../../platform/http/fields.js';
import { LabelField } from '../../platform/http/label-field.js';
import type { Passkey } from '../../accounts/factors/passkey.entity.js';
import type { Factors } from '../../accounts/factors/second-factors.service.js';

export class ConfirmTotp {
  @CodeField()
  code: string;
}

export class NamePasskey {
  @LabelField('Ada’s phone')
  name: string;
}

export class AddPasskey extends NamePasskey {
  @ApiProperty({
    type: Object,
    description: 'PublicKeyCredential.toJSON() of navigator.credentials.create()',
    example: { id: 'nQp…', rawId: 'nQp…', type: 'public-key', response: { clientDataJSON: 'eyJ0…' } },
  })
  @IsObject()
  response: RegistrationResponseJSON;
}

export class PasskeyResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'Ada’s phone' })
  name: string;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  lastUsedAt: Date | null;

  static of({ id, name, createdAt, lastUsedAt }: Passkey): PasskeyResponse {
    return { id, name, createdAt, lastUsedAt };
  }
}

export class PasskeyAddedResponse extends PasskeyResponse {
  @ApiPropertyOptional({
    type: [String],
    description: 'With the first second factor; they are shown this once',
  })
  recoveryCodes?: string[] | undefined;
}

export class TotpSetUpResponse {
  @ApiProperty({ example: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', description: 'Base32, to be typed in' })
  secret: string;

  @ApiProperty({
    example: 'otpauth://totp/Gatehouse:ada%40example.com?…',
    description: 'To be shown as a QR code',
  })
  uri: string;
}

export class RecoveryCodesResponse {
  @ApiProperty({
    type: [String],
    example: ['k3tq-7bza-…'],
    description: 'Each works once, instead of another factor. They are shown this once',
  })
  recoveryCodes: string[];
}

class Totp {
  @ApiProperty({ type: String, format: 'date-time' })
  since: Date;
}

export class FactorsResponse {
  @ApiProperty({ type: Totp, nullable: true, description: 'The authenticator application' })
  totp: Totp | null;

  @ApiProperty({ example: 1 })
  passkeys: number;

  @ApiProperty({ example: 10 })
  recoveryCodesLeft: number;

  static of({ totpSince, passkeys, recoveryCodesLeft }: Factors): FactorsResponse {
    return { totp: totpSince && { since: totpSince }, passkeys, recoveryCodesLeft };
  }
}

import { ApiProperty } from '@nestjs/swagger';
import { CodeField } from '../http/fields.js';
import type { Factors } from './second-factors.service.js';

export class ConfirmTotp {
  @CodeField()
  code: string;
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
  @ApiProperty({ format: 'date-time' })
  since: Date;
}

export class FactorsResponse {
  @ApiProperty({ type: Totp, nullable: true, description: 'The authenticator application' })
  totp: Totp | null;

  @ApiProperty({ example: 10 })
  recoveryCodesLeft: number;

  static of({ totpSince, recoveryCodesLeft }: Factors): FactorsResponse {
    return { totp: totpSince && { since: totpSince }, recoveryCodesLeft };
  }
}

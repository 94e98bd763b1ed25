import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';

/** RFC 7517 §4; what stands in it besides is of the kind of key. */
class PublicKeyResponse {
  @ApiProperty({ enum: ['EC', 'RSA'] })
  kty: string;

  @ApiProperty({ description: 'RFC 7638 thumbprint' })
  kid: string;

  @ApiProperty({ example: 'ES256' })
  alg: string;

  @ApiProperty({ enum: ['sig'] })
  use: string;

  @ApiPropertyOptional({ example: 'P-256' })
  crv?: string;

  @ApiPropertyOptional({ description: 'Of an EC key' })
  x?: string;

  @ApiPropertyOptional({ description: 'Of an EC key' })
  y?: string;

  @ApiPropertyOptional({ description: 'Of an RSA key' })
  n?: string;

  @ApiPropertyOptional({ description: 'Of an RSA key' })
  e?: string;
}

export class KeySetResponse {
  @ApiProperty({ type: [PublicKeyResponse] })
  keys: PublicKeyResponse[];
}

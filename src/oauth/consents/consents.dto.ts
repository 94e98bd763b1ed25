import { ApiProperty } from '../../platform/http/api-decorators.js';
import type { Consent } from './consents.service.js';

class ConsentClient {
  @ApiProperty()
  id: string;

  @ApiProperty()
  clientId: string;

  @ApiProperty()
  name: string;

  @ApiProperty({ type: String, nullable: true })
  clientUri: string | null;

  @ApiProperty({ type: String, nullable: true })
  logoUri: string | null;
}

export class ConsentResponse {
  @ApiProperty()
  id: string;

  @ApiProperty({ type: ConsentClient })
  client: ConsentClient;

  @ApiProperty({ description: 'The identifier of the API' })
  resource: string;

  @ApiProperty({ type: [String] })
  scopes: string[];

  @ApiProperty()
  createdAt: string;

  @ApiProperty()
  updatedAt: string;

  @ApiProperty({ type: String, nullable: true, description: 'null when the application is not signed in' })
  lastUsedAt: string | null;

  static of(this: void, consent: Consent): ConsentResponse {
    const { createdAt, updatedAt, lastUsedAt, ...rest } = consent;
    return {
      ...rest,
      createdAt: createdAt.toISOString(),
      updatedAt: updatedAt.toISOString(),
      lastUsedAt: lastUsedAt?.toISOString() ?? null,
    };
  }
}

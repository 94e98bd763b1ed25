import { ApiProperty } from '../../platform/http/api-decorators.js';
import type { ClientGrant } from './client-grants.service.js';

class GrantUser {
  @ApiProperty()
  id: string;

  @ApiProperty()
  email: string;
}

export class ClientGrantResponse {
  @ApiProperty()
  id: string;

  @ApiProperty({ type: GrantUser })
  user: GrantUser;

  @ApiProperty({ description: 'The identifier of the API' })
  resource: string;

  @ApiProperty({ type: [String] })
  scopes: string[];

  @ApiProperty()
  createdAt: string;

  @ApiProperty()
  updatedAt: string;

  @ApiProperty({ type: String, nullable: true, description: 'null when the user is not signed in there' })
  lastUsedAt: string | null;

  static of(this: void, { createdAt, updatedAt, lastUsedAt, ...rest }: ClientGrant): ClientGrantResponse {
    return {
      ...rest,
      createdAt: createdAt.toISOString(),
      updatedAt: updatedAt.toISOString(),
      lastUsedAt: lastUsedAt?.toISOString() ?? null,
    };
  }
}

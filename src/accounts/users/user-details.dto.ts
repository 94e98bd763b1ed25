import { ApiProperty } from '../../platform/http/api-decorators.js';
import type { Session } from '../../tokens/sessions/session.entity.js';

export class ScopeOfUser {
  @ApiProperty({ example: 'users:read' })
  scope: string;

  @ApiProperty({ example: ['support'], description: 'Their roles that have it' })
  roles: string[];
}

export class UserScopesResponse {
  @ApiProperty({ format: 'uuid' })
  userId: string;

  @ApiProperty({ example: ['support', 'user'], description: 'All their roles, also those without a scope' })
  roles: string[];

  @ApiProperty({ type: [ScopeOfUser] })
  items: ScopeOfUser[];
}

export class UserSessionResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, nullable: true, description: 'The User-Agent that signed in' })
  device: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Where it was last refreshed from' })
  ip: string | null;

  @ApiProperty({ example: ['pwd', 'otp', 'mfa'], description: 'How they proved who they are (RFC 8176)' })
  amr: string[];

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  lastUsedAt: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  expiresAt: Date;

  @ApiProperty({ description: 'Whether this request belongs to it' })
  current: boolean;

  static of(session: Session, currentId: string | null): UserSessionResponse {
    const { id, device, ip, amr, createdAt, lastUsedAt, expiresAt } = session;
    return { id, device, ip, amr, createdAt, lastUsedAt, expiresAt, current: id === currentId };
  }
}

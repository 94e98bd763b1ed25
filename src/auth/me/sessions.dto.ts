import { ApiProperty } from '../../platform/http/api-decorators.js';
import type { Session } from '../../tokens/sessions/session.entity.js';

export class SessionResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, nullable: true, description: 'The User-Agent that signed in' })
  device: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Where it was last refreshed from' })
  ip: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  lastUsedAt: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  expiresAt: Date;

  @ApiProperty({ description: 'Whether this request belongs to it' })
  current: boolean;

  static of(session: Session, currentId: string | null): SessionResponse {
    const { id, device, ip, createdAt, lastUsedAt, expiresAt } = session;
    return { id, device, ip, createdAt, lastUsedAt, expiresAt, current: id === currentId };
  }
}

import { IsIn, IsString, MaxLength } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../http/api-decorators.js';
import { MayBeAbsent, MomentField } from '../http/fields.js';
import { CursorField, DEFAULT_LIMIT, LimitField, type PageQuery } from '../http/pagination.js';
import type { AuditEvent } from './audit-event.entity.js';

/** Which events. */
class AuditFilter {
  @ApiPropertyOptional({ description: 'The id of who did it' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(36)
  actor?: string;

  @ApiPropertyOptional({ description: 'The id of what it was done to, such as a user' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(64)
  subject?: string;

  @ApiPropertyOptional({ example: 'session.refresh_reused' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(64)
  action?: string;

  @MayBeAbsent()
  @MomentField('since', 'Nothing before this time')
  since?: string;

  @MayBeAbsent()
  @MomentField('until', 'Only what was before this time')
  until?: string;

  @ApiPropertyOptional({ enum: ['oldest', 'newest'], default: 'oldest', description: 'Which comes first' })
  @MayBeAbsent()
  @IsIn(['oldest', 'newest'])
  order?: 'oldest' | 'newest';
}

export class AuditQuery extends AuditFilter implements PageQuery {
  @LimitField()
  limit: number = DEFAULT_LIMIT;

  @CursorField()
  cursor?: string;
}

export class AuditExportQuery extends AuditFilter {
  @ApiPropertyOptional({ enum: ['csv', 'jsonl'], default: 'jsonl' })
  @MayBeAbsent()
  @IsIn(['csv', 'jsonl'])
  format: 'csv' | 'jsonl' = 'jsonl';
}

export class AuditParty {
  @ApiProperty({ example: 'user' })
  kind: string;

  @ApiProperty({ type: String, nullable: true })
  id: string | null;
}

export class AuditEventResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, format: 'date-time' })
  at: Date;

  @ApiProperty({ example: 'user.roles_changed' })
  action: string;

  @ApiProperty({
    description:
      'Who did it: a `user`, `api-key`, `client` or somebody `anonymous`; the server itself (`system`), or the command ' +
      'line (`operator`)',
  })
  actor: AuditParty;

  @ApiProperty({ type: AuditParty, nullable: true })
  target: AuditParty | null;

  @ApiProperty({ type: Object, nullable: true, example: { roles: ['admin', 'user'] } })
  detail: Record<string, unknown> | null;

  @ApiProperty({ type: String, nullable: true })
  ip: string | null;

  @ApiProperty({ type: String, nullable: true })
  userAgent: string | null;

  @ApiProperty({ type: String, nullable: true })
  requestId: string | null;

  static of(event: AuditEvent): AuditEventResponse {
    const { id, at, action, detail, ip, userAgent, requestId } = event;
    const actor = { kind: event.actorKind, id: event.actorId };
    const target = event.targetKind === null ? null : { kind: event.targetKind, id: event.targetId };
    return { id, at, action, actor, target, detail, ip, userAgent, requestId };
  }
}

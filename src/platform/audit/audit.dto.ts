import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsISO8601, IsString, Matches, MaxLength } from 'class-validator';
import { MayBeAbsent } from '../http/fields.js';
import { PageQuery } from '../http/pagination.js';
import type { AuditEvent } from './audit-event.entity.js';

/** Of ISO 8601 what says a moment, and all engines read alike: no weeks, no ordinal days, no time without its zone. */
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;
const NO_TIME = 'since must be a day or a time with its zone, such as 2026-01-01 or 2026-01-01T00:00:00Z';

export class AuditQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'The id of who did it' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(36)
  actor?: string;

  @ApiPropertyOptional({ example: 'session.refresh_reused' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(64)
  action?: string;

  @ApiPropertyOptional({ example: '2026-01-01T00:00:00.000Z', description: 'Nothing before this time' })
  @MayBeAbsent()
  @IsISO8601({ strict: true }, { message: NO_TIME })
  @Matches(TIME, { message: NO_TIME })
  @MaxLength(40)
  since?: string;
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

  @ApiProperty({ format: 'date-time' })
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

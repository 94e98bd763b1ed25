import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import {
  And,
  Equal,
  LessThan,
  MoreThan,
  MoreThanOrEqual,
  Repository,
  type FindOperator,
  type FindOptionsWhere,
} from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { isInside, type Actor } from '../access/actor.js';
import { Settings } from '../config/settings.js';
import { CleanUps, PIECE } from '../database/clean-ups.service.js';
import { Database, type Statement } from '../database/database.service.js';
import { AuditEvent } from './audit-event.entity.js';
import type { AuditQuery } from './audit.dto.js';
import { EventsService } from './events.service.js';

/** What happened. Never put a secret into `detail`. */
export interface Happening {
  action: string;
  target?: { kind: string; id: string };
  /** Who did it, where that is not the request's principal: a user who has just signed in. For requests only. */
  by?: string;
  detail?: Record<string, unknown>;
}

const CLEAN_UP_EVERY_MS = 600_000;
const CLEAN_UP = `DELETE FROM audit_events WHERE id IN (
  SELECT id FROM audit_events WHERE at < :before ORDER BY at LIMIT ${PIECE})`;

/** What of the trail is asked for. */
export type AuditFilters = Omit<AuditQuery, 'cursor'>;

/** An id is made right after the time of its event, by the same clock. */
const APART_MS = 60_000;

/** The audit trail. */
@Injectable()
export class AuditService implements OnModuleInit {
  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly cleanUps: CleanUps,
    private readonly listeners: EventsService,
    @InjectRepository(AuditEvent) private readonly events: Repository<AuditEvent>,
  ) {}

  onModuleInit(): void {
    this.cleanUps.every(CLEAN_UP_EVERY_MS, 'audit_events', (now) => ({
      sql: CLEAN_UP,
      params: { before: now - this.settings.AUDIT_RETENTION },
    }));
  }

  /** The statement that records an event and has it told; put it into the batch that makes it happen. */
  event(happening: Happening, actor: Actor): Statement {
    const { action, target, detail } = happening;
    const by = isInside(actor) ? undefined : happening.by;
    const keyId = by ? undefined : actor.principal?.keyId;
    const at = new Date();
    const insert = this.database.insert(AuditEvent, {
      id: uuidv7(),
      at,
      action,
      actorKind: by ? 'user' : (actor.principal?.kind ?? actor.inside ?? 'anonymous'),
      actorId: by ?? actor.principal?.id ?? null,
      targetKind: target?.kind ?? null,
      targetId: target?.id ?? null,
      detail: keyId === undefined ? (detail ?? null) : { ...detail, apiKeyId: keyId },
      ip: actor.ip,
      userAgent: actor.userAgent,
      requestId: actor.requestId,
    });
    if (!this.listeners.isHeard(action)) return insert;
    return { ...insert, committed: () => this.tell(happening, at, actor) };
  }

  /** Records an event that goes with no other change. */
  async record(happening: Happening, actor: Actor): Promise<void> {
    await this.database.run(this.event(happening, actor));
  }

  /** One more than `query.limit` events, in the order asked for, after the one with the id `after`. */
  list(query: AuditFilters, after: string): Promise<AuditEvent[]> {
    const { actor, action, subject, since, until, order, limit } = query;
    const isDown = order === 'newest';
    return this.events.find({
      where: {
        id: And(
          ...rangeOf(since, until),
          ...(after === '' ? [] : [isDown ? LessThan(after) : MoreThan(after)]),
        ),
        ...(actor !== undefined && { actorId: Equal(actor) }),
        ...(action !== undefined && { action: Equal(action) }),
        ...(subject !== undefined && { targetId: Equal(subject) }),
        ...((since !== undefined || until !== undefined) && {
          at: And(
            ...(since === undefined ? [] : [MoreThanOrEqual(new Date(since))]),
            ...(until === undefined ? [] : [LessThan(new Date(until))]),
          ),
        }),
      },
      order: { id: isDown ? 'DESC' : 'ASC' },
      take: limit + 1,
    });
  }

  /** One event. */
  find(id: string): Promise<AuditEvent | null> {
    return this.events.findOneBy({ id });
  }

  /** At most `limit` events that a user caused or that happened to them, oldest first, after the one with the id `after`. */
  async about(userId: string, limit: number, after: string): Promise<AuditEvent[]> {
    const find = (where: FindOptionsWhere<AuditEvent>) =>
      this.events.find({ where: { id: MoreThan(after), ...where }, order: { id: 'ASC' }, take: limit });
    // Each by an index of its own, in its order: asked with OR, all that is left would be sorted for every page.
    const caused = await find({ actorId: userId });
    const met = await find({ targetKind: 'user', targetId: userId });
    const byId = new Map([...caused, ...met].map((event) => [event.id, event]));
    return [...byId.values()].toSorted((one, other) => (one.id < other.id ? -1 : 1)).slice(0, limit);
  }

  /** The statements after which the events about a user hold their id and nothing else of them. */
  forgetting(userId: string): Statement[] {
    const forget = 'UPDATE audit_events SET ip = NULL, user_agent = NULL WHERE';
    const params = { userId };
    return [
      { sql: `${forget} actor_id = :userId`, params },
      // Anonymous events, such as a failed login: most likely the user's own.
      { sql: `${forget} target_id = :userId AND target_kind = 'user' AND actor_id IS NULL`, params },
    ];
  }

  private tell({ action, target, by, detail }: Happening, at: Date, actor: Actor): void {
    const userId = target?.kind === 'user' ? target.id : by;
    if (userId === undefined) return;
    const ofSession = target?.kind === 'session' && { sessionId: target.id };
    this.listeners.tell({ ...detail, ...ofSession, name: action, at, userId, actor });
  }
}

/**
 * The ids between two times: a UUIDv7 begins with its own (RFC 9562 §5.7), so that what was before `since` is not read at
 * all. Whole ids, which every collation orders alike.
 */
function rangeOf(since: string | undefined, until: string | undefined): FindOperator<string>[] {
  return [
    MoreThan(since === undefined ? '' : idAt(Date.parse(since) - APART_MS)),
    ...(until === undefined ? [] : [LessThan(idAt(Date.parse(until) + APART_MS))]),
  ];
}

function idAt(ms: number): string {
  const digits = Math.max(0, ms).toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}-0000-0000-000000000000`;
}

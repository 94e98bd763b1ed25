import { Injectable } from '@nestjs/common';
import { LIMITS, type Limit, type Quota } from '../access/limits.js';
import type { Actor } from '../access/actor.js';
import type { AuditEvent } from '../audit/audit-event.entity.js';
import { AuditService } from '../audit/audit.service.js';
import { sourceOf } from '../http/source.js';
import { AttemptsService } from './attempts.service.js';
import { LimitStore } from './limit-store.js';

/** An account or a source that a limit holds back. */
export interface Wait {
  /** Of the event that says so. */
  id: string;
  limit: string;
  /** Whose account it is, if there is one. */
  userId: string | null;
  /** The network that is held back, where it is no account. */
  source: string | null;
  since: Date;
  until: Date;
  /** Guesses in a row that failed, or what was counted in the window. */
  count: number;
}

interface Held {
  since: number;
  until: number;
  count: number;
  release: () => Promise<void>;
}

/** Until then, a wait is remembered: the longest there is. */
const LONGEST_MS = 24 * 3_600_000;
/** Events that are looked at for one page. */
const PIECE = 200;

/**
 * Who waits: those of whom the trail says that a limit was reached, and who may not yet go on. An account is counted under a
 * MAC, so that it could not be told whose it is; the event says it, where there is an account.
 */
@Injectable()
export class WaitsService {
  constructor(
    private readonly audit: AuditService,
    private readonly attempts: AttemptsService,
    private readonly store: LimitStore,
  ) {}

  /**
   * Those that wait, the newest first, of the events before the one with the id `before`; fewer than there are when `next`
   * says where to go on.
   */
  async list(
    before: string,
    limit: number,
    userId?: string,
  ): Promise<{ waits: Wait[]; next: string | null }> {
    const since = new Date(Date.now() - LONGEST_MS).toISOString();
    const asked = { action: 'limit.reached', since, order: 'newest', limit: PIECE } as const;
    const events = await this.audit.list(
      { ...asked, ...(userId !== undefined && { subject: userId }) },
      before,
    );
    const waits: Wait[] = [];
    for (const event of events.slice(0, PIECE)) {
      const held = await this.heldBy(event);
      if (held) waits.push(show(event, held));
      if (waits.length === limit) return { waits, next: event.id };
    }
    return { waits, next: events[PIECE] ? events[PIECE - 1]!.id : null };
  }

  /** Lets one go on. `false` when there is no such wait any more. */
  async release(id: string, actor: Actor): Promise<boolean> {
    const event = await this.audit.find(id);
    const held = event && (await this.heldBy(event));
    if (!event || !held) return false;
    await held.release();
    const { limit, userId, source } = show(event, held);
    const target = userId === null ? {} : { target: { kind: 'user', id: userId } };
    const detail = { limit, ...(source !== null && { source }) };
    await this.audit.record({ action: 'limit.released', ...target, detail }, actor);
    return true;
  }

  /** What holds back whom an event is about, if it was this event's wait, and is not over. */
  private async heldBy(event: AuditEvent): Promise<Held | undefined> {
    const { limit = '', subject } = (event.detail ?? {}) as { limit?: string; subject?: string };
    const name = limit.replace(/_account$/, '');
    if (event.action !== 'limit.reached' || !Object.hasOwn(LIMITS, name)) return undefined;
    const isAccount = name !== limit;
    const quotas: Limit = LIMITS[name as keyof typeof LIMITS];
    const quota = isAccount ? quotas.account : quotas.source;
    const key = isAccount ? subject : sourceOf(event.ip);
    if (key === undefined) return undefined;
    const held = quota ? await this.inWindow(limit, quota, key, quotas.isLocal) : await this.guessing(key);
    return held && event.at.getTime() >= held.since ? held : undefined;
  }

  private async inWindow(
    name: string,
    quota: Quota,
    key: string,
    isLocal = false,
  ): Promise<Held | undefined> {
    const window = await this.store.read(name, quota, key, isLocal);
    if (!window || window.count <= quota.quota) return undefined;
    return {
      since: window.endsAt - quota.seconds * 1000,
      until: window.endsAt,
      count: window.count,
      release: () => this.store.forget(name, quota, key, isLocal),
    };
  }

  private async guessing(subject: string): Promise<Held | undefined> {
    const wait = await this.attempts.waitAt(subject);
    return wait && { ...wait, release: () => this.attempts.release(subject) };
  }
}

function show(event: AuditEvent, { until, count }: Held): Wait {
  const { limit } = event.detail as { limit: string };
  const isAccount = limit.endsWith('_account');
  return {
    id: event.id,
    limit,
    userId: event.targetKind === 'user' ? event.targetId : null,
    source: isAccount ? null : sourceOf(event.ip),
    since: event.at,
    until: new Date(until),
    count,
  };
}

import { Injectable, Logger } from '@nestjs/common';
import { createHmac } from 'node:crypto';
import type { Actor } from '../access/actor.js';
import { LIMITS, type Limit, type LimitName, type Quota } from '../access/limits.js';
import { AuditService } from '../audit/audit.service.js';
import { derivedKey } from '../config/derived-key.js';
import { Settings } from '../config/settings.js';
import { Metrics } from '../http/metrics.js';
import { LimitStore } from './limit-store.js';
import { TooManyRequests } from './limits.errors.js';
import { rateLimitHeaders, type Standing } from './rate-limit-headers.js';
import { sourceOf } from './source.js';
import { Windows, type Window } from '../http/windows.js';

/** Counts what is done and refuses what is done too often. */
@Injectable()
export class LimitsService {
  readonly isOn: boolean;
  private readonly log = new Logger(LimitsService.name);
  private readonly key: Buffer;
  private readonly refused = new Windows();

  constructor(
    settings: Settings,
    private readonly store: LimitStore,
    private readonly audit: AuditService,
    private readonly metrics: Metrics,
  ) {
    this.isOn = settings.RATE_LIMIT === 'on';
    this.key = derivedKey(settings.GATEHOUSE_SECRET, 'limits');
  }

  /**
   * Counts one by its source and, where the limit has one, for an account.
   * @returns where the caller stands
   * @throws TooManyRequests
   */
  async consume(name: LimitName, actor: Actor, account?: string): Promise<Standing[]> {
    if (!this.isOn) return [];
    const limit: Limit = LIMITS[name];
    const source = await this.count(name, limit.source, sourceOf(actor.ip), limit, actor);
    if (account === undefined || !limit.account) return [source];
    const subject = this.subjectOf(name, account);
    return [source, await this.count(`${name}_account`, limit.account, subject, limit, actor)];
  }

  /** Takes back what the source of a request was counted, for it was no failure. */
  async giveBack(name: LimitName, actor: Actor): Promise<void> {
    if (this.isOn) await this.store.takeBack(name, LIMITS[name].source, sourceOf(actor.ip));
  }

  /**
   * What an account is counted under. Not its address: whatever somebody types would be kept, passwords in the wrong
   * field too.
   */
  subjectOf(kind: string, account: string): string {
    return createHmac('sha256', this.key).update(`${kind}\0${account}`).digest('base64url');
  }

  /** The refusal of what stands at nothing; the first of a window is audited. */
  refusal(standing: Standing, key: string, actor: Actor): TooManyRequests {
    const { name, reset } = standing;
    this.metrics.count('gatehouse_throttled_total', 'Requests refused as too many, by limit', name);
    if (this.refused.add(`${name}:${key}`, reset).count === 1) this.tell(name, actor);
    return new TooManyRequests(reset, rateLimitHeaders(standing));
  }

  private async count(
    name: string,
    quota: Quota,
    key: string,
    { isLocal }: Limit,
    actor: Actor,
  ): Promise<Standing> {
    const window = await this.store.add(name, quota, key, isLocal);
    const standing = standingOf(name, quota, window);
    if (window.count > quota.quota) throw this.refusal(standing, key, actor);
    return standing;
  }

  /** Nobody waits for it: a flood is answered without the database. */
  private tell(limit: string, actor: Actor): void {
    this.audit
      .record({ action: 'limit.reached', detail: { limit } }, actor)
      .catch((error: unknown) => this.log.warn(error));
  }
}

/** Where somebody stands who was counted. */
export function standingOf(name: string, { quota, seconds }: Quota, { count, endsAt }: Window): Standing {
  const reset = Math.max(1, Math.ceil((endsAt - Date.now()) / 1000));
  return { name, quota, seconds, remaining: Math.max(0, quota - count), reset };
}

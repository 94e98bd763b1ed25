import { Injectable, Logger } from '@nestjs/common';
import { createHmac } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Actor } from '../access/actor.js';
import { GENERAL_LIMITS, LIMITS, type Limit, type LimitName, type Quota } from '../access/limits.js';
import { AuditService } from '../audit/audit.service.js';
import { derivedKey } from '../config/derived-key.js';
import { Settings } from '../config/settings.js';
import { Metrics, type Count } from '../http/metrics.js';
import { sourceOf } from '../http/source.js';
import { Windows, type Window } from '../http/windows.js';
import { LimitStore } from './limit-store.js';
import { TooManyRequests } from './limits.errors.js';
import { rateLimitHeaders, type Standing } from './rate-limit-headers.js';

/** What may be exceeded, as policies call it: the limits by source and by account, and those of every request. */
const NAMES = [
  ...Object.entries<Limit>(LIMITS).flatMap(([name, { account }]) => [
    name,
    ...(account ? [`${name}_account`] : []),
  ]),
  // Held by AttemptsService for an account.
  'login_account',
  'second_factor_account',
  ...Object.keys(GENERAL_LIMITS),
];

/** The id of the user an account belongs to, if there is one. */
export type Whose = () => Promise<string | undefined>;

/** Counts what is done and refuses what is done too often. */
@Injectable()
export class LimitsService {
  readonly isOn: boolean;
  private readonly isShared: boolean;
  private readonly log = new Logger(LimitsService.name);
  private readonly key: Buffer;
  private readonly refused = new Windows();
  private readonly countRefused: Count<string>;

  constructor(
    settings: Settings,
    private readonly store: LimitStore,
    private readonly audit: AuditService,
    metrics: Metrics,
  ) {
    this.isOn = settings.RATE_LIMIT === 'on';
    this.isShared = settings.REDIS_URL !== '';
    this.key = derivedKey(settings.GATEHOUSE_SECRET, 'limits');
    this.countRefused = metrics.counter(
      'gatehouse_throttled_total',
      'Requests refused as too many, by limit',
      NAMES,
    );
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

  /**
   * Counts one for a limit that is a row and not a setting, whether or not limits against guesses are on: where Redis is, for
   * all nodes, else in the memory of this one.
   */
  async spend(name: string, quota: Quota, key: string): Promise<{ standing: Standing; isBeyond: boolean }> {
    const window = await this.store.add(name, quota, key, !this.isShared);
    return { standing: standingOf(name, quota, window), isBeyond: window.count > quota.quota };
  }

  /** Takes back what the source of a request was counted, for it was no failure. */
  async giveBack(name: LimitName, actor: Actor): Promise<void> {
    if (this.isOn) await this.store.takeBack(name, LIMITS[name].source, sourceOf(actor.ip));
  }

  /**
   * What an account is counted under. Not its address: everything a user types would be kept, passwords in the wrong
   * field too.
   */
  subjectOf(kind: string, account: string): string {
    return createHmac('sha256', this.key).update(`${kind}\0${account}`).digest('base64url');
  }

  /**
   * The refusal of what stands at nothing; the first of a window is audited.
   * @param whose looks up the user it is about
   */
  refusal(standing: Standing, key: string, actor: Actor, whose?: Whose): TooManyRequests {
    const { name, reset } = standing;
    this.countRefused(name);
    if (this.refused.add(`${name}:${key}`, reset).count === 1) void this.tell(name, key, actor, whose);
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

  /** In the background: a flood is answered without the database. */
  private async tell(limit: string, key: string, actor: Actor, whose?: Whose): Promise<void> {
    try {
      // Behind the answer, whose time would otherwise reveal whether the account exists.
      await setImmediate();
      const id = await whose?.();
      const target = id && { kind: 'user', id };
      // A MAC; a source is in the event anyway, and goes from it with its user.
      const detail = { limit, ...(limit.endsWith('_account') && { subject: key }) };
      await this.audit.record({ action: 'limit.reached', ...(target && { target }), detail }, actor);
    } catch (error) {
      this.log.warn(error);
    }
  }
}

/** How much of a limit is used. */
export function standingOf(name: string, { quota, seconds }: Quota, { count, endsAt }: Window): Standing {
  const reset = Math.max(1, Math.ceil((endsAt - Date.now()) / 1000));
  return { name, quota, seconds, remaining: Math.max(0, quota - count), reset };
}

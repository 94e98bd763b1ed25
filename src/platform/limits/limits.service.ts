import { Injectable, Logger } from '@nestjs/common';
import { createHmac } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Actor } from '../access/actor.js';
import { LIMITS, type Limit, type LimitName, type Quota } from '../access/limits.js';
import { AuditService } from '../audit/audit.service.js';
import { derivedKey } from '../config/derived-key.js';
import { Settings } from '../config/settings.js';
import { Metrics } from '../http/metrics.js';
import { sourceOf } from '../http/source.js';
import { Windows, type Window } from '../http/windows.js';
import { LimitStore } from './limit-store.js';
import { TooManyRequests } from './limits.errors.js';
import { rateLimitHeaders, type Standing } from './rate-limit-headers.js';

/** Mails that whoever likes may have sent to an address; each kind is counted for itself, so that none keeps another out. */
export type Letter = 'verification' | 'address_in_use' | 'email_change';
const LETTERS_QUOTA = LIMITS.email_verification.account;

/** The id of the user to whom an account belongs, if it is anybody's. */
export type Whose = () => Promise<string | undefined>;

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
   * Counts a mail and says whether it may be sent; if not, nobody is told. Apart from what {@link consume} counts, for
   * whoever asks is shown that, and could see whether a mail was due.
   */
  async mayWriteTo(address: string, letter: Letter): Promise<boolean> {
    if (!this.isOn) return true;
    const name = `${letter}_letters`;
    const { count } = await this.store.add(name, LETTERS_QUOTA, this.subjectOf(name, address));
    const isWithin = count <= LETTERS_QUOTA.quota;
    if (!isWithin) this.countRefused(name);
    return isWithin;
  }

  /**
   * What an account is counted under. Not its address: whatever somebody types would be kept, passwords in the wrong
   * field too.
   */
  subjectOf(kind: string, account: string): string {
    return createHmac('sha256', this.key).update(`${kind}\0${account}`).digest('base64url');
  }

  /**
   * The refusal of what stands at nothing; the first of a window is audited.
   * @param whose looks up the user whom it is about
   */
  refusal(standing: Standing, key: string, actor: Actor, whose?: Whose): TooManyRequests {
    const { name, reset } = standing;
    this.countRefused(name);
    if (this.refused.add(`${name}:${key}`, reset).count === 1) void this.tell(name, actor, whose);
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

  private countRefused(name: string): void {
    this.metrics.count('gatehouse_throttled_total', 'Requests refused as too many, by limit', name);
  }

  /** Nobody waits for it: a flood is answered without the database. */
  private async tell(limit: string, actor: Actor, whose?: Whose): Promise<void> {
    try {
      // Behind the answer, which else would tell by its time whether there is somebody.
      await setImmediate();
      const id = await whose?.();
      const target = id && { kind: 'user', id };
      await this.audit.record(
        { action: 'limit.reached', ...(target && { target }), detail: { limit } },
        actor,
      );
    } catch (error) {
      this.log.warn(error);
    }
  }
}

/** Where somebody stands who was counted. */
export function standingOf(name: string, { quota, seconds }: Quota, { count, endsAt }: Window): Standing {
  const reset = Math.max(1, Math.ceil((endsAt - Date.now()) / 1000));
  return { name, quota, seconds, remaining: Math.max(0, quota - count), reset };
}

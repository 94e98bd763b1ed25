import {
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { installationName } from '../../platform/config/derived-key.js';
import { ProcessKind } from '../../platform/config/process-kind.js';
import { Settings } from '../../platform/config/settings.js';
import type { Standing } from '../../platform/limits/rate-limit-headers.js';
import type { PlanQuota } from '../plans/plan.entity.js';
import { CountedUse, keyOf, type Counter, type Slot } from './counted-use.service.js';
import { periodAt } from './quota-period.js';
import { SharedCounts } from './shared-counts.js';
import type { SubscriptionTerms } from './subscription-terms.service.js';

const SECOND_MS = 1_000;
/** What a request or its bytes are of; as the drafts of RateLimit name it. */
const UNITS = { requests: undefined, bytes: 'content-bytes' };

/** Whose use is counted, and up to what. */
export type Subscriber = Pick<SubscriptionTerms, 'applicationId' | 'resourceId' | 'quota'>;

/** How a subscription stands after a request, and which of its quotas is used up, if one is. */
export interface QuotaStandings {
  standings: Standing[];
  exhausted: Standing | undefined;
}

/**
 * Holds subscriptions to their quotas. What was used is counted in memory and written every second; where Redis is, nodes
 * count there, and exactly. Without it, those of one database read every second what the others have written.
 */
@Injectable()
export class Quotas implements OnModuleInit, OnModuleDestroy, OnApplicationShutdown {
  private readonly log = new Logger(Quotas.name);
  private shared: SharedCounts | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly kind: ProcessKind,
    private readonly use: CountedUse,
  ) {}

  async onModuleInit(): Promise<void> {
    const { REDIS_URL, GATEHOUSE_SECRET } = this.settings;
    if (!this.kind.isServer) return;
    if (!REDIS_URL) return this.use.followOthers();
    const prefix = `gatehouse:${installationName(GATEHOUSE_SECRET)}:quota`;
    this.shared = await SharedCounts.connect(REDIS_URL, prefix, ({ message }) =>
      this.log.warn(`Redis is away, quotas are counted by each node for itself: ${message}`),
    );
  }

  onModuleDestroy(): void {
    this.use.stop();
  }

  /** Requests in flight have been finished by now, and counted. */
  async onApplicationShutdown(): Promise<void> {
    await this.use.finish();
    this.shared?.disconnect();
  }

  /** Counts a request, unless a quota is used up. With `isUse` false nothing is counted. */
  async take(subscriber: Subscriber, isUse: boolean): Promise<QuotaStandings> {
    if (subscriber.quota.length === 0) return { standings: [], exhausted: undefined };
    const slots = slotsOf(subscriber);
    const adds = slots.map(({ quota }) => (isUse && quota.unit === 'requests' ? 1 : 0));
    const counters = await this.use.of(slots);
    const over = (await this.takeShared(slots, counters, adds)) ?? takeHere(slots, counters, adds);
    if (over < 0) for (const [at, slot] of slots.entries()) this.use.note(slot, adds[at]!);
    const standings = slots.map((slot, at) => standingOf(slot, counters[at]!.used));
    return { standings, exhausted: over < 0 ? undefined : standings[over]! };
  }

  /** Counts bytes that have gone; what is beyond a quota refuses the next request. Never throws. */
  async addBytes(subscriber: Subscriber, bytes: number): Promise<void> {
    const slots = slotsOf(subscriber).filter(({ quota }) => quota.unit === 'bytes');
    const unbounded = slots.map((slot) => ({ ...slot, most: Number.MAX_SAFE_INTEGER }));
    const adds = slots.map(() => bytes);
    const counters = await this.use.of(unbounded);
    if ((await this.takeShared(unbounded, counters, adds)) === undefined) takeHere(unbounded, counters, adds);
    for (const slot of slots) this.use.note(slot, bytes);
  }

  /** The place of the first that is used up, or -1; `undefined` where nothing is shared. */
  private async takeShared(slots: Slot[], counters: Counter[], adds: number[]): Promise<number | undefined> {
    if (!this.shared) return undefined;
    const counts = slots.map(({ key, most, endsAt }, at) => ({
      key,
      most,
      endsAt,
      known: counters[at]!.used,
      adds: adds[at]!,
    }));
    const taken = await this.shared.take(counts);
    if (!taken) return undefined;
    for (const [at, counter] of counters.entries()) counter.used = Math.max(counter.used, taken.used[at]!);
    return taken.over;
  }
}

/** Synchronous: of requests at the same time, no more than there may be find a count within the quota. */
function takeHere(slots: Slot[], counters: Counter[], adds: number[]): number {
  const over = slots.findIndex(({ most }, at) => counters[at]!.used + Math.max(1, adds[at]!) > most);
  if (over < 0) for (const [at, counter] of counters.entries()) counter.used += adds[at]!;
  return over;
}

function slotsOf({ applicationId, resourceId, quota }: Subscriber): Slot[] {
  const now = Date.now();
  return quota.map((each) => slotOf(applicationId, resourceId, each, now));
}

function slotOf(applicationId: string, resourceId: string, quota: PlanQuota, now: number): Slot {
  const { unit, per, amount } = quota;
  const { startsAt, endsAt } = periodAt(per, now);
  const key = keyOf(applicationId, resourceId, unit, per, startsAt);
  return { key, applicationId, resourceId, quota, most: amount, startsAt, endsAt };
}

function standingOf({ quota, startsAt, endsAt }: Slot, used: number): Standing {
  const unit = UNITS[quota.unit];
  return {
    name: `${quota.unit}-${quota.per}`,
    quota: quota.amount,
    seconds: (endsAt - startsAt) / SECOND_MS,
    remaining: Math.max(0, quota.amount - used),
    reset: Math.max(1, Math.ceil((endsAt - Date.now()) / SECOND_MS)),
    ...(unit !== undefined && { unit }),
  };
}

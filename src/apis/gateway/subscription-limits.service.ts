import { Injectable } from '@nestjs/common';
import { InvalidToken } from '../../platform/access/access.errors.js';
import { LimitsService } from '../../platform/limits/limits.service.js';
import { rateLimitHeaders, type Standing } from '../../platform/limits/rate-limit-headers.js';
import { Quotas } from '../subscriptions/quotas.service.js';
import type { SubscriptionTerms } from '../subscriptions/subscription-terms.service.js';
import type { Caller, LookUp } from './callers.service.js';
import { PlanLimitReached, QuotaExhausted } from './gateway.errors.js';
import type { CompiledRoute } from './route-table.js';

/** What a subscription says of a request that it lets through. */
export interface Admission {
  /** Of its limit and quotas. */
  headers: Record<string, string> | undefined;
  /** To be told how many bytes of bodies went both ways; may be told in pieces. */
  countBytes: ((bytes: number) => void) | undefined;
}

const NOTHING_SAID: Admission = { headers: undefined, countBytes: undefined };

/** Holds the keys of a subscription to what its plan says: how fast they call, and how much in all. */
@Injectable()
export class SubscriptionLimits {
  constructor(
    private readonly limits: LimitsService,
    private readonly quotas: Quotas,
  ) {}

  /** Counts a request, if it is one. @throws InvalidToken, PlanLimitReached, QuotaExhausted */
  async admit({ api }: CompiledRoute, caller: Caller | undefined, lookUp: LookUp): Promise<Admission> {
    const terms = caller?.subscription;
    if (!terms) return NOTHING_SAID;
    // Its API had this identifier before.
    if (terms.resourceId !== api.id) throw new InvalidToken('of a subscription to another API');
    const paced = lookUp === 'use' ? await this.pace(terms) : [];
    const { standings, exhausted } = await this.quotas.take(terms, lookUp === 'use');
    const all = [...paced, ...standings];
    const headers = all.length > 0 ? rateLimitHeaders(...all) : undefined;
    if (exhausted) throw new QuotaExhausted(exhausted.name, exhausted.reset, headers!);
    const countsBytes = terms.quota.some(({ unit }) => unit === 'bytes');
    const countBytes = countsBytes ? (bytes: number) => void this.quotas.addBytes(terms, bytes) : undefined;
    return { headers, countBytes };
  }

  private async pace({ id, limit }: SubscriptionTerms): Promise<Standing[]> {
    if (!limit) return [];
    // One name for all plans of a period, whose counts share one bounded memory.
    const spent = await this.limits.spend(`plan:${limit.seconds}`, limit, id);
    const standing = { ...spent.standing, name: 'plan' };
    if (spent.isBeyond) throw new PlanLimitReached(standing.reset, rateLimitHeaders(standing));
    return [standing];
  }
}

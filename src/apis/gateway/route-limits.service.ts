import { Injectable } from '@nestjs/common';
import { sourceOf } from '../../platform/http/source.js';
import { LimitsService } from '../../platform/limits/limits.service.js';
import { rateLimitHeaders } from '../../platform/limits/rate-limit-headers.js';
import type { Caller } from './callers.service.js';
import type { GatewayCall } from './gateway-call.js';
import { RouteLimitReached } from './gateway.errors.js';
import type { CompiledRoute } from './route-table.js';

/** How often each caller may call a route: an API key by itself, else a user or client; on a public route, a network. */
@Injectable()
export class RouteLimits {
  constructor(private readonly limits: LimitsService) {}

  /** Counts one. @returns what the answer says of it. @throws RouteLimitReached */
  async spend(
    { route, limit }: CompiledRoute,
    caller: Caller | undefined,
    call: GatewayCall,
  ): Promise<Record<string, string> | undefined> {
    if (!limit) return undefined;
    const { keyId, id } = caller?.principal ?? {};
    const who = keyId ?? id ?? sourceOf(call.ip ?? null);
    // One name for all routes of a period, whose counts share one bounded memory.
    const { standing, isBeyond } = await this.limits.spend(limit.name, limit, `${route.id}:${who}`);
    // Its id means nothing to callers.
    const headers = rateLimitHeaders({ ...standing, name: 'route' });
    if (isBeyond) throw new RouteLimitReached(standing.reset, headers);
    return headers;
  }
}

import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { actorOf } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import { RepeatedEvents } from '../../platform/audit/repeated-events.service.js';
import { Metrics, type Count } from '../../platform/http/metrics.js';
import type { KnownApiKey } from './live-api-key.js';

const AGAIN_AFTER_MS = 60_000;
const MAX_KEYS = 10_000;
const REASONS = ['revoked', 'expired', 'address', 'limit'] as const;
/** Why a key was refused. */
export type RefusalReason = (typeof REASONS)[number];

/**
 * Records the use of an API key that was refused: once a minute for a key and a reason, and some of an owner's one by one and
 * the others together.
 */
@Injectable()
export class ApiKeyRefusals {
  private readonly recorded = new LRUCache<string, true>({
    maxSize: MAX_KEYS,
    sizeCalculation: () => 1,
    ttl: AGAIN_AFTER_MS,
  });
  private readonly count: Count<RefusalReason>;

  constructor(
    private readonly repeated: RepeatedEvents,
    metrics: Metrics,
  ) {
    this.count = metrics.counter('gatehouse_api_key_refusals_total', 'API keys refused, by reason', REASONS);
  }

  note(reason: RefusalReason, { id, ownerId, exp }: KnownApiKey, request: FastifyRequest): void {
    this.count(reason);
    const about = `${id} ${reason}`;
    if (this.recorded.has(about)) return;
    this.recorded.set(about, true);
    const principal: Principal = {
      kind: 'api-key',
      id: ownerId,
      sessionId: null,
      keyId: id,
      roles: [],
      scopes: [],
      authenticatedAt: new Date(0),
      amr: [],
      expiresAt: new Date(exp * 1000),
    };
    const happening = {
      action: 'api_key.refused',
      target: { kind: 'api_key', id },
      detail: { reason, method: request.method, route: request.routeOptions.url },
    };
    void this.repeated.note(ownerId, happening, { ...actorOf(request), principal });
  }
}

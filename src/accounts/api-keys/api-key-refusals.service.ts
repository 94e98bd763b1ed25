import { Injectable, Logger } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { actorOf } from '../access/actor.js';
import type { Principal } from '../access/principal.js';
import { AuditService } from '../audit/audit.service.js';
import { Metrics } from '../http/metrics.js';
import type { ApiKeyToken } from '../access/api-key-gate.js';

const AGAIN_AFTER_MS = 60_000;
const MAX_KEYS = 10_000;

/**
 * Records that somebody tried to use an API key that was refused. Once a minute for a key and a reason: whoever has a
 * dead key could fill the trail with it.
 */
@Injectable()
export class ApiKeyRefusals {
  private readonly log = new Logger(ApiKeyRefusals.name);
  private readonly recorded = new LRUCache<string, true>({ max: MAX_KEYS, ttl: AGAIN_AFTER_MS });

  constructor(
    private readonly audit: AuditService,
    private readonly metrics: Metrics,
  ) {}

  note(reason: string, { id, ownerId, exp }: ApiKeyToken, request: FastifyRequest): void {
    this.metrics.count('gatehouse_api_key_refusals_total', 'API keys refused, by reason', reason);
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
    this.audit
      .record(happening, { ...actorOf(request), principal })
      .catch((error: unknown) => this.log.warn(error));
  }
}

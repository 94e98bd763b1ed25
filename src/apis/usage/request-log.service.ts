import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { IncomingHttpHeaders } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { IsNull, LessThan, MoreThanOrEqual, Repository } from 'typeorm';
import type { Actor } from '../../platform/access/actor.js';
import { ProcessKind } from '../../platform/config/process-kind.js';
import { CleanUps, PIECE } from '../../platform/database/clean-ups.service.js';
import { Metrics } from '../../platform/http/metrics.js';
import { Traffic, type Answered, type AnsweredRoute } from '../gateway/traffic.service.js';
import { ResourcesService } from '../resources/resources.service.js';
import { RegularWrites } from './regular-writes.js';
import type { RequestsQuery } from './request-log.dto.js';
import { NONE } from './usage-count.entity.js';
import { UsageRequest, type LoggedBecause } from './usage-request.entity.js';

/** Of a hundred requests that went well, so many are kept. */
const SAMPLED = 0.01;
const SLOW_MS = 2_000;
/** Rows that wait to be written; what comes on top of them is left out. */
const MOST_WAITING = 1_000;
/** Of them, those of one API, so that it leaves room for others. */
const MOST_OF_AN_API = 100;
const MOST_ROWS = 200_000;
const KEPT_MS = 7 * 86_400_000;
const ROWS_AT_ONCE = 50;
const CLEAN_UP_EVERY_MS = 600_000;
/** They say what kind of program called, and nothing of a person or a secret. */
const KEPT_HEADERS = ['user-agent', 'content-type', 'accept'] as const;
const MOST_OF_A_HEADER = 200;
const CLEAN_UP = `DELETE FROM usage_requests WHERE id IN (
  SELECT id FROM usage_requests WHERE created_at < :before LIMIT ${PIECE})`;
const MAKE_ROOM = `DELETE FROM usage_requests WHERE id IN (
  SELECT id FROM usage_requests ORDER BY id DESC LIMIT ${PIECE} OFFSET ${MOST_ROWS})`;

/** Keeps single requests for a few days: those answered with 5xx and slow ones, as far as there is room, and one of a hundred others. */
@Injectable()
export class RequestLog implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger(RequestLog.name);
  private readonly waiting: UsageRequest[] = [];
  /** How many of them are of which API. */
  private readonly waitingOf = new Map<string, number>();
  private readonly writes = new RegularWrites(() => this.writeOnce(), this.log);
  private leftOut = 0;

  constructor(
    @InjectRepository(UsageRequest) private readonly requests: Repository<UsageRequest>,
    private readonly resources: ResourcesService,
    private readonly cleanUps: CleanUps,
    private readonly kind: ProcessKind,
    traffic: Traffic,
    metrics: Metrics,
  ) {
    traffic.onAnswered((route, answered) => this.record(route, answered));
    metrics.gauge(
      'gatehouse_request_log_left_out',
      'Requests that are not in the request log, for there were too many at once',
      () => this.leftOut,
    );
  }

  onModuleInit(): void {
    if (!this.kind.isServer) return;
    this.writes.begin();
    this.cleanUps.every(CLEAN_UP_EVERY_MS, 'usage_requests', (now) => ({
      sql: CLEAN_UP,
      params: { before: now - KEPT_MS },
    }));
    this.cleanUps.every(CLEAN_UP_EVERY_MS, 'usage_requests_room', () => ({ sql: MAKE_ROOM, params: {} }));
  }

  onApplicationShutdown(): Promise<void> {
    return this.writes.end();
  }

  /**
   * One more than `query.limit` requests of an API, the newest first; those of this node come within a second,
   * those of others within ten.
   * @param before the id of the last one seen; '' for none
   * @throws NotFound, NotYourResource
   */
  async list(query: RequestsQuery, actor: Actor, before: string): Promise<UsageRequest[]> {
    const { resource, version, route, subscription, minStatus, minMs, limit } = query;
    await this.resources.own(resource, actor);
    await this.refresh();
    return this.requests.find({
      where: {
        resourceId: resource,
        ...(version !== undefined && { versionId: version }),
        ...(route !== undefined && { routeId: route }),
        ...(subscription !== undefined && {
          subscriptionId: subscription === NONE ? IsNull() : subscription,
        }),
        ...(minStatus !== undefined && { status: MoreThanOrEqual(minStatus) }),
        ...(minMs !== undefined && { ms: MoreThanOrEqual(minMs) }),
        ...(before !== '' && { id: LessThan(before) }),
      },
      order: { id: 'DESC' },
      take: limit + 1,
    });
  }

  /** Writes what waits; what cannot be written is left out, for the log must not grow while the database is away. */
  write(): Promise<void> {
    return this.writes.now();
  }

  /** For who reads: what came until a second ago is written afterwards, however many ask. */
  refresh(): Promise<void> {
    return this.writes.refresh();
  }

  private async writeOnce(): Promise<void> {
    const rows = this.waiting.splice(0);
    this.waitingOf.clear();
    for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
      const piece = rows.slice(at, at + ROWS_AT_ONCE);
      try {
        // Without reading back what the database made of it.
        await this.requests.createQueryBuilder().insert().values(piece).updateEntity(false).execute();
      } catch (error) {
        this.leftOut += piece.length;
        this.log.warn(error);
      }
      // SQLite writes within this turn of the event loop: requests are answered between two pieces.
      await setImmediate();
    }
  }

  private record({ route, version, api, template }: AnsweredRoute, answered: Readonly<Answered>): void {
    const why = reasonFor(answered);
    if (!why) return;
    const ofApi = this.waitingOf.get(api.id) ?? 0;
    if (this.waiting.length >= MOST_WAITING || ofApi >= MOST_OF_AN_API) return void this.leftOut++;
    this.waitingOf.set(api.id, ofApi + 1);
    const { status, ms, bytesIn, bytesOut, subscriptionId = null, call } = answered;
    this.waiting.push({
      id: call.id,
      resourceId: api.id,
      versionId: version.id,
      routeId: route.id,
      subscriptionId,
      method: call.method,
      path: template,
      status,
      ms: Math.round(ms),
      bytesIn,
      bytesOut,
      why,
      headers: keptOf(call.headers),
      createdAt: new Date(),
    });
  }
}

function reasonFor({ status, ms }: Readonly<Answered>): LoggedBecause | undefined {
  if (status >= 500) return 'failed';
  if (ms >= SLOW_MS) return 'slow';
  return Math.random() < SAMPLED ? 'sampled' : undefined;
}

function keptOf(headers: IncomingHttpHeaders): Record<string, string> {
  const kept = KEPT_HEADERS.flatMap((name) => {
    const value = headers[name];
    return value === undefined ? [] : [[name, value.slice(0, MOST_OF_A_HEADER)] as const];
  });
  return Object.fromEntries(kept);
}

import { Injectable, Logger } from '@nestjs/common';
import { Settings } from '../../platform/config/settings.js';
import { Metrics, type Count } from '../../platform/http/metrics.js';
import { Problem } from '../../platform/http/problem.js';
import type { GatewayCall } from './gateway-call.js';
import { OpenExchanges } from './open-exchanges.service.js';
import type { CompiledRoute } from './route-table.js';

const OUTCOMES = ['relayed', 'refused', 'failed'] as const;

/** What went over the wire for a call. */
export interface Carried {
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** By the monotonic clock, in ms: when the head of a stream or a tunnel came, which says more than when it ended. */
  readonly streamsSince?: number | undefined;
}

/** The route of an answer. */
export type AnsweredRoute = Pick<CompiledRoute, 'route' | 'version' | 'api' | 'template'>;

/** How a call was answered. It is the same object every time: nothing is made for a request, and listeners must not keep it. */
export interface Answered {
  status: number;
  /** From the request to the end of the answer, or to the head of what streams. */
  ms: number;
  bytesIn: number;
  bytesOut: number;
  /** That of the key that called. */
  subscriptionId: string | undefined;
  /** What was asked. */
  call: Pick<GatewayCall, 'id' | 'method' | 'headers'>;
}

export type AnsweredListener = (route: AnsweredRoute, answered: Readonly<Answered>) => void;

const NO_CALL: Answered['call'] = { id: '', method: '', headers: {} };
const NOTHING: Carried = { bytesIn: 0, bytesOut: 0 };

/**
 * Counts and logs what the gateway answers; neither holds a query, a header or a body. Listeners see the headers of the
 * request, and say themselves which they keep.
 */
@Injectable()
export class Traffic {
  private readonly log = new Logger('Gateway');
  private readonly count: Count<(typeof OUTCOMES)[number]>;
  private readonly logsAll: boolean;
  private readonly logsRefused: boolean;
  private readonly listeners: AnsweredListener[] = [];
  private readonly answered: Answered = {
    status: 0,
    ms: 0,
    bytesIn: 0,
    bytesOut: 0,
    subscriptionId: undefined,
    call: NO_CALL,
  };

  constructor(
    { LOG_LEVEL }: Settings,
    open: OpenExchanges,
    private readonly metrics: Metrics,
  ) {
    this.logsAll = ['debug', 'trace'].includes(LOG_LEVEL);
    this.logsRefused = this.logsAll || LOG_LEVEL === 'info';
    this.count = metrics.counter(
      'gatehouse_gateway_requests_total',
      'Requests of the gateway, by outcome',
      OUTCOMES,
    );
    metrics.gauge(
      'gatehouse_gateway_open',
      'Requests, streams and tunnels of the gateway that are open',
      () => open.size,
    );
  }

  /** Calls back for each answer of a route; must not throw. To be called in a constructor. */
  onAnswered(listener: AnsweredListener): void {
    this.listeners.push(listener);
  }

  /** @param error what went wrong, if anything did; a Problem is what the client was told */
  note(
    call: GatewayCall,
    status: number,
    route: CompiledRoute | undefined,
    error?: unknown,
    carried: Carried = NOTHING,
  ): void {
    const ms = performance.now() - call.startedAt;
    this.count(error === undefined ? 'relayed' : error instanceof Problem ? 'refused' : 'failed');
    this.metrics.requests.observe(call.method, route?.template ?? 'none', status, ms);
    if (route) this.tell(call, status, route, ms, carried);
    const level = status >= 500 ? 'error' : status >= 400 ? 'log' : 'debug';
    if (level === 'debug' ? !this.logsAll : level === 'log' && !this.logsRefused) return;
    const { method, ip, id: requestId, path } = call;
    const line = { msg: 'relayed', method, path: path.raw, status, ms: Math.round(ms), ip, requestId };
    this.log[level](error instanceof Error ? { ...line, reason: reasonOf(error) } : line);
  }

  private tell(call: GatewayCall, status: number, route: CompiledRoute, ms: number, carried: Carried): void {
    const { answered } = this;
    answered.status = status;
    answered.ms = carried.streamsSince === undefined ? ms : carried.streamsSince - call.startedAt;
    answered.bytesIn = carried.bytesIn;
    answered.bytesOut = carried.bytesOut;
    answered.subscriptionId = call.subscriptionId;
    answered.call = call;
    for (const listener of this.listeners) listener(route, answered);
    answered.call = NO_CALL;
  }
}

function reasonOf(error: Error & { code?: string }): string {
  return error.code === undefined ? error.message : `${error.code}: ${error.message}`;
}

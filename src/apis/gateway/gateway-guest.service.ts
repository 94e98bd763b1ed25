import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { AmbiguousCredentials } from '../../platform/access/access.errors.js';
import { Settings } from '../../platform/config/settings.js';
import { clientAddress, trustedProxies, type Trust } from '../../platform/http/client-address.js';
import { Cors } from '../../platform/http/cors.js';
import { frontOf, type Guest } from '../../platform/http/front.js';
import { InternalError } from '../../platform/http/http.errors.js';
import { lingerOn } from '../../platform/http/lingering-close.js';
import type { Problem } from '../../platform/http/problem.js';
import { answerProblem, isBodyUnread } from './answers.js';
import { repeatsAuthorization } from './callers.service.js';
import { Decisions } from './decisions.service.js';
import { callOf, type GatewayCall } from './gateway-call.js';
import { Relay } from './relay.service.js';
import type { CompiledRoute } from './route-table.js';
import { Traffic } from './traffic.service.js';
import { Tunnels } from './tunnels.service.js';

/** Takes the requests under `GATEWAY_PATH` before Fastify sees them. */
@Injectable()
export class GatewayGuest implements Guest, OnModuleInit {
  private readonly path: string;
  private readonly trusts: Trust;
  private readonly cors: Cors;

  constructor(
    settings: Settings,
    private readonly host: HttpAdapterHost,
    private readonly decisions: Decisions,
    private readonly relay: Relay,
    private readonly tunnels: Tunnels,
    private readonly traffic: Traffic,
  ) {
    this.path = settings.GATEWAY_PATH;
    this.trusts = trustedProxies(settings);
    this.cors = new Cors(settings);
  }

  onModuleInit(): void {
    const server = this.host.httpAdapter?.getHttpServer() as Server | undefined;
    if (server) frontOf(server)?.receive(this);
  }

  /** By its first segment, as it is spelt. */
  takes(target: string): boolean {
    if (!target.startsWith(this.path)) return false;
    const next = target[this.path.length];
    return next === undefined || next === '/' || next === '?';
  }

  answer(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const call = callOf(request, clientAddress(request, this.trusts));
    this.answerCall(call, request, response, expectsContinue).catch((error: unknown) => {
      this.refuse(call, request, response, new InternalError(error), undefined);
    });
  }

  tunnel(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    void this.tunnels.answer(callOf(request, clientAddress(request, this.trusts)), request, socket, head);
  }

  private async answerCall(
    call: GatewayCall,
    request: IncomingMessage,
    response: ServerResponse,
    expectsContinue: boolean,
  ): Promise<void> {
    const preflight = this.cors.preflightHeaders(call as never, call.url);
    if (preflight) {
      const headers = {
        ...preflight,
        ...this.cors.headersFor(request.headers.origin, call.url),
        'x-request-id': call.id,
      };
      response.writeHead(204, headers).end();
      return this.traffic.note(call, 204, undefined);
    }
    const verdict = repeatsAuthorization(request.rawHeaders)
      ? { outcome: 'refuse' as const, problem: new AmbiguousCredentials(), route: undefined }
      : await this.decisions.decide(call, 'use');
    if (response.destroyed) return;
    if (verdict.outcome === 'refuse')
      return this.refuse(call, request, response, verdict.problem, verdict.route);
    await this.relay.relay({ call, request, response, expectsContinue }, verdict);
  }

  private refuse(
    call: GatewayCall,
    request: IncomingMessage,
    response: ServerResponse,
    problem: Problem,
    route: CompiledRoute | undefined,
  ): void {
    const isUnread = isBodyUnread(request);
    if (isUnread) lingerOn(request);
    const context = {
      requestId: call.id,
      more: this.relay.corsHeadersFor(call),
      closes: this.relay.closes() || isUnread,
    };
    answerProblem(response, problem, context);
    this.traffic.note(call, problem.status, route, problem);
  }
}

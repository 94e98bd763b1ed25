import { Injectable } from '@nestjs/common';
import { request as requestUpstream, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Problem } from '../../platform/http/problem.js';
import { UpstreamConnections } from '../upstreams/upstream-connections.service.js';
import { answerOnSocket } from './answers.js';
import { byteMeter } from './byte-meter.js';
import { Decisions, type Forward } from './decisions.service.js';
import type { GatewayCall } from './gateway-call.js';
import {
  UpgradeRefused,
  UpstreamTimeout,
  UpstreamUnavailable,
  UpstreamUnreachable,
} from './gateway.errors.js';
import { OpenExchanges, type OpenExchange } from './open-exchanges.service.js';
import { Relay } from './relay.service.js';
import { headersForClient } from './relayed-headers.js';
import type { CompiledRoute } from './route-table.js';
import { TargetPools } from './target-pools.service.js';
import type { UpstreamTarget } from './upstream-targets.js';
import { Traffic } from './traffic.service.js';

/** Both ends of a tunnel to be. */
interface Ends {
  call: GatewayCall;
  request: IncomingMessage;
  client: Duplex;
  forward: Forward;
}

/**
 * WebSockets (RFC 6455): the handshake is decided about like any request, and then bytes go from socket to socket until one
 * side ends it, is silent for too long, or its token has ended.
 */
@Injectable()
export class Tunnels {
  constructor(
    private readonly decisions: Decisions,
    private readonly pools: TargetPools,
    private readonly connections: UpstreamConnections,
    private readonly relay: Relay,
    private readonly open: OpenExchanges,
    private readonly traffic: Traffic,
  ) {}

  /** Answers a handshake. Never throws. */
  async answer(call: GatewayCall, request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    client.on('error', () => client.destroy());
    const verdict = await this.decisions.decide(call, 'use');
    if (verdict.outcome === 'refuse') return this.refuse(call, client, verdict.problem, [], verdict.route);
    if (call.method !== 'GET')
      return this.refuse(call, client, new UpgradeRefused(), verdict.headers, verdict.route);
    if (head.length > 0) client.unshift(head);
    const ends = { call, request, client, forward: verdict };
    try {
      await this.connect(ends);
    } catch (error) {
      this.refuse(call, client, new UpstreamUnreachable(error), verdict.headers, verdict.route);
    }
  }

  private async connect(ends: Ends): Promise<void> {
    const { call, client, forward } = ends;
    const targets = await this.pools.of(forward.route.upstream);
    const target = targets.next([], Date.now());
    if (!target) {
      const wait = Math.max(1, Math.ceil(targets.waits(Date.now()) / 1000));
      return this.refuse(call, client, new UpstreamUnavailable(wait), forward.headers, forward.route);
    }
    this.handshake(ends, target);
  }

  private handshake(ends: Ends, target: UpstreamTarget): void {
    const { call, request, client, forward } = ends;
    const { route } = forward;
    const destination = this.pools.destinationOf(route.upstream, target.url);
    const headers = [
      ...this.relay.headersFor(request, call, forward),
      'connection',
      'Upgrade',
      'upgrade',
      'websocket',
    ];
    if (!route.upstream.preserveHost) headers.push('host', target.url.host);
    target.begin();
    let upstream: Socket | undefined;
    const outgoing = requestUpstream({
      path: target.prefix + forward.target,
      method: 'GET',
      headers: headers as never,
      setHost: false,
      timeout: route.timeouts.head * 1000,
      createConnection: (_options, made) => {
        this.connections.open(destination, (error, socket) => {
          upstream = socket;
          made(error, socket!);
        });
        return undefined as never;
      },
    });
    let isSettled = false;
    const settle = (hasFailed: boolean | undefined): boolean => {
      if (isSettled) return false;
      isSettled = true;
      if (hasFailed !== undefined) target.judge(hasFailed, Date.now());
      return true;
    };
    const leave = () => {
      if (settle(undefined)) target.end();
      outgoing.destroy();
      upstream?.destroy();
    };
    client.once('close', leave);
    outgoing.on('timeout', () =>
      outgoing.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
    );
    outgoing.on('error', (error: Error & { code?: string }) => {
      if (!settle(true)) return;
      target.end();
      const problem =
        error.code === 'ETIMEDOUT' || error.code === 'CONNECT_TIMEOUT'
          ? new UpstreamTimeout(error)
          : new UpstreamUnreachable(error);
      this.refuse(call, client, problem, forward.headers, forward.route);
    });
    outgoing.on('response', (response) => {
      if (!settle((response.statusCode ?? 0) >= 500)) return;
      this.refused(ends, target, response);
    });
    outgoing.on('upgrade', (response, socket, head) => {
      if (!settle(false)) return socket.destroy();
      client.off('close', leave);
      if (head.length > 0) socket.unshift(head);
      this.join(ends, target, response, socket);
    });
    outgoing.end();
  }

  /** The upstream has answered without an upgrade: its answer goes back, and the connection ends with it. */
  private refused({ call, client, forward }: Ends, target: UpstreamTarget, response: IncomingMessage): void {
    client.write(this.headOf(response, call, forward, ['connection', 'close']));
    response.on('data', (chunk: Buffer) => client.write(chunk) || response.pause());
    client.on('drain', () => response.resume());
    response.on('close', () => {
      client.end();
      target.end();
      this.traffic.note(call, response.statusCode ?? 0, forward.route);
    });
    client.once('close', () => response.destroy());
  }

  private join(
    { call, client, forward }: Ends,
    target: UpstreamTarget,
    response: IncomingMessage,
    upstream: Duplex,
  ): void {
    const { route, caller } = forward;
    client.write(this.headOf(response, call, forward, ['connection', 'Upgrade', 'upgrade', 'websocket']));
    const streamsSince = performance.now();
    const silentMs = route.timeouts.streamIdle * 1000;
    const { bytesRead: read, bytesWritten: written } = upstream as Socket;
    const countBytes = byteMeter(forward.countBytes, () => {
      const { bytesRead, bytesWritten } = upstream as Socket;
      // Without those of the handshake.
      return bytesRead - read + bytesWritten - written;
    });
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      client.destroy();
      upstream.destroy();
      target.end();
      this.open.delete(tunnel);
      countBytes?.();
      const { bytesWritten: bytesIn, bytesRead: bytesOut } = upstream as Socket;
      this.traffic.note(call, 101, route, undefined, { bytesIn, bytesOut, streamsSince });
    };
    const tunnel: OpenExchange = {
      startedAt: call.startedAt,
      isStream: true,
      caller,
      check: () => {},
      cut: end,
    };
    for (const socket of [client, upstream] as Socket[]) {
      socket.setTimeout(silentMs, end);
      socket.on('error', end).on('close', end);
    }
    client.pipe(upstream);
    upstream.pipe(client);
    this.open.add(tunnel, countBytes);
  }

  private headOf(
    response: IncomingMessage,
    call: GatewayCall,
    forward: Forward,
    connection: string[],
  ): string {
    const raw = response.rawHeaders.map((each) => Buffer.from(each, 'latin1'));
    const headers = headersForClient(raw, this.decisions.viaName);
    const all = [...headers, ...forward.headers, ...connection, 'x-request-id', call.id];
    const lines = all.flatMap((name, position) =>
      position % 2 === 0 ? [`${name}: ${all[position + 1]}`] : [],
    );
    return `HTTP/1.1 ${response.statusCode} ${response.statusMessage}\r\n${lines.join('\r\n')}\r\n\r\n`;
  }

  private refuse(
    call: GatewayCall,
    client: Duplex,
    problem: Problem,
    more: readonly string[],
    route: CompiledRoute | undefined,
  ): void {
    this.traffic.note(call, problem.status, route, problem);
    if (client.destroyed) return;
    answerOnSocket(client, problem, { requestId: call.id, more, closes: true });
  }
}

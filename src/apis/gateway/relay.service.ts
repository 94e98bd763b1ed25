import { Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { trustedProxies, type Trust } from '../../platform/http/client-address.js';
import { Cors } from '../../platform/http/cors.js';
import { Settings } from '../../platform/config/settings.js';
import { letTakeLong } from '../../platform/http/long-bodies.js';
import { Readiness } from '../../platform/http/readiness.js';
import { byteMeter } from './byte-meter.js';
import { Decisions, type Forward } from './decisions.service.js';
import { Exchange, type Incoming } from './exchange.js';
import type { GatewayCall } from './gateway-call.js';
import { InternalTokens } from './internal-tokens.service.js';
import { OpenExchanges } from './open-exchanges.service.js';
import { headersForUpstream } from './relayed-headers.js';
import { TargetPools } from './target-pools.service.js';
import { Traffic } from './traffic.service.js';

/**
 * What answers of upstreams carry on this host, where the console and its cookies are: a page of theirs runs as one of a
 * foreign origin, and nothing is taken for a script that is none.
 */
const ON_THIS_HOST = ['content-security-policy', 'sandbox', 'x-content-type-options', 'nosniff'];
/** As nginx has it, for a client that went away before there was an answer. */
const CLIENT_LEFT = 499;

const isOfCors = (name: string) => name.startsWith('access-control-');
const isOfNothing = () => false;

/** Relays what was decided to let through. */
@Injectable()
export class Relay {
  private readonly trusts: Trust;
  private readonly cors: Cors;

  constructor(
    settings: Settings,
    private readonly decisions: Decisions,
    private readonly pools: TargetPools,
    private readonly tokens: InternalTokens,
    private readonly open: OpenExchanges,
    private readonly readiness: Readiness,
    private readonly traffic: Traffic,
  ) {
    this.trusts = trustedProxies(settings);
    this.cors = new Cors(settings);
  }

  /** Whether an answer is the last on its connection. */
  readonly closes = (): boolean => this.readiness.isStopping;

  async relay(incoming: Incoming, forward: Forward): Promise<void> {
    const { request, response, call } = incoming;
    const { upstream } = forward.route;
    const targets = this.pools.known(upstream) ?? (await this.pools.of(upstream));
    const corsHeaders = this.corsHeadersFor(call);
    const mayBeRead = corsHeaders.includes('access-control-allow-origin');
    const patience = letTakeLong(request.socket);
    const exchange = new Exchange(incoming, forward, {
      targets,
      headers: this.headersFor(request, call, forward),
      viaName: this.decisions.viaName,
      answerHeaders: ON_THIS_HOST,
      corsHeaders,
      replaced: mayBeRead ? isOfCors : isOfNothing,
      closes: this.closes,
      onEnd: (ended, error) => {
        patience.giveBack();
        this.open.delete(ended);
        countBytes?.();
        const status = response.headersSent ? response.statusCode : CLIENT_LEFT;
        this.traffic.note(call, status, forward.route, error, ended);
      },
    });
    const countBytes = byteMeter(forward.countBytes, () => exchange.bytesIn + exchange.bytesOut);
    this.open.add(exchange, countBytes);
    exchange.start();
  }

  /** What a page of another origin may see; names and values in turn. */
  corsHeadersFor({ headers, url }: GatewayCall): string[] {
    const own = this.cors.headersFor(headers.origin, url);
    return own ? Object.entries(own).flat() : [];
  }

  /** The headers that an upstream gets; names and values in turn. */
  headersFor(request: IncomingMessage, { id, headers }: GatewayCall, { route, caller }: Forward): string[] {
    const remoteAddress = request.socket.remoteAddress ?? '';
    return headersForUpstream(request.rawHeaders, headers, {
      requestId: id,
      viaName: this.decisions.viaName,
      remoteAddress,
      isTls: (request.socket as Partial<TLSSocket>).encrypted === true,
      isTrusted: this.trusts !== false && this.trusts(remoteAddress, 0),
      forwardsAuthorization: route.route.forward.includes('authorization'),
      forwardsCookies: route.route.forward.includes('cookie'),
      preservesHost: route.upstream.preserveHost,
      identity: this.tokens.headersFor(route, caller),
    });
  }
}

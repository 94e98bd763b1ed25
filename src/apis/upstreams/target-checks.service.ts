import { Injectable } from '@nestjs/common';
import type { Socket } from 'node:net';
import { UpstreamConnections } from './upstream-connections.service.js';
import type { Upstream } from './upstream.entity.js';
import type { TargetCheck } from './upstreams.dto.js';
import { UpstreamsService } from './upstreams.service.js';

/** Says whether the targets of an upstream can be connected to from this node. */
@Injectable()
export class TargetChecks {
  constructor(
    private readonly connections: UpstreamConnections,
    private readonly upstreams: UpstreamsService,
  ) {}

  /** Each target by itself, at the same time. */
  of(upstream: Upstream): Promise<TargetCheck[]> {
    return Promise.all(upstream.targets.map(({ url }) => this.check(upstream, url)));
  }

  private check(upstream: Upstream, url: string): Promise<TargetCheck> {
    const { hostname, port, protocol } = new URL(url);
    const isTls = protocol === 'https:';
    const destination = {
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port) || (isTls ? 443 : 80),
      isTls,
      tls: this.upstreams.tlsOf(upstream),
      within: upstream.timeouts.connect * 1000,
    };
    return new Promise((done) => {
      this.connections.open(destination, (error, socket?: Socket) => {
        socket?.on('error', () => {}).destroy();
        done({ url, isReachable: error === null, reason: error && reasonOf(error) });
      });
    });
  }
}

/** A code, or why the address is refused; nothing of what answers in the network. */
function reasonOf(error: Error & { code?: string }): string {
  return error.code === 'ADDRESS_REFUSED' ? error.message : (error.code ?? 'failed');
}

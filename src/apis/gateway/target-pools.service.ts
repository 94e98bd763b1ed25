import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Socket } from 'node:net';
import type { Pool } from 'undici';
import { UpstreamConnections, type Destination } from '../upstreams/upstream-connections.service.js';
import { UpstreamsService } from '../upstreams/upstreams.service.js';
import type { UpstreamDocument } from './gateway-document.types.js';
import { LiveTable } from './live-table.service.js';
import { UpstreamTarget, UpstreamTargets } from './upstream-targets.js';

/** Requests that began with an earlier table are done with its upstreams within this, or go on to the end. */
const CLOSE_AFTER_MS = 5_000;
const KEEP_ALIVE_MS = 30_000;
const MAX_HEADER_BYTES = 64 * 1024;

interface Entry {
  text: string;
  targets: UpstreamTargets;
}

/**
 * The connections to upstreams. An upstream that the next table has unchanged keeps its connections, and what is known of
 * its targets.
 */
@Injectable()
export class TargetPools implements OnApplicationShutdown {
  private readonly entries = new Map<string, Entry>();
  private readonly ofDocument = new WeakMap<UpstreamDocument, UpstreamTargets>();
  private readonly closing = new Set<UpstreamTargets>();
  private PoolClass: typeof Pool | undefined;

  constructor(
    private readonly connections: UpstreamConnections,
    private readonly upstreams: UpstreamsService,
    table: LiveTable,
  ) {
    table.onSwap((next) => this.forget(next.upstreams));
  }

  async onApplicationShutdown(): Promise<void> {
    const all = [...this.closing, ...[...this.entries.values()].map(({ targets }) => targets)];
    await Promise.all(all.flatMap(({ targets }) => targets.map(({ pool }) => pool.destroy())));
  }

  /** Those of an upstream of a table. Loads the client library with the first. */
  async of(upstream: UpstreamDocument): Promise<UpstreamTargets> {
    this.PoolClass ??= (await import('undici')).Pool;
    // Another request may have been here in the meantime.
    const made = this.ofDocument.get(upstream) ?? this.entryOf(upstream).targets;
    this.ofDocument.set(upstream, made);
    return made;
  }

  /** The same, once they are known. */
  known(upstream: UpstreamDocument): UpstreamTargets | undefined {
    return this.ofDocument.get(upstream);
  }

  /** Where a connection to a target goes. */
  destinationOf(upstream: UpstreamDocument, { hostname, port, protocol }: URL): Destination {
    const isTls = protocol === 'https:';
    return {
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port) || (isTls ? 443 : 80),
      isTls,
      tls: this.upstreams.tlsOf(upstream),
      within: upstream.timeouts.connect * 1000,
    };
  }

  private entryOf(upstream: UpstreamDocument): Entry {
    const text = JSON.stringify(upstream);
    const known = this.entries.get(upstream.id);
    if (known?.text === text) return known;
    const targets = new UpstreamTargets(
      upstream.targets.map(({ url, weight }) => this.target(upstream, new URL(url), weight)),
      upstream.balance,
    );
    const entry = { text, targets };
    if (known) this.closeSoon(known.targets);
    this.entries.set(upstream.id, entry);
    return entry;
  }

  private target(upstream: UpstreamDocument, url: URL, weight: number): UpstreamTarget {
    const destination = this.destinationOf(upstream, url);
    const pool = new this.PoolClass!(url.origin, {
      connect: (_options, done) => {
        this.connections.open(destination, (error, socket) => {
          if (socket) noteReuse(socket);
          done(...((error ? [error, null] : [null, socket!]) as [null, Socket]));
        });
      },
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      bodyTimeout: 0,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
    return new UpstreamTarget(url, url.pathname.replace(/\/$/, ''), weight, pool, upstream.breaker);
  }

  /** Of those that the next table has no more, or otherwise. */
  private forget(next: readonly UpstreamDocument[]): void {
    const texts = new Map(next.map((each) => [each.id, JSON.stringify(each)]));
    for (const [id, { text, targets }] of this.entries) {
      if (texts.get(id) === text) continue;
      this.entries.delete(id);
      this.closeSoon(targets);
    }
  }

  private closeSoon(targets: UpstreamTargets): void {
    this.closing.add(targets);
    setTimeout(() => {
      this.closing.delete(targets);
      for (const { pool } of targets.targets) void pool.close().catch(() => {});
    }, CLOSE_AFTER_MS).unref();
  }
}

/** Marks what a connection fails with, if it has carried an answer before. See {@link wasReused}. */
function noteReuse(socket: Socket): void {
  socket.on('error', (error: object) => {
    if (socket.bytesRead > 0) reused.add(error);
  });
}

const reused = new WeakSet<object>();

/** Whether a request failed on a connection that an upstream had kept open, and may have closed just then. */
export function wasReused(error: Error & { socket?: { bytesRead?: number } }): boolean {
  return reused.has(error) || (error.socket?.bytesRead ?? 0) > 0;
}

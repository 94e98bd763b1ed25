import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';
import type { Settings } from '../config/settings.js';
import { trustedProxies } from './client-address.js';
import { Busy } from './http.errors.js';
import { sourceOf } from './source.js';

/** A connection without a byte in either direction is closed after this, unless it is kept alive between requests. */
export const SILENT_MS = 60_000;
/** How many connections one source may have at a time. */
const MAX_OF_SOURCE = 1_000;
/** How many bytes of answers that it has not taken yet one source may leave with the server. */
const MAX_HELD_BYTES = 64 * 2 ** 20;
/** With fewer connections a source can hold no more than that of answers, so nothing is added up. */
const WORTH_COUNTING = 16;

/**
 * Bounds what one source can hold: connections, and bytes of answers that it does not read. Connections of a proxy that
 * `TRUST_PROXY` names count for the client of their last request.
 */
export class Connections {
  private readonly isProxy: (address: string) => boolean;
  private readonly isOn: boolean;
  private readonly sources = new Map<string, Set<Socket>>();
  private readonly sourceOfSocket = new WeakMap<Socket, string>();

  constructor(settings: Pick<Settings, 'TRUST_PROXY' | 'RATE_LIMIT'>) {
    const trusts = trustedProxies(settings);
    this.isProxy = (address) => trusts !== false && trusts(address, 0);
    this.isOn = settings.RATE_LIMIT === 'on';
  }

  /** Counts the connections of a server from now on; a source that has enough gets no more. */
  watch(server: FastifyInstance): void {
    if (!this.isOn) return;
    server.server.on('connection', (socket: Socket) => {
      const address = socket.remoteAddress ?? '';
      socket.once('close', () => this.leave(socket));
      if (this.isProxy(address)) return;
      const source = sourceOf(address);
      if (this.countOf(source) >= MAX_OF_SOURCE) socket.destroy();
      else this.count(socket, source);
    });
  }

  /** The refusal of a request whose source holds too much; `undefined` lets it in. */
  refusalOf({ ip, raw: { socket } }: FastifyRequest): Busy | undefined {
    if (!this.isOn) return undefined;
    if (this.sourceOfSocket.get(socket) === undefined || this.isProxy(socket.remoteAddress ?? ''))
      this.count(socket, sourceOf(ip));
    const source = this.sourceOfSocket.get(socket)!;
    const count = this.countOf(source);
    if (count <= WORTH_COUNTING) return undefined;
    return count > MAX_OF_SOURCE || this.heldBy(source) > MAX_HELD_BYTES ? new Busy() : undefined;
  }

  private count(socket: Socket, source: string): void {
    if (this.sourceOfSocket.get(socket) === source) return;
    this.leave(socket);
    const sockets = this.sources.get(source) ?? new Set();
    this.sources.set(source, sockets.add(socket));
    this.sourceOfSocket.set(socket, source);
  }

  private leave(socket: Socket): void {
    const source = this.sourceOfSocket.get(socket);
    if (source === undefined) return;
    const sockets = this.sources.get(source);
    sockets?.delete(socket);
    if (sockets?.size === 0) this.sources.delete(source);
    this.sourceOfSocket.delete(socket);
  }

  private countOf(source: string): number {
    return this.sources.get(source)?.size ?? 0;
  }

  private heldBy(source: string): number {
    let bytes = 0;
    for (const { writableLength } of this.sources.get(source) ?? []) bytes += writableLength;
    return bytes;
  }
}

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer, type AddressInfo, type Server as SocketServer } from 'node:net';
import type { Duplex } from 'node:stream';

/** Takes requests before Fastify sees them: the gateway, whose bodies, headers and paths are not ours to read. */
export interface Guest {
  /** Whether a request for this target is its own. */
  takes: (target: string) => boolean;
  /** Answers it. `expectsContinue` says that the client waits for 100 before it sends the body. */
  answer: (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) => void;
  /** Answers a WebSocket handshake on the bare socket. */
  tunnel: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

const fronts = new WeakMap<Server, Front>();

/** What stands in front of the routes of a server. */
export function frontOf(server: Server): Front | undefined {
  return fronts.get(server);
}

/** Lets a guest have its requests, and everything else go the usual way. */
export class Front {
  private guest: Guest | undefined;
  private server: Server;

  /** To be called once, with the server that asks it. */
  stand(server: Server): void {
    this.server = server;
    fronts.set(server, this);
  }

  /** Whether the guest answers. */
  takes(request: IncomingMessage, response: ServerResponse): boolean {
    if (!this.guest?.takes(request.url ?? '')) return false;
    this.guest.answer(request, response, false);
    return true;
  }

  /** From now on, this guest is asked first. */
  receive(guest: Guest): void {
    this.guest = guest;
    const { server } = this;
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      if (guest.takes(request.url ?? '')) return guest.answer(request, response, true);
      response.writeContinue();
      server.emit('request', request, response);
    });
    this.watchUpgrades(guest);
  }

  /**
   * Node hands out the bare socket as soon as anything listens for `upgrade`, though a client that asks for HTTP/2, as
   * Java's does of every server, does not need it. Only what a listener wants goes there.
   */
  private watchUpgrades(guest: Guest): void {
    const { server } = this;
    const emit = server.emit.bind(server) as (name: string, ...args: unknown[]) => boolean;
    const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): boolean => {
      const isOurs = guest.takes(request.url ?? '');
      if (isOurs && isWebSocket(request)) guest.tunnel(request, socket, head);
      else if (isOurs || server.listenerCount('upgrade') === 1) readAgain(server, request, socket, head);
      else return emit('upgrade', request, socket, head);
      return true;
    };
    server.emit = ((name: string, ...args: unknown[]) =>
      name === 'upgrade'
        ? upgrade(...(args as Parameters<typeof upgrade>))
        : emit(name, ...args)) as Server['emit'];
    // Without any listener, Node does not tell of them.
    server.on('upgrade', () => {});
  }
}

function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/** RFC 9110 §7.8: a server may ignore `Upgrade`. The request is read once more, as if it had not been there. */
function readAgain(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let position = 0; position < rawHeaders.length; position += 2) {
    const [name, value] = [rawHeaders[position]!, rawHeaders[position + 1]!];
    if (/^(upgrade|http2-settings)$/i.test(name)) continue;
    const kept = /^connection$/i.test(name) ? withoutUpgrade(value) : value;
    if (kept !== '' || value === '') lines.push(`${name}: ${kept}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}

function withoutUpgrade(connection: string): string {
  const tokens = connection.split(',').map((token) => token.trim());
  return tokens.filter((token) => !/^(upgrade|http2-settings)$/i.test(token)).join(', ');
}

/**
 * `localhost` is two addresses. Fastify listens on the second only with a server that it made itself; so connections to it
 * are handed to the server that listens on the first, and all its rules hold for them.
 */
export function listenOnBothLoopbacks(server: Server): void {
  let other: SocketServer | undefined;
  server.on('listening', () => {
    const { address, port } = server.address() as AddressInfo;
    const host = { '127.0.0.1': '::1', '::1': '127.0.0.1' }[address];
    if (host === undefined) return;
    other = createServer((socket) => server.emit('connection', socket));
    // There may be no IPv6, or another process on it.
    other.on('error', () => {});
    other.listen({ port, host, ipv6Only: true });
  });
  const { close } = server;
  server.close = (done) => {
    other?.close();
    other = undefined;
    return close.call(server, done);
  };
}

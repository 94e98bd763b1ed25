import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A request as an upstream saw it. */
export interface Seen {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  rawHeaders: string[];
  body: string;
}

type Answer = (request: IncomingMessage, response: ServerResponse, seen: Seen) => unknown;

/** A service behind the gateway, for one spec. It notes what it gets. */
export class Upstream {
  readonly seen: Seen[] = [];
  readonly sockets = new Set<Socket>();
  /** In place of the echo. */
  answer: Answer = (_request, response, seen) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ method: seen.method, url: seen.url, body: seen.body }));
  };
  /** Whether the body is read before `answer` is asked. */
  readsFirst = true;

  private constructor(
    readonly server: Server,
    readonly url: string,
  ) {}

  static async start(port = 0): Promise<Upstream> {
    const server = createServer((request, response) => void upstream.serve(request, response));
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const upstream: Upstream = new Upstream(
      server,
      `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    );
    server.on('connection', (socket: Socket) => {
      upstream.sockets.add(socket);
      socket.on('close', () => upstream.sockets.delete(socket)).on('error', () => {});
    });
    return upstream;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((done) => this.server.close(done));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers, rawHeaders } = request;
    const seen: Seen = { method, url, headers, rawHeaders, body: '' };
    this.seen.push(seen);
    request.on('error', () => {});
    if (this.readsFirst) for await (const chunk of request) seen.body += String(chunk);
    this.answer(request, response, seen);
  }
}

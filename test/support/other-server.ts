import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A server of another system, on this machine, that answers as a spec says and remembers what it was asked. */
export class OtherServer {
  readonly asked: { method: string; path: string; headers: IncomingMessage['headers']; body: string }[] = [];
  /** How many connections were made to it, whether something was asked by them or not. */
  connections = 0;
  answer: Answer = (_request, response) => void response.end();

  private constructor(private readonly server: Server) {
    server.on('connection', () => this.connections++);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url: path = '', headers } = request;
        const body = Buffer.concat(chunks).toString();
        this.asked.push({ method, path, headers, body });
        this.answer(request, response, body);
      });
    });
  }

  static async start(): Promise<OtherServer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new OtherServer(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The address of something on it. */
  at(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** Answers with this document from now on. */
  publish(document: unknown, headers: Record<string, string> = {}): void {
    this.answer = (_request, response) => {
      response
        .writeHead(200, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(document));
    };
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}

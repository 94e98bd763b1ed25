import { once } from 'node:events';
import { WebSocket } from 'ws';
import { deferred } from './deferred.js';

interface Message {
  event: string;
  data: any;
}

/** A client at the other end of a WebSocket. */
export class SocketClient {
  private readonly inbox: Message[] = [];
  private arrived = deferred();

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (text) => {
      this.inbox.push(JSON.parse(String(text)) as Message);
      this.arrived.resolve();
      this.arrived = deferred();
    });
  }

  static async open(url: string, headers: Record<string, string> = {}) {
    const socket = new WebSocket(url.replace('http', 'ws'), { headers });
    const client = new SocketClient(socket);
    await once(socket, 'open');
    return client;
  }

  /** Sends a message and gives what came back next. */
  async ask(event: string, data?: unknown): Promise<Message> {
    this.send(event, data);
    return this.next();
  }

  send(event: string, data?: unknown): void {
    this.socket.send(JSON.stringify({ event, data }));
  }

  async next(): Promise<Message> {
    while (this.inbox.length === 0) await this.arrived.promise;
    return this.inbox.shift()!;
  }

  /** What has come and was not read. */
  get unread(): readonly Message[] {
    return this.inbox;
  }

  async close(): Promise<void> {
    this.socket.close();
    await once(this.socket, 'close');
  }
}

import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Answer, Client } from './client.js';

export const NDJSON = { 'content-type': 'application/x-ndjson' };

/** Objects as JSON lines; a string is a line as it is. */
export function linesOf(...lines: (object | string)[]): string {
  return lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
}

/** Sends JSON lines to an import. */
export function sendLines(client: Client, path: string, ...lines: (object | string)[]): Promise<Answer> {
  return client.post(path, linesOf(...lines), NDJSON);
}

/** The lines of an export. */
export function parsedLines({ text }: Pick<Answer, 'text'>): Record<string, any>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, any>);
}

/** An import whose lines come when a spec sends them. */
export class Upload {
  private readonly outgoing: ClientRequest;
  private readonly answered: Promise<IncomingMessage>;

  constructor({ url, headers }: Client, path: string) {
    this.outgoing = request(url + path, { method: 'POST', headers: { ...headers, ...NDJSON }, agent: false });
    this.answered = once(this.outgoing, 'response').then(([response]) => response as IncomingMessage);
    // Of those that are broken off, no test waits for an answer.
    this.answered.catch(() => {});
    this.outgoing.on('error', () => {});
  }

  /** A string is sent as it is, whole lines or not. */
  send(...lines: (object | string)[]): void {
    for (const line of lines) this.outgoing.write(typeof line === 'string' ? line : linesOf(line));
  }

  breakOff(): void {
    this.outgoing.destroy();
  }

  async end(): Promise<{ status: number; body: any }> {
    this.outgoing.end();
    return this.answer();
  }

  async answer(): Promise<{ status: number; body: any }> {
    const response = await this.answered;
    const text = await new Response(Readable.toWeb(response) as ReadableStream).text();
    return { status: response.statusCode!, body: JSON.parse(text) };
  }
}

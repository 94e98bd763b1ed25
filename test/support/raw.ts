import { request } from 'node:http';
import { connect } from 'node:net';
import type { Answer } from './client.js';

const PATIENCE_MS = 3_000;

/** Sends these bytes and gives what came back until the server closed, or fell silent. */
export function sendRaw(url: string, bytes: string): Promise<string> {
  const { port, hostname } = new URL(url);
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes, 'latin1'));
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.on('data', (data) => (received += data.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => resolve(received));
  });
}

/** The status lines of all responses in what came back. */
export function statusesIn(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

/** A request with a method or a path that `fetch` will not send as it is. */
export function sendAsIs(
  url: string,
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { port, hostname } = new URL(url);
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, hostname, path, method, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (data: Buffer) => (text += data.toString()));
      response.on('end', () => {
        const received = new Headers(response.headers as Record<string, string>);
        resolve({
          status: response.statusCode!,
          headers: received,
          text,
          body: text ? JSON.parse(text) : undefined,
        });
      });
    });
    outgoing.on('error', reject).end();
  });
}

/** Posts JSON under the name of another host, which `fetch` will not do, and gives the status. */
export function postAs(
  url: string,
  path: string,
  headers: Record<string, string>,
  body: unknown,
): Promise<number> {
  const { port, hostname } = new URL(url);
  const options = { port, hostname, path, method: 'POST', agent: false };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { ...options, headers: { 'content-type': 'application/json', ...headers } },
      (response) => response.resume().on('end', () => resolve(response.statusCode!)),
    );
    outgoing.on('error', reject).end(JSON.stringify(body));
  });
}

import { once } from 'node:events';
import { request, type IncomingMessage, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SILENT_MS } from '../../../src/platform/http/connections.js';
import { startApp, type TestApp } from '../../support/app.js';

const BUNDLE = '/docs/swagger-ui-bundle.js';
const MIB = 2 ** 20;

describe('what one source may hold', () => {
  let app: TestApp;
  let sockets: Socket[];

  beforeEach(() => {
    sockets = [];
  });
  afterEach(async () => {
    sockets.forEach((socket) => socket.destroy());
    await app.close();
  });

  const start = async (env: Record<string, string> = {}) => {
    app = await startApp({ env: { RATE_LIMIT: 'on', LOG_LEVEL: 'warn', ...env } });
  };
  const port = () => Number(new URL(app.url).port);
  /** A connection that sends this and reads nothing. */
  const open = async (from: string, text = '') => {
    const socket = connect({ port: port(), host: '127.0.0.1', localAddress: from });
    socket.pause();
    socket.on('error', () => {});
    sockets.push(socket);
    await once(socket, 'connect');
    socket.write(text);
    return socket;
  };
  const asking = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;
  const get = (from: string, path = '/health/live', headers: Record<string, string> = {}) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const options = { port: port(), host: '127.0.0.1', localAddress: from, path, headers, agent: false };
      const outgoing = request(options, async (response: IncomingMessage) => {
        let body = '';
        for await (const chunk of response) body += String(chunk);
        resolve({ status: response.statusCode!, body });
      });
      outgoing.on('error', reject).end();
    });
  const closed = (socket: Socket) => {
    socket.resume();
    return socket.closed || once(socket, 'close').then(() => true);
  };

  it('is 1,000 connections, of which other sources notice nothing', async () => {
    await start();
    for (let n = 0; n < 1000; n++) await open('127.0.0.1');
    await expect(get('127.0.0.1')).rejects.toThrow(/ECONNRESET|socket hang up/);
    expect(await closed(await open('127.0.0.1'))).toBe(true);
    expect((await get('127.0.0.2')).status).toBe(200);

    const [first] = sockets;
    first!.destroy();
    await expect.poll(async () => get('127.0.0.1').catch(() => undefined)).toMatchObject({ status: 200 });
  });

  it('is 64 MiB of answers that it does not read, which are one copy of what is static', async () => {
    await start();
    await get('127.0.0.1', BUNDLE);
    const before = process.memoryUsage().external;
    // Some 250 MB of answers, if they were taken.
    for (let n = 0; n < 60; n++) await open('127.0.0.1', asking(BUNDLE).repeat(3));
    await expect
      .poll(async () => JSON.parse((await get('127.0.0.1')).body).code, { timeout: 10_000 })
      .toBe('busy');
    expect(process.memoryUsage().external - before).toBeLessThan(20 * MIB);
    expect((await get('127.0.0.2')).status).toBe(200);
    sockets.forEach((socket) => socket.destroy());
    await expect.poll(async () => (await get('127.0.0.1')).status).toBe(200);
  });

  it('is counted for the client that a proxy names, and not for the proxy', async () => {
    await start({ TRUST_PROXY: '1' });
    const client = (n: number) => `X-Forwarded-For: 192.0.2.${n}\r\n`;
    for (let n = 0; n < 60; n++) await open('127.0.0.1', asking(BUNDLE, client(1)).repeat(3));
    const as = (n: number) => get('127.0.0.1', '/health/live', { 'x-forwarded-for': `192.0.2.${n}` });
    await expect.poll(async () => (await as(1)).status, { timeout: 10_000 }).toBe(503);
    expect((await as(2)).status).toBe(200);
  });

  it('is let go when it takes nothing for a minute', async () => {
    await start();
    const server = app.nest.getHttpServer() as Server;
    expect(server.timeout).toBe(SILENT_MS);
    // A minute, shortened.
    server.timeout = 400;
    const stuck = await open('127.0.0.1', asking(BUNDLE).repeat(8));
    const silent = await open('127.0.0.1', 'GET / HTTP/1.1\r\nHo');
    const connections = async () =>
      new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)));
    expect(await connections()).toBe(2);
    await expect.poll(connections, { timeout: 5_000 }).toBe(0);
    expect([await closed(stuck), await closed(silent)]).toEqual([true, true]);
    expect((await get('127.0.0.1', BUNDLE)).status).toBe(200);
  });
});

import { once } from 'node:events';
import { request as send, type IncomingMessage, type RequestOptions } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { startApp, type TestApp } from '../../support/app.js';
import { keyFor, makeApi, publish, type TestApi } from '../../support/gateway.js';
import { sendRaw, statusesIn } from '../../support/raw.js';
import { Upstream } from '../../support/upstream.js';

const OPEN = { isPublic: true };
const ALL = ['GET', 'POST', 'PUT', 'DELETE'];
/** Raised by what has just happened, with room for a machine that is busy. */
const SOON = { timeout: 3_000, interval: 5 };

describe('the relay', () => {
  let app: TestApp;
  let upstream: Upstream;
  let api: TestApi;
  /** Its sockets are handled by the spec itself. */
  let raw: Server;
  let rawApi: TestApi;
  let onRaw: (socket: Socket) => void = (socket) => socket.destroy();
  const rawSockets = new Set<Socket>();

  beforeAll(async () => {
    app = await startApp();
    upstream = await Upstream.start();
    raw = createServer((socket) => {
      rawSockets.add(socket);
      socket.on('error', () => {}).on('close', () => rawSockets.delete(socket));
      onRaw(socket);
    }).listen(0, '127.0.0.1');
    await once(raw, 'listening');
    api = await makeApi(
      app,
      [upstream.url],
      [
        { methods: ALL, path: '/any/*', ...OPEN },
        { methods: ALL, path: '/small', ...OPEN, bodyLimit: 1_000 },
        { methods: ['GET'], path: '/cookies', ...OPEN, forward: ['cookie'] },
        { methods: ['GET'], path: '/loose/*', ...OPEN, allowEmptySegments: true, allowEncodedSlash: true },
        { methods: ['GET'], path: '/secret', scopes: ['items:read'] },
        { methods: ['GET'], path: '/guarded/*', scopes: ['items:read'] },
      ],
    );
    const { port } = raw.address() as AddressInfo;
    rawApi = await makeApi(app, [`http://127.0.0.1:${port}`], [{ methods: ALL, path: '/*', ...OPEN }], {
      upstream: { timeouts: { head: 1, idle: 1, streamIdle: 5, connect: 1 }, breaker: { failures: 1000 } },
    });
    await publish(app);
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
    for (const socket of rawSockets) socket.destroy();
    await new Promise((done) => raw.close(done));
  });
  const echo = upstreamEcho();
  beforeEach(() => {
    upstream.answer = echo;
    upstream.readsFirst = true;
    upstream.seen.length = 0;
  });

  const options = (path: string, more: RequestOptions = {}): RequestOptions => {
    const { hostname, port } = new URL(app.url);
    return { hostname, port, path, agent: false, ...more };
  };
  const get = (path: string, headers: Record<string, string | string[]> = {}) =>
    ask(options(path, { headers: headers as never }));

  describe('of paths', () => {
    it.each([
      '/any/a%20b?x=%2f&y',
      '/any/%7Euser',
      '/any/a;v=1/b',
      '/any/;',
      '/any/é'.replace('é', '%C3%A9'),
      '/any/a//'.slice(0, -1),
    ])('sends %s on as it came', async (path) => {
      const { status } = await get(api.base + path);
      expect(status).toBe(200);
      expect(upstream.seen.map(({ url }) => url)).toEqual([path]);
    });

    it.each([
      '/any/../secret',
      '/any/%2e%2e/secret',
      '/any/.%2E/secret',
      '/any/%252e%252e/secret',
      '/any/..;x=1/secret',
      '/any/./x',
      '/any/a\\b',
      '/any/a%5cb',
      '/any/a%00',
      '/any/a%0d%0ab',
      '/any/%zz',
      '/any/%',
      '/any/a%ff',
      '/any//x',
      '/any/a%2fb',
      '/loose/..%2f..%2fsecret',
      '/loose/%2e%2e%2fsecret',
    ])('refuses %s', async (path) => {
      const { status, body } = await get(api.base + path);
      expect([status, JSON.parse(body).code]).toEqual([400, 'unsafe_path']);
      expect(upstream.seen).toEqual([]);
    });

    it('lets a route take what others do not', async () => {
      expect((await get(`${api.base}/loose/a//b%2fc`)).status).toBe(200);
      expect(upstream.seen[0]!.url).toBe('/loose/a//b%2fc');
    });

    it.each(['/%73ecret', '/secret;x=1', '/secret/', '/secret%3Bx', '/guarded/%61'])(
      'guards %s as what the upstream will read',
      async (path) => {
        expect((await get(api.base + path)).status).toBe(401);
        expect(upstream.seen).toEqual([]);
      },
    );
  });

  describe('of headers', () => {
    it('tells the upstream nothing on the word of the client', async () => {
      await get(`${api.base}/any/x`, {
        connection: 'keep-alive, x-secret, authorization',
        'x-secret': '1',
        'x-gatehouse-subject': 'me',
        x_gatehouse_subject: 'me',
        'x-forwarded-for': '6.6.6.6',
        forwarded: 'for=6.6.6.6',
        'x-real-ip': '6.6.6.6',
        'x-request-id': 'mine',
        te: 'trailers',
        'proxy-authorization': 'Basic x',
        authorization: 'Bearer x',
        cookie: 'a=1',
        dpop: 'x',
        tracestate: 'a=1',
        'x-kept': 'yes',
      });
      const { headers } = upstream.seen[0]!;
      expect(headers).toMatchObject({
        'x-kept': 'yes',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': new URL(app.url).host,
        via: expect.stringMatching(/^1\.1 gatehouse-[\da-f]{8}$/),
        traceparent: expect.stringMatching(/^00-[\da-f]{32}-[\da-f]{16}-00$/),
        'x-request-id': expect.stringMatching(/^[\da-f-]{36}$/),
        host: new URL(upstream.url).host,
      });
      const others = [
        'x-secret',
        'x-gatehouse-subject',
        'x_gatehouse_subject',
        'forwarded',
        'x-real-ip',
        'te',
      ];
      const secrets = ['proxy-authorization', 'authorization', 'cookie', 'dpop', 'tracestate'];
      for (const name of [...others, ...secrets]) expect(headers, name).not.toHaveProperty(name);
    });

    it('keeps a trace, and cookies where the route says so, but its own', async () => {
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      const cookie = 'a=1; gatehouse_access=x; __Host-gatehouse_refresh=y; b=2';
      await get(`${api.base}/cookies`, { traceparent, tracestate: 'a=1', cookie });
      expect(upstream.seen[0]!.headers).toMatchObject({ traceparent, tracestate: 'a=1', cookie: 'a=1; b=2' });
    });

    it('passes on what the upstream says of the answer, and not of the connection or the host', async () => {
      upstream.answer = (_request, response) => {
        response.writeHead(302, [
          ['location', 'http://169.254.169.254/'],
          ['connection', 'x-hop'],
          ['x-hop', '1'],
          ['set-cookie', 'a=1'],
          ['set-cookie', 'gatehouse_access=stolen'],
          ['set-cookie', '__Host-gatehouse_access=stolen'],
          ['clear-site-data', '"*"'],
          ['x-request-id', 'theirs'],
          ['x-own', 'yes'],
        ]);
        response.end('moved');
      };
      const { status, headers, body } = await get(`${api.base}/any/x`);
      expect([status, body]).toEqual([302, 'moved']);
      expect(headers).toMatchObject({
        location: 'http://169.254.169.254/',
        'set-cookie': ['a=1'],
        'x-own': 'yes',
        via: expect.stringContaining('gatehouse-'),
        'content-security-policy': 'sandbox',
        'x-request-id': expect.stringMatching(/^[\da-f-]{36}$/),
      });
      expect(headers).not.toHaveProperty('x-hop');
      expect(headers).not.toHaveProperty('clear-site-data');
      expect(upstream.seen).toHaveLength(1);
    });

    it('sees a request that comes back', async () => {
      await get(`${api.base}/any/x`);
      const { via } = upstream.seen[0]!.headers;
      const { status, body } = await get(`${api.base}/any/x`, { via: `1.0 other, ${via}` });
      expect([status, JSON.parse(body).code]).toEqual([508, 'loop_detected']);
      expect((await get(`${api.base}/any/x`, { via: '1.1 gatehouse-other' })).status).toBe(200);
    });

    it('refuses two Authorization headers', async () => {
      const lines = `GET ${api.base}/any/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\nConnection: close\r\n\r\n`;
      expect(statusesIn(await sendRaw(app.url, lines))).toEqual([400]);
    });
  });

  describe('of bodies', () => {
    it('sends them both ways, by length and in chunks', async () => {
      const text = 'x'.repeat(300_000);
      const fixed = await ask(
        options(`${api.base}/any/x`, { method: 'POST', headers: { 'content-length': text.length } }),
        text,
      );
      expect(JSON.parse(fixed.body)).toMatchObject({ method: 'POST', body: text });
      expect(upstream.seen[0]!.headers['content-length']).toBe(String(text.length));
      const chunked = await ask(
        options(`${api.base}/any/x`, { method: 'PUT', headers: { 'transfer-encoding': 'chunked' } }),
        text,
      );
      expect(JSON.parse(chunked.body).body).toBe(text);
      expect(upstream.seen[1]!.headers['transfer-encoding']).toBe('chunked');
      const head = await ask(options(`${api.base}/any/x`, { method: 'HEAD' }));
      expect([head.status, head.body]).toEqual([200, '']);
    });

    it('counts them on the way', async () => {
      const said = await ask(
        options(`${api.base}/small`, { method: 'POST', headers: { 'content-length': 2_000 } }),
        'x'.repeat(2_000),
      );
      expect([said.status, JSON.parse(said.body).code]).toEqual([413, 'body_too_large']);
      expect(upstream.seen).toEqual([]);
      const unsaid = await ask(options(`${api.base}/small`, { method: 'POST' }), 'x'.repeat(2_000));
      expect(unsaid.status).toBe(413);
      expect((await ask(options(`${api.base}/small`, { method: 'POST' }), 'x'.repeat(1_000))).status).toBe(
        200,
      );
    });

    it('asks for them once it is sure that the upstream takes them', async () => {
      const expecting = { method: 'POST', headers: { expect: '100-continue', 'content-length': 5 } };
      const outgoing = send(options(`${api.base}/any/x`, expecting));
      outgoing.flushHeaders();
      await once(outgoing, 'continue');
      const [response] = (await once(outgoing.end('hello'), 'response')) as [IncomingMessage];
      expect(JSON.parse(await textOf(response)).body).toBe('hello');
      const refused = send(options(`${api.base}/none`, expecting));
      refused.on('error', () => {});
      refused.flushHeaders();
      const [answer] = (await once(refused, 'response')) as [IncomingMessage];
      expect(answer.statusCode).toBe(404);
      refused.destroy();
    });

    it('hands on an answer that comes before the body was read', async () => {
      upstream.readsFirst = false;
      upstream.answer = (_request, response) => response.writeHead(401).end('no');
      const { status, body } = await ask(
        options(`${api.base}/any/x`, { method: 'POST' }),
        'x'.repeat(4_000_000),
      );
      expect([status, body]).toEqual([401, 'no']);
    });

    it('hands on events as they come', async () => {
      let response: { write: (text: string) => unknown; end: () => unknown } | undefined;
      upstream.answer = (_request, answer) => {
        answer.writeHead(200, { 'content-type': 'text/event-stream' });
        answer.flushHeaders();
        response = answer;
      };
      const outgoing = send(options(`${api.base}/any/x`)).end();
      const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
      for (const event of ['one', 'two']) {
        response!.write(`data: ${event}\n\n`);
        expect(String((await once(incoming, 'data'))[0])).toBe(`data: ${event}\n\n`);
      }
      response!.end();
      await once(incoming, 'end');
    });

    it('takes no more from the upstream than the client reads', async () => {
      let sent = 0;
      let hasGone = false;
      upstream.answer = (_request, response) => {
        response.on('close', () => (hasGone = true));
        const more = () => {
          while (sent < 60_000_000) {
            sent += 100_000;
            if (!response.write(Buffer.alloc(100_000))) return void response.once('drain', more);
          }
          response.end();
        };
        more();
      };
      const outgoing = send(options(`${api.base}/any/x`)).end();
      const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
      let before = -1;
      await vi.waitFor(
        () => {
          const isStill = sent === before;
          before = sent;
          expect(isStill).toBe(true);
        },
        { timeout: 5_000, interval: 200 },
      );
      expect(sent).toBeLessThan(30_000_000);
      incoming.destroy();
      await vi.waitFor(() => expect(hasGone).toBe(true), SOON);
    });
  });

  describe('when a client goes away', () => {
    it.each(['before the head', 'in the body', 'in the upload'])(
      'lets go of the upstream %s',
      async (when) => {
        upstream.readsFirst = false;
        let hasGone = false;
        upstream.answer = (_request, response) => {
          response.on('close', () => (hasGone = true));
          if (when === 'in the body') response.write('a');
        };
        const method = when === 'in the upload' ? 'POST' : 'GET';
        const outgoing = send(options(`${api.base}/any/x`, { method }));
        outgoing.on('error', () => {});
        if (method === 'POST') outgoing.write('a');
        else outgoing.end();
        if (when === 'in the body') await once(outgoing, 'response');
        await vi.waitFor(() => expect(upstream.seen).toHaveLength(1), SOON);
        const before = performance.now();
        outgoing.destroy();
        await vi.waitFor(() => expect(hasGone).toBe(true), SOON);
        expect(performance.now() - before).toBeLessThan(1_000);
      },
    );
  });

  describe('of upstreams that misbehave', () => {
    const answering = (bytes: string, then: 'end' | 'reset' | 'stay' = 'end') => {
      onRaw = (socket) =>
        socket.once('data', () => {
          if (then === 'end') socket.end(bytes, 'latin1');
          else socket.write(bytes, 'latin1', () => then === 'reset' && socket.resetAndDestroy());
        });
    };
    const code = async (method = 'GET') => {
      const { status, body } = await ask(
        options(`${rawApi.base}/x`, { method }),
        method === 'POST' ? 'x' : undefined,
      );
      return [status, JSON.parse(body).code];
    };

    it('says that nothing came, or no HTTP, or not in time', async () => {
      onRaw = (socket) => socket.resetAndDestroy();
      expect(await code()).toEqual([502, 'upstream_unreachable']);
      answering('SSH-2.0-OpenSSH\r\n');
      expect(await code()).toEqual([502, 'upstream_broken']);
      answering('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n', 'stay');
      expect(await code()).toEqual([504, 'upstream_timeout']);
    });

    it('waits for a body as long as some of it comes', async () => {
      let received = '';
      onRaw = (socket) =>
        socket.on('data', (data) => {
          received += data.toString('latin1');
          if (received.endsWith('0\r\n\r\n')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone');
        });
      const outgoing = send(options(`${rawApi.base}/x`, { method: 'POST' }));
      let left = 6;
      const timer = setInterval(() => (left-- > 0 ? outgoing.write('piece') : outgoing.end()), 400);
      const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
      clearInterval(timer);
      expect([response.statusCode, await textOf(response)]).toEqual([200, 'done']);
      const silent = send(options(`${rawApi.base}/x`, { method: 'POST' }));
      silent.on('error', () => {});
      silent.write('piece');
      const [late] = (await once(silent, 'response')) as [IncomingMessage];
      expect(late.statusCode).toBe(408);
      silent.destroy();
    });

    it.each([
      ['shorter than it says', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', 'end'],
      ['cut off in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n', 'end'],
      ['reset in the middle', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', 'reset'],
      ['silent in the middle', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', 'stay'],
    ] as const)('cuts an answer that is %s', async (_what, bytes, then) => {
      answering(bytes, then);
      await expect(get(`${rawApi.base}/x`)).rejects.toThrow(/aborted|ECONNRESET|hang up/);
    });

    it('never shows what comes after the length that was said', async () => {
      answering(
        'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil',
      );
      expect((await get(`${rawApi.base}/x`)).body).toBe('abc');
      answering('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood');
      expect((await get(`${rawApi.base}/y`)).body).toBe('good');
    });

    it('sends again what met a connection that had just been closed, and never a POST', async () => {
      const seen: string[] = [];
      let isDying = false;
      onRaw = (socket) => {
        socket.on('data', (data) => {
          seen.push(data.toString('latin1').split(' ')[0]!);
          // Answers once, and closes on the next request without a word.
          if (isDying) return socket.destroy();
          isDying = true;
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        });
      };
      const reviving = () => {
        const dying = onRaw;
        onRaw = (socket) => {
          isDying = false;
          dying(socket);
        };
      };
      reviving();
      expect((await get(`${rawApi.base}/x`)).body).toBe('ok');
      expect((await get(`${rawApi.base}/x`)).body).toBe('ok');
      expect(seen).toEqual(['GET', 'GET', 'GET']);
      const posted: number[] = [];
      for (let count = 0; count < 4; count++)
        posted.push((await ask(options(`${rawApi.base}/x`, { method: 'POST' }), 'x')).status);
      expect(posted).toContain(502);
      expect(seen.slice(3)).toEqual(posted.map(() => 'POST'));
    });
  });

  it('tunnels a WebSocket, and ends it with its key', async () => {
    const sockets = new WebSocketServer({ server: upstream.server });
    sockets.on('connection', (socket, request) => {
      socket.send(String(request.url));
      socket.on('message', (data) => socket.send(`echo ${String(data)}`));
    });
    try {
      const url = `${app.url.replace('http', 'ws')}${api.base}/guarded/live?a=1`;
      const refused = new WebSocket(url);
      const [error] = await once(refused, 'error');
      expect(String(error)).toContain('401');
      const key = await keyFor(app, api);
      const socket = new WebSocket(url, { headers: { authorization: `Bearer ${key.key}` } });
      expect(String((await once(socket, 'message'))[0])).toBe('/guarded/live?a=1');
      socket.send('hello');
      expect(String((await once(socket, 'message'))[0])).toBe('echo hello');
      const closed = once(socket, 'close');
      await (await app.as.admin()).delete(`/v1/api-keys/${key.id}`);
      await closed;
    } finally {
      sockets.close();
    }
  });

  it('answers a request that asks for HTTP/2 as if it had not', async () => {
    const upgrade =
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
    const body = JSON.stringify({ email: 'a@example.com', password: 'wrong password here' });
    const own = `POST /v1/auth/login HTTP/1.1\r\nHost: x\r\n${upgrade}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const relayed = `GET ${api.base}/any/x HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`;
    const last = `GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
    expect(statusesIn(await sendRaw(app.url, own + last))).toEqual([401, 200]);
    expect(statusesIn(await sendRaw(app.url, relayed + last))).toEqual([200, 200]);
  });

  it('leaves a connection usable after a refusal', async () => {
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname);
    let received = '';
    socket.on('data', (data: Buffer) => (received += data.toString('latin1')));
    for (const path of ['/nothing', '/any/x']) {
      socket.write(`GET ${api.base}${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      await vi.waitFor(
        () => expect(received).toContain(path === '/any/x' ? '"url":"/any/x"' : 'no_route'),
        SOON,
      );
    }
    expect(statusesIn(received)).toEqual([404, 200]);
    socket.destroy();
  });
});

interface Told {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

/** What the upstream does unless a test says otherwise. */
function upstreamEcho(): Upstream['answer'] {
  return (_request, response, seen) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ method: seen.method, url: seen.url, body: seen.body }));
  };
}

function ask(options: RequestOptions, body?: string): Promise<Told> {
  return new Promise((done, fail) => {
    const outgoing = send(options, (response) => {
      textOf(response).then(
        (text) => done({ status: response.statusCode!, headers: response.headers, body: text }),
        fail,
      );
    });
    outgoing.on('error', fail).end(body);
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}

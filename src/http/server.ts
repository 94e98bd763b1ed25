import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import type { Settings } from '../config/settings.js';
import type { Metrics } from './metrics.js';
import { MalformedRequest, MethodNotAllowed, UnsupportedMediaType } from './http.errors.js';
import { asProblem, sendProblem } from './problem.filter.js';
import { Problem } from './problem.js';
import type { Readiness } from './readiness.js';
import { SECURITY_HEADERS } from './security-headers.js';
import { timeOrderedId } from './time-ordered-id.js';

const BODY_LIMIT = 64 * 1024;
/** Room for an over-long token, which is answered 401 and not by a closed connection. */
const MAX_HEADER_BYTES = 32 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;

/** Fastify as this server needs it. */
export function makeAdapter(settings: Settings, logger: Logger): FastifyAdapter {
  return new FastifyAdapter({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: timeOrderedId,
    // A child logger for each request costs more than it tells: what is logged names the request itself.
    childLoggerFactory: (parent: FastifyBaseLogger) => parent,
    requestIdHeader: false,
    bodyLimit: BODY_LIMIT,
    http: { maxHeaderSize: MAX_HEADER_BYTES },
    requestTimeout: REQUEST_TIMEOUT_MS,
    trustProxy: trustedProxies(settings),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    skipMiddie: true,
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      // No hook runs for a URL that cannot be routed.
      void reply.headers(ownHeaders(request));
      sendProblem(asProblem(error), request, reply);
    },
    clientErrorHandler: refuseUnreadable,
  });
}

/** How requests are read and what every response carries. */
export function configureServer(
  server: FastifyInstance,
  readiness: Readiness,
  metrics: Metrics | undefined,
): void {
  readJsonOnly(server);
  answerOtherMethods(server);
  server.addHook('onRequest', (request, reply, done) => {
    void reply.headers(ownHeaders(request));
    // RFC 9112 §9.6: who keeps connections open learns in time to send the next request elsewhere.
    if (readiness.isStopping) void reply.header('connection', 'close');
    done(hasTwoHosts(request) ? new MalformedRequest('A request names one host.') : undefined);
  });
  let isClosing = false;
  server.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    metrics?.requests.observe(
      request.method,
      request.routeOptions.url ?? 'none',
      reply.statusCode,
      reply.elapsedTime / 1000,
    );
    // A connection that was kept alive would keep the process alive.
    if (isClosing) request.raw.socket.end();
    const level = reply.statusCode >= 500 ? 'error' : reply.statusCode >= 400 ? 'info' : 'debug';
    const log = request.log as Logger;
    if (log.isLevelEnabled(level)) {
      // The path alone: a query may hold what does not belong into a log.
      const [path] = request.url.split('?', 1);
      const { method, ip, id: requestId } = request;
      log[level](
        { method, path, status: reply.statusCode, ms: Math.round(reply.elapsedTime), ip, requestId },
        'answered',
      );
    }
    done();
  });
}

const ownHeaders = ({ id }: FastifyRequest) => ({
  'x-request-id': id,
  'cache-control': 'no-store',
  ...SECURITY_HEADERS,
});

/** RFC 9112 §3.2; Node takes the first and drops the others, where a proxy may have taken the last. */
function hasTwoHosts({ raw: { rawHeaders } }: FastifyRequest): boolean {
  let hosts = 0;
  // Names and values in turn. `headersDistinct` would say it too, but sorts all of them on every request.
  for (let position = 0; position < rawHeaders.length; position += 2) {
    const name = rawHeaders[position]!;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  return hosts > 1;
}

/** JSON, but where an RFC asks for a form; an empty body is no body. */
function readJsonOnly(server: FastifyInstance): void {
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parseJson(request, body as string, done);
  });
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (request, body, done) => {
      const { takesForm } = request.routeOptions.config as { takesForm?: boolean };
      const fields = [...new URLSearchParams(body as string)];
      if (!takesForm) done(new UnsupportedMediaType());
      // RFC 6749 §3.1: parameters must not be included more than once.
      else if (new Set(fields.map(([name]) => name)).size < fields.length)
        done(new MalformedRequest('A field is repeated.'));
      else done(null, Object.fromEntries(fields));
    },
  );
}

/** RFC 9110 §15.5.6: a known path with another method is 405 with `Allow`, not 404. */
function answerOtherMethods(server: FastifyInstance): void {
  const methods = new Map<string, { pattern: RegExp; allowed: Set<string> }>();
  server.addHook('onRoute', ({ method, url }) => {
    // CORS answers OPTIONS everywhere, which makes no path known.
    if (url === '*') return;
    const known = methods.get(url) ?? { pattern: patternOf(url), allowed: new Set() };
    for (const each of [method].flat()) known.allowed.add(each);
    methods.set(url, known);
  });
  // Right after the onRequest hooks, which have set the headers by then.
  server.addHook('preParsing', (request, _reply, _payload, done) => {
    if (!request.is404) return done();
    const [path = ''] = request.url.split('?', 1);
    const allowed = [...methods.values()].flatMap((each) =>
      each.pattern.test(path) ? [...each.allowed] : [],
    );
    return allowed.length > 0 ? done(new MethodNotAllowed(allowed) as never) : done();
  });
}

function patternOf(url: string): RegExp {
  const escaped = url.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll(/:[^/]+/g, '[^/]+').replaceAll('*', '.*')}$`);
}

/** What Node's HTTP parser refused never became a request; answer on the bare socket. */
function refuseUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const problem = Problem.ofStatus(status);
  const id = uuidv7();
  const body = JSON.stringify(problem.toDocument(id));
  socket.end(
    `HTTP/1.1 ${status} ${problem.detail.replace('.', '')}\r\nContent-Type: application/problem+json; charset=utf-8\r\n` +
      `X-Request-Id: ${id}\r\nCache-Control: no-store\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** Fastify's `trustProxy`. Never `true`: that would let any client choose its own address. */
function trustedProxies({ TRUST_PROXY }: Settings) {
  const [first = 'off'] = TRUST_PROXY;
  if (first === 'off') return false;
  return /^\d+$/.test(first) ? (_address: string, hop: number) => hop < Number(first) : TRUST_PROXY;
}

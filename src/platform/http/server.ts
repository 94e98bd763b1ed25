import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type onResponseHookHandler,
} from 'fastify';
import { createServer, STATUS_CODES, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import type { Settings } from '../config/settings.js';
import { readForwarded, trustedProxies } from './client-address.js';
import { Connections, SILENT_MS } from './connections.js';
import { Cors } from './cors.js';
import { Front, listenOnBothLoopbacks } from './front.js';
import { closeLater, lingerOn } from './lingering-close.js';
import { handOnLines, mayTakeLong } from './long-bodies.js';
import type { Metrics } from './metrics.js';
import { KnownPaths } from './known-paths.js';
import {
  BadRequest,
  MalformedRequest,
  MethodNotAllowed,
  RequestHeaderFieldsTooLarge,
  RequestTimeout,
} from './http.errors.js';
import { asProblem, sendProblem } from './problem.filter.js';
import type { Problem } from './problem.js';
import type { Readiness } from './readiness.js';
import { forgetTypeOfNothing, readBodies } from './request-bodies.js';
import { SECURITY_HEADERS } from './security-headers.js';
import { timeOrderedId } from './time-ordered-id.js';

const BODY_LIMIT = 64 * 1024;
/** Room for an over-long token, which is answered 401 and not by a closed connection. */
const MAX_HEADER_BYTES = 32 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
/** Large downloads of the gateway take half as long again with Node's own 16 KiB. */
const HIGH_WATER_MARK = 256 * 1024;

/** Fastify as this server needs it. */
export function makeAdapter(settings: Settings, logger: Logger): FastifyAdapter {
  const cors = new Cors(settings);
  return new FastifyAdapter({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: timeOrderedId,
    // A child logger for each request costs more than it tells: what is logged names the request itself.
    childLoggerFactory: (parent: FastifyBaseLogger) => parent,
    requestIdHeader: false,
    bodyLimit: BODY_LIMIT,
    serverFactory: (handler: RequestListener) => makeServer(settings, handler),
    trustProxy: trustedProxies(settings),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    skipMiddie: true,
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      // No hook runs for a URL that cannot be routed.
      begin(request, reply, cors);
      sendProblem(asProblem(error), request, reply);
    },
    clientErrorHandler: (error, socket) => refuseUnreadable(error, socket, cors),
  });
}

/** The server under Fastify; what stands in front of it is asked first. */
function makeServer(settings: Settings, handler: RequestListener): Server {
  // A request without a host is refused below, by a problem like all others.
  const options = {
    maxHeaderSize: MAX_HEADER_BYTES,
    requireHostHeader: false,
    highWaterMark: HIGH_WATER_MARK,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: settings.KEEP_ALIVE,
  };
  const front = new Front();
  const server = createServer(options, (request, response) => {
    if (!front.takes(request, response)) handler(request, response);
  });
  // Also while an answer is not read: Node looks at what the system has taken of it.
  server.setTimeout(SILENT_MS);
  front.stand(server);
  if (settings.HOST === 'localhost') listenOnBothLoopbacks(server);
  return server;
}

/** How requests are read and what every response carries. */
export function configureServer(
  server: FastifyInstance,
  settings: Settings,
  readiness: Readiness,
  metrics: Metrics | undefined,
): void {
  const cors = new Cors(settings);
  const isBehindProxy = settings.TRUST_PROXY[0] !== 'off';
  readBodies(server);
  handOnLines(server);
  if (metrics) measure(server, metrics);
  const knownPaths = new KnownPaths(server);
  const connections = new Connections(settings);
  connections.watch(server);
  server.addHook('onRequest', (request, reply, done) => {
    if (isBehindProxy) readForwarded(request.headers);
    begin(request, reply, cors);
    // RFC 9112 §9.6: who keeps connections open learns in time to send the next request elsewhere.
    if (readiness.isStopping) void reply.header('connection', 'close');
    if (cors.answersPreflight(request, reply)) return;
    forgetTypeOfNothing(request);
    done(connections.refusalOf(request) ?? refusalOf(request, knownPaths));
  });
  let isClosing = false;
  server.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    if (request.is404) metrics?.requests.observe(request.method, 'none', reply.statusCode, reply.elapsedTime);
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

const SAME_HEADERS = { 'cache-control': 'no-store', ...SECURITY_HEADERS };

const OWN_HEADER_LINES = linesOf(SAME_HEADERS);

function linesOf(headers: Record<string, string>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}

function begin({ id, headers, raw, url }: FastifyRequest, reply: FastifyReply, cors: Cors): void {
  lingerOn(raw);
  void reply.header('x-request-id', id).headers(SAME_HEADERS);
  const ofCors = cors.headersFor(headers.origin, url);
  if (ofCors) void reply.headers(ofCors);
}

function refusalOf(request: FastifyRequest, knownPaths: KnownPaths): Problem | undefined {
  const malformed = malformedHeaders(request);
  if (malformed) return new MalformedRequest(malformed);
  if (!request.is404) return undefined;
  // RFC 9110 §15.5.6: a known path with another method is 405 with `Allow`, not 404.
  const allowed = knownPaths.methodsOf(request.url);
  return allowed.length > 0 ? new MethodNotAllowed(allowed) : undefined;
}

/** Headers of which Node takes the first and drops the others, where a proxy may have taken the last; by their length. */
const SAID_ONCE = new Map(['host', 'content-type', 'authorization'].map((name) => [name.length, name]));

/** What is wrong with them. RFC 9112 §3.2, RFC 9110 §5.3. */
function malformedHeaders({ raw: { rawHeaders, httpVersion } }: FastifyRequest): string | undefined {
  let said = '';
  // Names and values in turn. `headersDistinct` would say it too, but sorts all of them on every request.
  for (let position = 0; position < rawHeaders.length; position += 2) {
    const name = rawHeaders[position]!;
    const single = SAID_ONCE.get(name.length);
    if (single === undefined || name.toLowerCase() !== single) continue;
    if (said.includes(single)) return `The header ${single} stands there more than once.`;
    said += `${single} `;
  }
  return httpVersion === '1.0' || said.includes('host') ? undefined : 'A request names its host.';
}

/** Counts each route's requests by hooks of its own: to ask a request for its route would be dear. */
function measure(server: FastifyInstance, { requests }: Metrics): void {
  server.addHook('onRoute', (route) => {
    const { url } = route;
    const observe: onResponseHookHandler = (request, reply, done) => {
      requests.observe(request.method, url, reply.statusCode, reply.elapsedTime);
      done();
    };
    route.onResponse = [observe, ...[route.onResponse ?? []].flat()];
  });
}

/** What Node's HTTP parser refused never became a request; answer on the bare socket. */
function refuseUnreadable(
  error: Error & { code?: string; rawPacket?: unknown },
  socket: Socket,
  cors: Cors,
): void {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && mayTakeLong(socket)) return;
  // The rest of what was refused, which is no request either.
  if (socket.writableEnded && error.code?.startsWith('HPE_')) return;
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new RequestHeaderFieldsTooLarge()
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? new RequestTimeout()
        : new BadRequest();
  closeLater(socket);
  const id = uuidv7();
  const body = JSON.stringify(problem.toDocument(id));
  // A guess, for nothing was parsed; an origin that is not allowed gives no headers.
  const [, origin] = /\r\norigin: *(\S+) *\r\n/i.exec(String(error.rawPacket ?? '')) ?? [];
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\nContent-Type: application/problem+json; charset=utf-8\r\n` +
      `X-Request-Id: ${id}\r\n${OWN_HEADER_LINES}${linesOf(cors.headersFor(origin, '') ?? {})}Connection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

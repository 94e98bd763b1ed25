import { Logger, StreamableFile } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { isEncoded, refuseContent, saysUtf8 } from './body-checks.js';
import { BrokenUpload, UnsupportedMediaType } from './http.errors.js';

export const LINES = 'application/x-ndjson';
/** A client that sends, or takes, nothing for so long is gone. */
const IDLE_MS = 30_000;
const log = new Logger('LongAnswer');
const patient = new WeakSet<Socket>();

/**
 * Has the body of routes with `@RouteConfig({ takesLines: true })` handed on unread. Their connections close with the
 * any answer: Node would go on to read, and throw away, all that comes after a refusal.
 */
export function handOnLines(server: FastifyInstance): void {
  server.addHook('onRoute', (route) => {
    if (!takesLines(route.config)) return;
    route.onRequest = [closeAfterwards, ...[route.onRequest ?? []].flat()];
  });
  server.addContentTypeParser(LINES, (request, body, done) => {
    if (takesLines(request.routeOptions.config)) done(null, body);
    else refuseContent(body).then(() => done(null, undefined), done);
  });
}

/**
 * The body of such a route, of any length: neither the limit of bodies nor that of the time for a request is for it.
 * It is read only as fast as it is used.
 * @throws UnsupportedMediaType for anything but plain lines
 */
export function longBody(request: FastifyRequest): AsyncIterable<Uint8Array> {
  const { body, raw } = request;
  if (!(body instanceof Readable) || isEncoded(request) || !saysUtf8(request))
    throw new UnsupportedMediaType();
  patient.add(raw.socket);
  raw.socket.setTimeout(IDLE_MS);
  return chunksOf(body);
}

/** Lets the request that a connection carries take as long as its own rules allow, until it is given back. */
export function letTakeLong(socket: Socket): { giveBack: () => void } {
  patient.add(socket);
  return { giveBack: () => void patient.delete(socket) };
}

/** Whether a request that takes long is one that may. */
export function mayTakeLong(socket: Socket): boolean {
  return patient.has(socket);
}

/**
 * An answer of any length, made only as fast as it is read. When a piece fails, the connection breaks off: without
 * `Connection: close`, for then some clients, such as `fetch` of Node, would take what they have for the whole.
 */
export function longAnswer(
  { raw, id }: FastifyRequest,
  fileName: string,
  pieces: AsyncIterable<string>,
  type = LINES,
): StreamableFile {
  raw.socket.setTimeout(IDLE_MS);
  const disposition = `attachment; filename="${fileName}"`;
  return new StreamableFile(Readable.from(told(pieces, id), { highWaterMark: 1 }), {
    type,
    disposition,
  });
}

const closeAfterwards: onRequestHookHandler = (_request, reply, done) => {
  void reply.header('connection', 'close');
  done();
};

/** Whether a route says `@RouteConfig({ takesLines: true })`. */
export function takesLines(config: unknown): boolean {
  return (config as { takesLines?: boolean } | undefined)?.takesLines === true;
}

async function* chunksOf(body: Readable): AsyncGenerator<Uint8Array> {
  try {
    // Not destroyed when it is left half-read, for the socket would go with it, and the answer.
    yield* body.iterator({ destroyOnReturn: false });
  } catch (cause) {
    throw new BrokenUpload(cause);
  }
}

/** Logs why they broke off, because nothing else could. */
async function* told(pieces: AsyncIterable<string>, requestId: string): AsyncGenerator<string> {
  try {
    yield* pieces;
  } catch (err) {
    log.error({ err, requestId });
    throw err;
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { RequestTimeout } from '../../platform/http/http.errors.js';
import { lingerOn } from '../../platform/http/lingering-close.js';
import type { Problem } from '../../platform/http/problem.js';
import { answerProblem, isBodyUnread } from './answers.js';
import type { Caller } from './callers.service.js';
import type { Forward } from './decisions.service.js';
import type { GatewayCall } from './gateway-call.js';
import {
  BodyTooLarge,
  UpstreamBroken,
  UpstreamTimeout,
  UpstreamUnavailable,
  UpstreamUnreachable,
} from './gateway.errors.js';
import type { OpenExchange } from './open-exchanges.service.js';
import { headersForClient } from './relayed-headers.js';
import { wasReused } from './target-pools.service.js';
import { Upload } from './upload.js';
import type { UpstreamTarget, UpstreamTargets } from './upstream-targets.js';

/** RFC 9110 §9.2.2 */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
const TIMEOUTS = new Set([
  'UND_ERR_HEADERS_TIMEOUT',
  'CONNECT_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'ETIMEDOUT',
]);
const BROKEN = /^HPE_|^UND_ERR_(HEADERS_OVERFLOW|RES_CONTENT_LENGTH_MISMATCH|INVALID_ARG)/;

/** What a request of the gateway came with. */
export interface Incoming {
  call: GatewayCall;
  request: IncomingMessage;
  response: ServerResponse;
  /** Whether the client waits for 100 before it sends the body. */
  expectsContinue: boolean;
}

/** What an exchange is given besides. */
export interface ExchangeContext {
  targets: UpstreamTargets;
  /** For the upstream; names and values in turn. */
  headers: string[];
  viaName: string;
  /** What every relayed answer carries; names and values in turn. */
  answerHeaders: readonly string[];
  /** What a page of another origin may see; names and values in turn. */
  corsHeaders: readonly string[];
  /** Headers of the upstream that are not relayed, for they are in `answerHeaders`. */
  replaced: (name: string) => boolean;
  /** Whether the connection ends with the answer. */
  closes: () => boolean;
  /** Called once it is over. `error` is what failed, for the log. */
  onEnd: (exchange: Exchange, error?: unknown) => void;
}

type HandlerError = Error & { code?: string };

/**
 * One request, relayed: body and answer are streamed both ways at the pace of the slower side, and when one side goes away,
 * so does the other. It is the handler of undici's dispatch, for one attempt after the other.
 */
export class Exchange implements OpenExchange {
  /** Of the last byte in either direction, by the monotonic clock. */
  activeAt = performance.now();
  isStream = false;
  /** When its head came, if it streams. */
  streamsSince: number | undefined;
  bytesOut = 0;
  private isOver = false;
  private isPaused = false;
  private attempts = 0;
  private readonly tried: UpstreamTarget[] = [];
  private target: UpstreamTarget | undefined;
  private upload: Upload | undefined;
  private hasBegun = false;
  private abort: ((error?: Error) => void) | undefined;
  private resume: (() => void) | undefined;
  private isUndisturbed = false;

  constructor(
    readonly incoming: Incoming,
    readonly forward: Forward,
    private readonly context: ExchangeContext,
  ) {}

  get startedAt(): number {
    return this.incoming.call.startedAt;
  }

  get caller(): Caller | undefined {
    return this.forward.caller;
  }

  get bytesIn(): number {
    return this.upload?.bytes ?? 0;
  }

  start(): void {
    const { request, response } = this.incoming;
    const { bodyLimit } = this.forward.route.route;
    const length = request.headers['content-length'];
    response.on('close', () => this.clientLeft());
    if (Number(length ?? 0) > bodyLimit) return this.refuse(new BodyTooLarge(bodyLimit));
    if (Number(length ?? 0) > 0 || request.headers['transfer-encoding'] !== undefined)
      this.upload = new Upload(request, bodyLimit, {
        onBegin: () => this.incoming.expectsContinue && response.writeContinue(),
        onProgress: () => (this.activeAt = performance.now()),
        onOverflow: () => this.refuse(new BodyTooLarge(bodyLimit)),
      });
    this.context.targets.countRequest();
    this.send();
  }

  /** Looks whether anything takes too long; asked now and then. */
  check(now: number): void {
    const { request } = this.incoming;
    if (!this.isUndisturbed) {
      // The server's own rule is for connections that are silent, and this one waits for the upstream.
      this.isUndisturbed = true;
      if (!this.isPaused) request.socket.setTimeout(0);
    }
    if (this.isPaused) return;
    const { idle, streamIdle } = this.forward.route.timeouts;
    const { headersSent } = this.incoming.response;
    const isUploading = this.upload !== undefined && !this.upload.isComplete;
    if (!headersSent && !isUploading) return;
    if (now - this.activeAt <= (this.isStream ? streamIdle : idle) * 1000) return;
    if (headersSent) this.cut(new Error('nothing came from the upstream for too long'));
    else this.refuse(this.upload?.isWaiting ? new RequestTimeout() : new UpstreamTimeout());
  }

  /** Ends it though it is not done: the client sees that something is missing. */
  cut(reason: Error): void {
    if (this.isOver) return;
    this.incoming.response.destroy();
    this.finish(false, reason);
  }

  /** Answers with a problem, if no answer has begun. */
  refuse(problem: Problem, cause?: unknown): void {
    if (this.isOver) return;
    const { request, response, call } = this.incoming;
    const isUnread = isBodyUnread(request);
    if (isUnread) lingerOn(request);
    const more = [...this.forward.headers, ...this.context.corsHeaders];
    answerProblem(response, problem, { requestId: call.id, more, closes: this.context.closes() || isUnread });
    this.finish(false, cause ?? problem);
  }

  // ---- What undici calls.

  onConnect(abort: (error?: Error) => void): void {
    this.abort = abort;
    if (this.isOver) abort();
  }

  onResponseStarted(): void {
    this.hasBegun = true;
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void, statusText: string): boolean {
    this.activeAt = performance.now();
    if (status < 200) return true;
    this.resume = resume;
    const { response, call } = this.incoming;
    const headers = headersForClient(raw, this.context.viaName, this.context.replaced);
    headers.push(
      'x-request-id',
      call.id,
      ...this.context.answerHeaders,
      ...this.context.corsHeaders,
      ...this.forward.headers,
    );
    if (this.context.closes()) headers.push('connection', 'close');
    this.isStream = isEventStream(headers);
    if (this.isStream) this.streamsSince = this.activeAt;
    this.target?.judge(status >= 500, Date.now());
    try {
      response.writeHead(status, statusText, headers);
    } catch (error) {
      this.refuse(new UpstreamBroken(error), error);
      return true;
    }
    // A head without a body for now, as of an event stream, does not wait for the first event.
    setImmediate(() => this.bytesOut === 0 && !this.isOver && response.flushHeaders());
    return true;
  }

  onData(chunk: Buffer): boolean {
    this.activeAt = performance.now();
    this.bytesOut += chunk.length;
    if (this.isOver) return true;
    const { request, response } = this.incoming;
    if (response.write(chunk)) return true;
    this.isPaused = true;
    // Node looks at what the system has taken in the meantime, and lets go of a client that takes nothing.
    request.socket.setTimeout(this.forward.route.timeouts.clientIdle * 1000);
    response.once('drain', () => this.goOn());
    return false;
  }

  onComplete(): void {
    if (this.isOver) return;
    this.incoming.response.end();
    this.finish(true);
  }

  onError(error: HandlerError): void {
    if (this.isOver) return;
    const wasSent = this.abort !== undefined;
    const { response } = this.incoming;
    if (response.headersSent) return this.cut(error);
    this.target?.judge(true, Date.now());
    this.letGo();
    if (this.mayTryAgain(error, wasSent)) return this.send();
    this.refuse(problemOf(error), error);
  }

  // ----

  private send(): void {
    const now = Date.now();
    const { targets, headers } = this.context;
    const target = targets.next(this.tried, now);
    if (!target)
      return this.refuse(new UpstreamUnavailable(Math.max(1, Math.ceil(targets.waits(now) / 1000))));
    this.attempts++;
    this.tried.push(target);
    this.target = target;
    this.abort = undefined;
    this.hasBegun = false;
    target.begin();
    const { route, target: path } = this.forward;
    const { method } = this.incoming.call;
    const options = {
      path: target.prefix + path,
      method,
      headers,
      body: this.upload?.attempt() ?? null,
      headersTimeout: route.timeouts.head * 1000,
      bodyTimeout: 0,
    };
    target.pool.dispatch(options, this);
  }

  /** Never once it may have had an effect: it was not sent, or doing it twice is as good as once. */
  private mayTryAgain(error: HandlerError, wasSent: boolean): boolean {
    if (this.attempts > this.forward.route.route.retries || (this.upload && !this.upload.isKept))
      return false;
    const isStale = !this.hasBegun && wasReused(error);
    const isSafe = !wasSent || (isStale && IDEMPOTENT.has(this.incoming.call.method));
    return isSafe && error.code !== 'ADDRESS_REFUSED' && this.context.targets.takeRetry();
  }

  private goOn(): void {
    if (this.isOver) return;
    this.isPaused = false;
    this.activeAt = performance.now();
    this.incoming.request.socket.setTimeout(0);
    this.resume?.();
  }

  private clientLeft(): void {
    if (this.isOver) return;
    this.finish(false, new Error('the client went away'));
  }

  private finish(isWhole: boolean, error?: unknown): void {
    this.isOver = true;
    this.letGo();
    // What is aborted takes the body on its way to the upstream along.
    if (!isWhole) this.abort?.(new Error('the exchange is over'));
    this.upload?.drain();
    this.context.onEnd(this, error);
  }

  private letGo(): void {
    this.target?.end();
    this.target = undefined;
  }
}

function isEventStream(headers: readonly string[]): boolean {
  const at = headers.findIndex(
    (name, position) => position % 2 === 0 && name.toLowerCase() === 'content-type',
  );
  return at >= 0 && /^text\/event-stream\b/i.test(headers[at + 1]!);
}

function problemOf(error: HandlerError): Problem {
  const code = error.code ?? '';
  if (TIMEOUTS.has(code)) return new UpstreamTimeout(error);
  const isBroken = BROKEN.test(code) || error.name === 'HTTPParserError';
  return isBroken ? new UpstreamBroken(error) : new UpstreamUnreachable(error);
}

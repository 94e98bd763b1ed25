import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** What is kept of a body, so that it can be sent a second time. */
const MOST_KEPT = 64 * 1024;

interface Events {
  /** The upstream takes the body: time to ask the client for it. */
  onBegin: () => void;
  /** Something came. */
  onProgress: () => void;
  /** There came more than the route takes. */
  onOverflow: () => void;
}

/**
 * The body of a request on its way to the upstream: read only as fast as it is taken, counted on the way, and kept while it
 * is small. It outlives the upstream, which may answer before it has read all.
 */
export class Upload {
  bytes = 0;
  isComplete = false;
  private kept: Buffer[] | undefined = [];
  private current: Readable | undefined;
  private hasBegun = false;

  constructor(
    private readonly request: IncomingMessage,
    private readonly limit: number,
    private readonly events: Events,
  ) {
    request.pause();
    request.on('data', (chunk: Buffer) => this.take(chunk));
    request.on('end', () => {
      this.isComplete = true;
      this.current?.push(null);
    });
    request.on('error', () => this.current?.destroy(new Error('the client broke off')));
  }

  /** Whether another attempt would get all of it. */
  get isKept(): boolean {
    return this.kept !== undefined;
  }

  /** Whether the upstream wants more than has come. */
  get isWaiting(): boolean {
    return !this.isComplete && this.current !== undefined && !this.request.isPaused();
  }

  /** The body for one attempt, from its beginning. */
  attempt(): Readable {
    const body = new Readable({
      highWaterMark: MOST_KEPT,
      read: () => this.wanted(),
      destroy: (error, done) => {
        if (this.current === body) this.current = undefined;
        done(error);
      },
    });
    for (const chunk of this.kept ?? []) body.push(chunk);
    if (this.isComplete) body.push(null);
    this.current = body;
    return body;
  }

  /** Reads what still comes, and drops it: a client that is still sending would not read the answer. */
  drain(): void {
    this.current = undefined;
    this.kept = undefined;
    this.request.resume();
  }

  private wanted(): void {
    if (!this.hasBegun) {
      this.hasBegun = true;
      this.events.onBegin();
    }
    this.request.resume();
  }

  private take(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.events.onProgress();
    if (this.bytes > this.limit) {
      if (this.current) this.events.onOverflow();
      return;
    }
    if (this.bytes <= MOST_KEPT) this.kept?.push(chunk);
    else this.kept = undefined;
    if (this.current?.push(chunk) === false) this.request.pause();
  }
}

import type { Logger } from '@nestjs/common';

const EVERY_MS = 10_000;
/** Readers do not write more often. */
const FRESH_MS = 1_000;

/** Writes what a node has noted: every ten seconds, for who reads, and when the process stops; never two at once. */
export class RegularWrites {
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private askedAt = 0;

  /** @param write one write; what it throws is logged, and no reason to stop */
  constructor(
    private readonly write: () => Promise<void>,
    private readonly log: Logger,
  ) {}

  begin(): void {
    this.timer = setInterval(() => void this.now(), EVERY_MS).unref();
  }

  /** Writes a last time, if it had begun. */
  async end(): Promise<void> {
    if (!this.timer) return;
    clearInterval(this.timer);
    await this.now();
  }

  /** After the write that is running. Never rejects. */
  now(): Promise<void> {
    this.askedAt = Date.now();
    return (this.writing = this.writing.then(this.write).catch((error: unknown) => this.log.warn(error)));
  }

  /** For who reads: what came until a second ago is written afterwards, however many ask. */
  refresh(): Promise<void> {
    return Math.abs(Date.now() - this.askedAt) < FRESH_MS ? this.writing : this.now();
  }
}

import type { Logger } from '@nestjs/common';
import type { Database } from './database.service.js';

/** Looks, again and again, at what other processes have written, where they share the database; no look begins before the last one ended. */
export class OthersWrites {
  private next: NodeJS.Timeout | undefined;

  /** @param look one look; what it throws is logged, and no reason to stop */
  constructor(
    private readonly database: Pick<Database, 'isShared'>,
    private readonly look: () => Promise<void>,
    private readonly everyMs: number,
    private readonly log: Logger,
  ) {}

  /** From now on, the first look after a pause. */
  follow(): void {
    if (!this.database.isShared) return;
    this.next = setTimeout(async () => {
      await this.look().catch((error: unknown) => this.log.warn(error));
      if (this.next) this.follow();
    }, this.everyMs).unref();
  }

  stop(): void {
    clearTimeout(this.next);
    this.next = undefined;
  }
}

import type { INestApplicationContext } from '@nestjs/common';
import type { CommandContext } from './command-context.js';
import type { Outcome } from './outcome.js';

/** What commands are registered with. */
export class CommandHandlers {
  /** @param report what streams its results by itself has nothing to report */
  constructor(
    readonly context: CommandContext,
    readonly report: (outcome: Outcome | void) => void,
  ) {}

  /** A handler that works on the application. It has reported by the time that is closed, which may wait for mail. */
  onApp<A extends unknown[]>(
    work: (app: INestApplicationContext, ...args: A) => Promise<Outcome | void>,
  ): (...args: A) => Promise<void> {
    return async (...args) => {
      const app = await this.context.open();
      try {
        this.report(await work(app, ...args));
      } finally {
        // What was done is done, and what went wrong was something else.
        await app.close().catch(() => {});
      }
    };
  }
}

import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
import { Database, type Statement } from './database.service.js';
import { Leases } from './leases.service.js';

/** How many rows one `DELETE` of a clean-up removes at most; write it as its `LIMIT`. */
export const PIECE = 500;

/** Deletes what has expired: now and then, by one node at a time, in pieces, so that no request waits for it. */
@Injectable()
export class CleanUps implements OnModuleDestroy {
  private readonly log = new Logger(CleanUps.name);
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly running = new Set<string>();

  constructor(
    private readonly database: Database,
    private readonly leases: Leases,
  ) {}

  onModuleDestroy(): void {
    this.timers.forEach((timer) => clearInterval(timer));
  }

  /**
   * From now on, deletes every `everyMs` what `expired` says of a moment.
   * @param name of the table
   * @param expired makes a `DELETE` of at most {@link PIECE} rows, the oldest first; `undefined` when it is not the time
   */
  every(everyMs: number, name: string, expired: (now: number) => Statement | undefined): void {
    this.timers.push(setInterval(() => void this.cleanUp(everyMs, name, expired), everyMs).unref());
  }

  private async cleanUp(
    everyMs: number,
    name: string,
    expired: (now: number) => Statement | undefined,
  ): Promise<void> {
    // The lease is this process's own, so it does not keep a second round away from a long first one.
    if (this.running.has(name)) return;
    this.running.add(name);
    try {
      const statement = expired(steadyNow());
      if (!statement) return;
      while (await this.leases.take(`clean-up:${name}`, everyMs)) {
        const { affected } = await this.database.run(statement);
        if (affected < PIECE) break;
        await setImmediate();
      }
    } catch (error) {
      this.log.warn(error);
    } finally {
      this.running.delete(name);
    }
  }
}

/** The time in ms by the clock, unless that was set forward since the start: a wrong hour must delete nothing. */
function steadyNow(): number {
  return Math.min(Date.now(), Math.floor(performance.timeOrigin + performance.now()));
}

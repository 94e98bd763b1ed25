import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';

/** Whether the server is on its way out. It says so, to health checks and on every connection, before the door closes. */
@Injectable()
export class Readiness implements BeforeApplicationShutdown {
  isStopping = false;
  private readonly log = new Logger(Readiness.name);

  /** Not ready from now on. Takes `delay` ms, in which proxies notice and everything is still served. */
  async leave(delay: number): Promise<void> {
    this.isStopping = true;
    this.log.log(`stopping: not ready any more, the door closes in ${delay / 1000} s`);
    await setTimeout(delay);
  }

  beforeApplicationShutdown(): void {
    this.isStopping = true;
  }
}

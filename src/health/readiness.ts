import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';

/** Whether the server is on its way out; the health check says so before the door closes. */
@Injectable()
export class Readiness implements BeforeApplicationShutdown {
  isStopping = false;

  beforeApplicationShutdown(): void {
    this.isStopping = true;
  }
}

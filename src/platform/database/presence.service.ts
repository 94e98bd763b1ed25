import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { ProcessKind } from '../config/process-kind.js';
import { Leases } from './leases.service.js';

const PREFIX = 'server:';
const SEEN_FOR_MS = 60_000;
const RENEW_EVERY_MS = 15_000;

/**
 * A lease of each server for as long as it runs, so that what must not run next to one can see it. One that was killed is
 * seen for up to a minute more.
 */
@Injectable()
export class Presence implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger(Presence.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly leases: Leases,
    private readonly kind: ProcessKind,
  ) {}

  async onModuleInit(): Promise<void> {
    if (!this.kind.isServer) return;
    await this.renew();
    this.timer = setInterval(() => void this.renew(), RENEW_EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    if (!this.timer) return;
    clearInterval(this.timer);
    await this.leases.release(this.name).catch((error: unknown) => this.log.warn(error));
  }

  private get name(): string {
    return PREFIX + this.leases.owner;
  }

  private async renew(): Promise<void> {
    await this.leases.take(this.name, SEEN_FOR_MS).catch((error: unknown) => this.log.warn(error));
  }
}

/** How many servers run on a database, or did within the last minute and were killed. */
export async function serversOn(dataSource: DataSource): Promise<number> {
  const runner = dataSource.createQueryRunner();
  try {
    if (!(await runner.hasTable('leases'))) return 0;
    const [{ count }] = await runner.query(
      `SELECT COUNT(*) AS count FROM leases WHERE name LIKE '${PREFIX}%' AND expires_at > ${Date.now()}`,
    );
    return Number(count);
  } finally {
    await runner.release();
  }
}

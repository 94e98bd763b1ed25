import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Actor } from '../access/actor.js';
import { AuditService, type Happening } from './audit.service.js';

/** So many events of a kind and a cause are recorded one by one in an hour, and the others in one that says how many. */
const ONE_BY_ONE = 5;
const WINDOW_MS = 3_600_000;
const SWEEP_EVERY_MS = 60_000;
const MAX_CAUSES = 10_000;

interface Repeated {
  beganAt: number;
  count: number;
  /** The newest event that was not recorded by itself. */
  last?: { happening: Happening; actor: Actor; at: number };
}

/**
 * Records events that one caller can cause as often as it likes, such as refusals, so that no caller can fill the audit
 * trail with them. What is counted is in memory: a graceful stop records it, and a crash loses the count, not the first ones.
 */
@Injectable()
export class RepeatedEvents implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger(RepeatedEvents.name);
  private readonly repeated = new LRUCache<string, Repeated>({
    maxSize: MAX_CAUSES,
    sizeCalculation: () => 1,
    dispose: (repeated, _key, reason) => {
      if (reason !== 'set') void this.recordRest(repeated);
    },
  });
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly audit: AuditService) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.sweep(), SWEEP_EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all([...this.repeated.values()].map((each) => this.recordRest(each)));
  }

  /**
   * Records an event, or counts it. Never rejects.
   * @param cause what the events are counted by, such as the id of the account
   */
  async note(cause: string, happening: Happening, actor: Actor): Promise<void> {
    const now = Date.now();
    const key = `${happening.action} ${cause}`;
    let repeated = this.repeated.get(key);
    if (!repeated || !isOpen(repeated, now)) {
      // Disposes of the one before, which records its rest.
      this.repeated.delete(key);
      this.repeated.set(key, (repeated = { beganAt: now, count: 0 }));
    }
    repeated.count++;
    if (repeated.count > ONE_BY_ONE) repeated.last = { happening, actor, at: now };
    else await this.record(happening, actor);
  }

  private sweep(): void {
    const now = Date.now();
    const ended = [...this.repeated.entries()].filter(([, each]) => !isOpen(each, now));
    for (const [key] of ended) this.repeated.delete(key);
  }

  private async recordRest({ beganAt, count, last }: Repeated): Promise<void> {
    if (!last) return;
    const { happening, actor, at } = last;
    const told = {
      times: count - ONE_BY_ONE,
      since: new Date(beganAt).toISOString(),
      until: new Date(at).toISOString(),
    };
    await this.record({ ...happening, detail: { ...happening.detail, ...told } }, actor);
  }

  private async record(happening: Happening, actor: Actor): Promise<void> {
    await this.audit.record(happening, actor).catch((error: unknown) => this.log.warn(error));
  }
}

/** A window that begins in the future is from before the clock was set back. */
function isOpen({ beganAt }: Repeated, now: number): boolean {
  return beganAt <= now && now < beganAt + WINDOW_MS;
}

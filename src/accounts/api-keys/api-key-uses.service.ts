import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../platform/database/database.service.js';

const FLUSH_EVERY_MS = 60_000;
const AT_ONCE = 500;
const NOTE = `UPDATE api_keys SET use_count = use_count + :count, last_used_at = :at, last_used_ip = :ip WHERE id = :id`;

interface Uses {
  count: number;
  at: number;
  ip: string;
}

/** When, from where and how often API keys are used: kept in memory, and written once a minute and at the end. */
@Injectable()
export class ApiKeyUses implements OnModuleInit, BeforeApplicationShutdown {
  private readonly log = new Logger(ApiKeyUses.name);
  private noted = new Map<string, Uses>();
  private timer: NodeJS.Timeout;

  constructor(private readonly database: Database) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.flush(), FLUSH_EVERY_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  note(id: string, ip: string): void {
    const uses = this.noted.get(id);
    if (!uses) {
      this.noted.set(id, { count: 1, at: Date.now(), ip });
      return;
    }
    uses.count++;
    uses.at = Date.now();
    uses.ip = ip;
  }

  /** What cannot be written now is kept for the next time. */
  private async flush(): Promise<void> {
    // In one order on all nodes, so that none waits for another.
    const noted = [...this.noted].toSorted(([a], [b]) => (a < b ? -1 : 1));
    this.noted = new Map();
    while (noted.length > 0) {
      const piece = noted.splice(0, AT_ONCE);
      try {
        await this.database.atomically(piece.map(([id, uses]) => ({ sql: NOTE, params: { id, ...uses } })));
      } catch (error) {
        this.log.warn(error);
        for (const [id, uses] of [...piece, ...noted]) this.noteAgain(id, uses);
        return;
      }
    }
  }

  private noteAgain(id: string, { count, at, ip }: Uses): void {
    const since = this.noted.get(id);
    this.noted.set(id, since ? { ...since, count: since.count + count } : { count, at, ip });
  }
}

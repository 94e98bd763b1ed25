import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { installationName } from '../../platform/config/derived-key.js';
import { Settings } from '../../platform/config/settings.js';

/**
 * Tells other nodes at once what was revoked here, where `REDIS_URL` is set. Nothing depends on it: what is lost on
 * the way, or while Redis is away, is found by the next look into the table.
 */
@Injectable()
export class RevocationBroadcast implements OnModuleDestroy {
  private readonly log = new Logger(RevocationBroadcast.name);
  private readonly connections: Redis[] = [];
  private readonly channel: string;
  private isAway = false;

  constructor(private readonly settings: Settings) {
    this.channel = `gatehouse:${installationName(settings.GATEHOUSE_SECRET)}:revocations`;
  }

  /** Hands over what other nodes, and this one, revoke from now on. */
  async listen<Row>(hear: (rows: Row[]) => void): Promise<void> {
    if (!this.settings.REDIS_URL) return;
    const [, subscriber] = [await this.connect(), await this.connect()];
    subscriber.on('message', (_channel, message) => {
      try {
        hear(JSON.parse(message) as Row[]);
      } catch (error) {
        this.log.warn(`not a revocation on ${this.channel}: ${(error as Error).message}`);
      }
    });
    subscriber.subscribe(this.channel).catch((error: unknown) => this.noteAway(error));
  }

  tell(rows: unknown[]): void {
    const [publisher] = this.connections;
    if (publisher?.status !== 'ready' || rows.length === 0) return;
    publisher.publish(this.channel, JSON.stringify(rows)).catch((error: unknown) => this.noteAway(error));
  }

  onModuleDestroy(): void {
    for (const connection of this.connections) connection.disconnect();
  }

  private async connect(): Promise<Redis> {
    // Loaded here, for who has no Redis need not wait for its client.
    const { Redis } = await import('ioredis');
    const connection = new Redis(this.settings.REDIS_URL, { maxRetriesPerRequest: null });
    connection.on('error', (error: unknown) => this.noteAway(error));
    connection.on('ready', () => {
      if (this.isAway) this.log.log('Redis is back');
      this.isAway = false;
    });
    this.connections.push(connection);
    return connection;
  }

  private noteAway(error: unknown): void {
    if (this.isAway) return;
    this.isAway = true;
    this.log.warn(`Redis is away, revocations reach other nodes by polling: ${(error as Error).message}`);
  }
}

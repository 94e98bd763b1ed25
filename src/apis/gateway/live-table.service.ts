import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Settings } from '../../platform/config/settings.js';
import { ProcessKind } from '../../platform/config/process-kind.js';
import { Database } from '../../platform/database/database.service.js';
import { OthersWrites } from '../../platform/database/others-writes.js';
import { Metrics } from '../../platform/http/metrics.js';
import { compile, type GatewayPlace } from './compile.js';
import type { GatewayDocument } from './gateway-document.types.js';
import { RouteTable } from './route-table.js';

const LOOK_EVERY_MS = 400;

/** Told of a table once it has taken the place of another. */
export type SwapListener = (table: RouteTable) => void;

/**
 * The table that requests are held against: the newest revision, compiled, in memory. Other nodes' revisions are found by
 * looking for a newer number, several times a second; a request that is underway keeps the table it began with.
 */
@Injectable()
export class LiveTable implements OnModuleInit, OnModuleDestroy {
  current = new RouteTable(0, []);
  readonly place: GatewayPlace;
  private readonly log = new Logger(LiveTable.name);
  private readonly listeners: SwapListener[] = [];
  private readonly others: OthersWrites;

  constructor(
    settings: Settings,
    private readonly database: Database,
    private readonly kind: ProcessKind,
    metrics: Metrics,
  ) {
    this.others = new OthersWrites(database, () => this.look(), LOOK_EVERY_MS, this.log);
    this.place = { path: settings.GATEWAY_PATH, url: settings.PUBLIC_URL };
    metrics.gauge('gatehouse_gateway_revision', 'The revision that this node serves', () => this.current.seq);
    metrics.gauge('gatehouse_gateway_routes', 'Routes in it', () => this.current.size);
  }

  async onModuleInit(): Promise<void> {
    if (!this.kind.isServer) return;
    await this.look();
    this.others.follow();
  }

  onModuleDestroy(): void {
    this.others.stop();
  }

  /** To be called in a constructor. */
  onSwap(listener: SwapListener): void {
    this.listeners.push(listener);
  }

  /** Serves a revision from now on, unless a newer one is served already. */
  swap(seq: number, document: GatewayDocument): void {
    if (seq <= this.current.seq) return;
    const { table, errors } = compile(document, seq, this.place);
    // It was compiled before it was published, by an earlier version of this program at that.
    for (const { field, message } of errors) this.log.error(`revision ${seq}, ${field}: ${message}`);
    this.current = table;
    for (const listener of this.listeners) listener(table);
    this.log.log(`revision ${seq} is served: ${table.size} routes`);
  }

  private async look(): Promise<void> {
    const [newest] = await this.database.query<{ seq: number; document: string }>(
      'SELECT seq, document FROM gateway_revisions WHERE seq > :seq ORDER BY seq DESC LIMIT 1',
      { seq: this.current.seq },
    );
    if (newest) this.swap(newest.seq, JSON.parse(newest.document) as GatewayDocument);
  }
}

import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Database, type Statement } from '../../platform/database/database.service.js';
import { RevocationsService } from '../../tokens/revocation/revocations.service.js';
import { knownOf, READ_BY_CLIENT_ID, recordOf } from './client-row.js';
import { mayBeGone } from './client-uses.service.js';
import type { ClientRecord, KnownClient } from './client.types.js';

const MAX_ENTRIES = 2_000;
const RAISE = 'UPDATE oauth_clients SET version = version + 1 WHERE id = :id';

interface Remembered extends ClientRecord {
  /** By the monotonic clock. */
  readAt: number;
}

/**
 * Clients as requests authenticate them. What is remembered is held against the live revocations, as API keys are: when
 * the client or a secret of its has changed since it was read, on this node or another, it is read again.
 */
@Injectable()
export class ClientMemory {
  private readonly remembered = new LRUCache<string, Remembered>({ max: MAX_ENTRIES });

  constructor(
    private readonly database: Database,
    private readonly revocations: RevocationsService,
  ) {}

  /** The client that calls itself this, whatever its status. */
  async find(clientId: string): Promise<KnownClient | undefined> {
    const known = this.remembered.get(clientId);
    if (known && this.isUpToDate(known)) return knownOf(known);
    const readAt = performance.now();
    const rows = await this.database.query<never>(READ_BY_CLIENT_ID, { clientId, now: Date.now() });
    const record = recordOf(rows);
    if (!record) {
      this.remembered.delete(clientId);
      return undefined;
    }
    this.remembered.set(clientId, { ...record, readAt });
    return knownOf(record);
  }

  /** The statements that make every node read a client again; they stand right after its change, and before its end. */
  outdating(id: string): Statement[] {
    const from = 'FROM oauth_clients WHERE id = :id';
    return [{ sql: RAISE, params: { id } }, this.revocations.ofEach('client', 'id, version', from, { id })];
  }

  private isUpToDate({ client, readAt }: Remembered): boolean {
    // What other nodes have changed may be unknown here.
    if (this.revocations.isStale || mayBeGone(client)) return false;
    // A revocation is kept for no longer than that.
    if (performance.now() - readAt > this.revocations.memoryMs) return false;
    return !this.revocations.isOutdatedClient(client.id, client.version);
  }
}

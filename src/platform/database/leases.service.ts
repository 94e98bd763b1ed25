import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Database } from './database.service.js';

/** A lease that ends later than this after it should was taken by a clock that ran ahead, and is void. */
const CLOCKS_DIFFER_MS = 5 * 60_000;
/** Such as those of servers that were killed. */
const FORGOTTEN_AFTER_MS = 86_400_000;
const RELEASE = `DELETE FROM leases WHERE (name = :name AND owner = :owner) OR expires_at < :before`;
const TAKE = `INSERT INTO leases (name, owner, expires_at) VALUES (:name, :owner, :until)
  ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at
  WHERE leases.owner = :owner OR leases.expires_at <= :now OR leases.expires_at > :beyond`;

/**
 * Work that one node at a time does, on any database. A node that dies holds its lease until that runs out. What must
 * never happen twice needs a condition of its own, for a process that was frozen may wake up after its lease has ended.
 */
@Injectable()
export class Leases {
  /** This process, by an id that it made for itself. */
  readonly owner = uuidv7();

  constructor(private readonly database: Database) {}

  /** Takes the lease, or holds it for longer. `false` when another node has it. */
  async take(name: string, forMs: number): Promise<boolean> {
    const now = Date.now();
    const until = now + forMs;
    const params = { name, owner: this.owner, now, until, beyond: until + CLOCKS_DIFFER_MS };
    return (await this.database.run({ sql: TAKE, params })).affected === 1;
  }

  /** Gives the lease up, if this process has it; along with those that expired long ago. */
  async release(name: string): Promise<void> {
    const params = { name, owner: this.owner, before: Date.now() - FORGOTTEN_AFTER_MS };
    await this.database.run({ sql: RELEASE, params });
  }
}

import { Injectable, type OnModuleInit } from '@nestjs/common';
import { createHmac } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../access/actor.js';
import { derivedKey } from '../config/derived-key.js';
import { Settings } from '../config/settings.js';
import { CleanUps, PIECE } from '../database/clean-ups.service.js';
import { Database } from '../database/database.service.js';
import { sourceOf } from '../http/source.js';
import { QueuedMail } from './queued-mail.entity.js';

/** A letter that waits, as far as is needed to decide whose turn it is. Times are milliseconds since 1970. */
export interface Waiting {
  id: string;
  kind: string;
  source: string;
  recipient: string;
  dueAt: number;
}

/** A letter that this process has claimed (a lease). */
export interface Claimed extends Waiting {
  /** `null` for a decoy, which is never sent. */
  address: string | null;
  detail: Record<string, unknown>;
  /** How often it was begun before. */
  tries: number;
}

/** Visibility timeout: how long a claim holds if its process dies. Longer than sending may take. */
const CLAIMED_FOR_MS = 45_000;
/** None is due later than this; one that is, is from before the clock was set back. */
export const FARTHEST_MS = 15 * 60_000;
/** What was sent is counted for so long. */
const COUNTED_FOR_MS = 3_600_000;
/** Per source, so that none fills the memory; the rest of its letters wait in the table for their turn. */
const LOADED_OF_SOURCE = 20;
const LOADED = 400;

const CLEAN_UP_EVERY_MS = 600_000;
const CLEAN_UP = `DELETE FROM mails WHERE id IN (
  SELECT id FROM mails WHERE due_at IS NULL AND sent_at < :before LIMIT ${PIECE})`;
const LOAD = `SELECT id, kind, source, recipient, due_at FROM (
    SELECT id, kind, source, recipient, due_at, ROW_NUMBER() OVER (PARTITION BY source ORDER BY id) AS place
    FROM mails WHERE due_at <= :now OR due_at > :beyond) AS ranked
  WHERE place <= ${LOADED_OF_SOURCE} ORDER BY place, id LIMIT ${LOADED}`;
const LIST = `SELECT id, kind, source, recipient, due_at, address, detail, tries FROM mails
  WHERE id > :after AND due_at IS NOT NULL AND address IS NOT NULL ORDER BY id LIMIT :limit`;
const COUNT_WAITING = 'SELECT source, COUNT(*) AS count FROM mails WHERE due_at IS NOT NULL GROUP BY source';
const CLAIMED = 'RETURNING id, kind, source, recipient, due_at, address, detail, tries';
const CLAIM = `UPDATE mails SET due_at = :until, tries = tries + 1 WHERE id = :id AND due_at = :dueAt ${CLAIMED}`;
const CLAIM_ALIKE = `UPDATE mails SET due_at = :until, tries = tries + 1
  WHERE recipient = :recipient AND kind = :kind AND tries = 0 AND due_at <= :now ${CLAIMED}`;
const PUT_BACK =
  'UPDATE mails SET due_at = :dueAt, tries = tries - :untried WHERE id = :id AND due_at IS NOT NULL';
const SENT = `UPDATE mails SET due_at = NULL, sent_at = :now, address = NULL, detail = NULL WHERE id = :id`;
const FORGET = 'DELETE FROM mails WHERE id = :id';
const COUNT_SENT = `SELECT COUNT(*) AS count, MAX(sent_at) AS last FROM mails
  WHERE recipient = :recipient AND kind = :kind AND sent_at > :since AND sent_at <= :now`;

/** The letters that wait, in a table, so that they outlive the process; of those that were sent, how many and when. */
@Injectable()
export class MailQueue implements OnModuleInit {
  private readonly key: Buffer;

  constructor(
    settings: Settings,
    private readonly database: Database,
    private readonly cleanUps: CleanUps,
  ) {
    this.key = derivedKey(settings.GATEHOUSE_SECRET, 'mails');
  }

  onModuleInit(): void {
    this.cleanUps.every(CLEAN_UP_EVERY_MS, 'mails', (now) => ({
      sql: CLEAN_UP,
      params: { before: now - COUNTED_FOR_MS },
    }));
  }

  /** Stores a letter. Without `detail` it is a decoy that is never sent, and its address is not stored. */
  async add(kind: string, to: string, detail: object | null, actor: Actor, dueAt: number): Promise<Waiting> {
    const row = {
      id: uuidv7(),
      kind,
      address: detail && to,
      recipient: this.recipientOf(to),
      source: sourceOf(actor.ip),
      detail: detail as Record<string, unknown> | null,
      tries: 0,
      dueAt: new Date(dueAt),
      sentAt: null,
    };
    await this.database.run(this.database.insert(QueuedMail, row));
    return { ...row, dueAt };
  }

  /** Letters that are due by `now`, the oldest of each source first (fair queueing). */
  async load(now: number): Promise<Waiting[]> {
    return (await this.database.query<Row>(LOAD, { now, beyond: Date.now() + FARTHEST_MS })).map(waitingOf);
  }

  /** At most `limit` letters that wait, oldest first, after the one with the id `after`; no decoys. */
  async list(limit: number, after: string): Promise<(Claimed & { address: string })[]> {
    const rows = await this.database.query<Row>(LIST, { limit, after });
    // They are not claimed here; they were tried as often as they were claimed.
    return rows.map((row) => ({ ...claimedOf(row), address: row.address!, tries: Number(row.tries) }));
  }

  /** How many letters of each source wait. */
  async waiting(): Promise<Map<string, number>> {
    const rows = await this.database.query<{ source: string; count: string | number }>(COUNT_WAITING);
    return new Map(rows.map(({ source, count }) => [source, Number(count)]));
  }

  /** Claims a letter for this process; `undefined` when another one has, or it is gone. */
  async claim({ id, dueAt }: Waiting, now: number): Promise<Claimed | undefined> {
    const params = { id, dueAt, until: now + CLAIMED_FOR_MS };
    const [row] = await this.database.query<Row>(CLAIM, params);
    return row && claimedOf(row);
  }

  /** Claims all untried letters of the same kind and recipient that are due by `now`. */
  async claimAlike({ recipient, kind }: Waiting, now: number): Promise<Claimed[]> {
    const params = { recipient, kind, now, until: now + CLAIMED_FOR_MS };
    return (await this.database.query<Row>(CLAIM_ALIKE, params)).map(claimedOf);
  }

  /** Ends the claim; the letter is due again at `dueAt`, and counts as tried unless it `isUntried`. */
  async putBack({ id, dueAt }: Waiting, isUntried = false): Promise<void> {
    await this.database.run({ sql: PUT_BACK, params: { id, dueAt, untried: isUntried ? 1 : 0 } });
  }

  /** Forgets all of a letter but that one was sent to this recipient. */
  async noteSent({ id }: Waiting): Promise<void> {
    await this.database.run({ sql: SENT, params: { id, now: Date.now() } });
  }

  async forget({ id }: Waiting): Promise<void> {
    await this.database.run({ sql: FORGET, params: { id } });
  }

  /** How many letters of this kind went to a recipient in the last hour, and when the last one did. */
  async sentTo({ recipient, kind }: Waiting): Promise<{ count: number; lastAt: number }> {
    const now = Date.now();
    const params = { recipient, kind, now, since: now - COUNTED_FOR_MS };
    const [row] = await this.database.query<Record<'count' | 'last', string | number>>(COUNT_SENT, params);
    return { count: Number(row!.count), lastAt: Number(row!.last ?? 0) };
  }

  private recipientOf(address: string): string {
    return createHmac('sha256', this.key).update(address).digest('base64url');
  }
}

interface Row {
  id: string;
  kind: string;
  source: string;
  recipient: string;
  due_at: string | number;
  address?: string | null;
  detail?: string | null;
  tries?: number;
}

function waitingOf({ id, kind, source, recipient, due_at }: Row): Waiting {
  return { id, kind, source, recipient, dueAt: Number(due_at) };
}

function claimedOf(row: Row): Claimed {
  const detail = JSON.parse(row.detail ?? '{}') as Record<string, unknown>;
  return { ...waitingOf(row), address: row.address ?? null, detail, tries: Number(row.tries) - 1 };
}

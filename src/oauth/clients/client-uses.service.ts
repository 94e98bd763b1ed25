import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CleanUps, PIECE } from '../../platform/database/clean-ups.service.js';
import { Database } from '../../platform/database/database.service.js';
import type { OAuthClient } from './oauth-client.entity.js';

const CLEAN_UP_EVERY_MS = 600_000;
/** A client that registered itself goes when it has not been used for so long. */
const UNUSED_FOR_MS = 90 * 86_400_000;
/** So long before that, it is not trusted to be there still; longer than any memory of clients lasts. */
const DOUBTED_FOR_MS = 86_400_000;
const SWEEP = `DELETE FROM oauth_clients WHERE id IN (SELECT id FROM oauth_clients
  WHERE kind IN ('dynamic', 'document') AND COALESCE(last_used_at, created_at) < :before LIMIT ${PIECE})`;
/** The last use is noted at most this often. */
const NOTED_EVERY_MS = 60_000;
const MAX_NOTED = 10_000;
const NOTE_USE = `UPDATE oauth_clients SET last_used_at = :now
  WHERE id = :id AND (last_used_at IS NULL OR last_used_at < :before)`;

/** Notes when clients were last used, and removes those that registered themselves and are not used any more. */
@Injectable()
export class ClientUsesService implements OnModuleInit {
  private readonly notedAt = new Map<string, number>();

  constructor(
    private readonly database: Database,
    private readonly cleanUps: CleanUps,
  ) {}

  onModuleInit(): void {
    this.cleanUps.every(CLEAN_UP_EVERY_MS, 'oauth_clients', (now) => ({
      sql: SWEEP,
      params: { before: now - UNUSED_FOR_MS },
    }));
  }

  /** Notes a use now and then, behind the answer. */
  note({ id }: Pick<OAuthClient, 'id'>): void {
    const now = Date.now();
    if (now - (this.notedAt.get(id) ?? 0) < NOTED_EVERY_MS) return;
    if (this.notedAt.size > MAX_NOTED) this.notedAt.clear();
    this.notedAt.set(id, now);
    const params = { id, now, before: now - NOTED_EVERY_MS };
    setImmediate(() => void this.database.run({ sql: NOTE_USE, params }).catch(() => {}));
  }
}

/** Whether the clean-up may have removed a client since it was read. */
export function mayBeGone({ kind, lastUsedAt, createdAt }: OAuthClient): boolean {
  const usedAt = (lastUsedAt ?? createdAt).getTime();
  return (kind === 'dynamic' || kind === 'document') && usedAt < Date.now() - UNUSED_FOR_MS + DOUBTED_FOR_MS;
}

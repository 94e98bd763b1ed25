import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CleanUps, PIECE } from '../../platform/database/clean-ups.service.js';
import { Database } from '../../platform/database/database.service.js';
import { hashOf } from '../../platform/http/opaque-token.js';
import type { UsedId } from './used-id.entity.js';

const CLEAN_UP_EVERY_MS = 60_000;
const CLEAN_UP = `DELETE FROM used_ids WHERE (kind, issuer, hash) IN (
  SELECT kind, issuer, hash FROM used_ids WHERE expires_at < :now ORDER BY expires_at LIMIT ${PIECE})`;
const USE = `INSERT INTO used_ids (kind, issuer, hash, expires_at) VALUES (:kind, :issuer, :hash, :expiresAt)
  ON CONFLICT (kind, issuer, hash) DO NOTHING`;

/** The ids of signed statements that work once, remembered until they would be refused for their age. */
@Injectable()
export class UsedIdsService implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly cleanUps: CleanUps,
  ) {}

  onModuleInit(): void {
    this.cleanUps.every(CLEAN_UP_EVERY_MS, 'used_ids', (now) => ({ sql: CLEAN_UP, params: { now } }));
  }

  /** Uses an id up; `false` when it was used before, by whatever node. @param expiresAt in ms */
  async use(kind: UsedId['kind'], issuer: string, id: string, expiresAt: number): Promise<boolean> {
    const params = { kind, issuer, hash: hashOf(id), expiresAt };
    return (await this.database.run({ sql: USE, params })).affected === 1;
  }
}

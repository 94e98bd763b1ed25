import { Injectable } from '@nestjs/common';
import { Settings } from '../../platform/config/settings.js';
import { Database, type Statement } from '../../platform/database/database.service.js';
import { RevocationsService } from '../revocation/revocations.service.js';
import { SessionsService } from './sessions.service.js';

/** A live session of a client, as its user sees it. */
export interface ClientSessionUse {
  clientId: string;
  lastUsedAt: Date;
}

/** A sign-in that was used this recently is not noted again. */
const NOTED_EVERY_MS = 60_000;
const KEEP_AWAKE = `UPDATE sessions SET last_used_at = :now,
  expires_at = CASE WHEN :until < absolute_expires_at THEN :until ELSE absolute_expires_at END
  WHERE id = :id AND revoked_at IS NULL AND expires_at > :now`;

const LAST_USES = `SELECT client_id, MAX(last_used_at) AS last_used_at FROM sessions
  WHERE user_id = :userId AND client_id IS NOT NULL AND revoked_at IS NULL AND expires_at > :now GROUP BY client_id`;

/** Statements that follow, in the same batch, the ending of all sessions of a client that were revoked at `revokedAt`. */
export type AfterEndingAll = (clientId: string, revokedAt: Date) => Statement[];

/** Ends the sessions of OAuth clients; they begin and are refreshed as all others. */
@Injectable()
export class ClientSessionsService {
  private readonly afterEndingAll: AfterEndingAll[] = [];

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly sessions: SessionsService,
    private readonly revocations: RevocationsService,
  ) {}

  /** Adds to every batch that ends all sessions of a client. Call it in a constructor: commands do not initialise modules. */
  whenEndingAll(after: AfterEndingAll): void {
    this.afterEndingAll.push(after);
  }

  /** The statements that end the sessions that a client has of a user. */
  endingOf(userId: string, clientId: string): Statement[] {
    const now = new Date();
    const sql = `UPDATE sessions SET revoked_at = :now
                 WHERE user_id = :userId AND client_id = :clientId AND revoked_at IS NULL`;
    const params = { userId, clientId, now: now.getTime() };
    return [{ sql, params }, ...this.sessions.following(userId, now)];
  }

  /** The statements that end all sessions of a client, whosever they are. */
  endingOfClient(clientId: string): Statement[] {
    const now = new Date();
    const sql = 'UPDATE sessions SET revoked_at = :now WHERE client_id = :clientId AND revoked_at IS NULL';
    const params = { clientId, now: now.getTime() };
    const from = 'FROM sessions WHERE client_id = :clientId AND revoked_at = :revokedAt';
    const revoked = { clientId, revokedAt: now.getTime() };
    return [
      { sql, params },
      this.revocations.ofEach('session', 'id, NULL', from, revoked),
      ...this.afterEndingAll.flatMap((after) => after(clientId, now)),
    ];
  }

  /** Notes that a sign-in is in use through its clients, so that it does not expire as idle. @param seen its last use, in ms */
  async keepAwake(id: string, seen: number): Promise<void> {
    const now = Date.now();
    if (Math.abs(now - seen) < Math.min(NOTED_EVERY_MS, this.settings.REFRESH_IDLE_TTL / 10)) return;
    const params = { id, now, until: now + this.settings.REFRESH_IDLE_TTL };
    await this.database.run({ sql: KEEP_AWAKE, params });
  }

  /** The clients that have live sessions of a user, and when each was last used. */
  async lastUsesOf(userId: string): Promise<ClientSessionUse[]> {
    const rows = await this.database.query<{ client_id: string; last_used_at: string | number }>(LAST_USES, {
      userId,
      now: Date.now(),
    });
    return rows.map((row) => ({ clientId: row.client_id, lastUsedAt: new Date(Number(row.last_used_at)) }));
  }
}

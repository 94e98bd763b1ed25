import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { Database, UnexpectedCount } from '../../platform/database/database.service.js';
import { parseRefreshToken } from './refresh-token.js';
import type { KnownSession } from './session.entity.js';
import { SessionsService } from './sessions.service.js';

/** Of the same user only: what an application has of one user is never another one's. */
const HAND_OVER = `UPDATE sessions SET parent_id = :next
  WHERE user_id = :userId AND parent_id = :id AND revoked_at IS NULL
    AND EXISTS (SELECT 1 FROM sessions n WHERE n.id = :next AND n.user_id = :userId AND n.revoked_at IS NULL)`;
const END = `UPDATE sessions SET revoked_at = :now
  WHERE id = :id AND user_id = :userId AND revoked_at IS NULL`;

/** A browser has one sign-in: a new one takes the place of the one before. */
@Injectable()
export class SessionSuccessionsService {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionsService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Ends the sign-in that a browser had, now that it has another one. The sessions that clients have of it go on with the new
   * one where the user is the same, so that signing out ends them all, and end where it is not.
   * @param refreshToken of the new sign-in
   */
  async replace({ id, userId }: KnownSession, refreshToken: string, actor: Actor): Promise<void> {
    const now = new Date();
    const { sessionId: next } = parseRefreshToken(refreshToken)!;
    const target = { kind: 'session', id };
    try {
      await this.database.atomically([
        { sql: END, params: { id, userId, now: now.getTime() }, affects: 1 },
        { sql: HAND_OVER, params: { id, userId, next } },
        ...this.sessions.following(userId, now),
        this.audit.event({ action: 'session.replaced', target, by: userId }, actor),
      ]);
    } catch (error) {
      // It has ended by itself since, or by the other of two clicks.
      if (!(error instanceof UnexpectedCount)) throw error;
    }
  }
}

import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { RepeatedEvents } from '../../platform/audit/repeated-events.service.js';
import { Settings } from '../../platform/config/settings.js';
import { Database } from '../../platform/database/database.service.js';
import { Metrics, type Count } from '../../platform/http/metrics.js';
import { parseRefreshToken, refreshToken } from './refresh-token.js';
import { type LiveSession, type Proved, RefreshTokensService } from './refresh-tokens.service.js';
import { isWithinWindow, withRotation } from './reuse-window.js';
import { readWith, rotationsOf, sessionOf, type SessionRow } from './session-row.js';
import type { ReadAlong } from './session.types.js';
import type { KnownSession } from './session.entity.js';
import { InvalidRefreshToken, RefreshTokenReused } from './sessions.errors.js';
import { SessionsService } from './sessions.service.js';

const ROTATE = `UPDATE sessions
  SET generation = generation + 1, rotations = :rotations, last_used_at = :now, expires_at = :expiresAt, ip = :ip
  WHERE id = :id AND generation = :generation AND revoked_at IS NULL AND expires_at > :now`;

/** A session whose refresh token was taken, and what was read along. */
export interface Rotated<T> extends LiveSession {
  along: T;
}

/** The client that a refresh token must belong to, and what else must hold before it is used. */
export interface RotationTerms<T> {
  /** `null` for Gatehouse's own sessions. */
  clientId?: string | null;
  /** Throws what the refresh is refused with; nothing is rotated then. */
  admit?: (session: KnownSession, along: T) => void;
}

/** Rotates refresh tokens (RFC 9700 §4.14.2), and tells a theft from a retry. */
@Injectable()
export class SessionRefreshService {
  private readonly count: Count<'rotated' | 'retried' | 'reused' | 'invalid'>;

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly tokens: RefreshTokensService,
    private readonly sessions: SessionsService,
    private readonly repeated: RepeatedEvents,
    metrics: Metrics,
  ) {
    const outcomes = ['rotated', 'retried', 'reused', 'invalid'] as const;
    this.count = metrics.counter('gatehouse_refreshes_total', 'Refreshes by outcome', outcomes);
  }

  /**
   * Takes a refresh token and gives its successor. A token that was rotated within the reuse window gives the
   * current one again, so parallel tabs, retries and lost responses all end with the same, working token. What is read
   * along may be outdated when it is used: the version that it carries, and the revocation of the session, kill the access
   * token that is made of it (decision 0002).
   * @throws InvalidRefreshToken for anything that is not a token of a live session of `clientId`; the session is not harmed
   * @throws RefreshTokenReused for one rotated longer ago; its session is ended first
   */
  async rotate<T>(
    token: string,
    actor: Actor,
    along: ReadAlong<T>,
    { clientId = null, admit }: RotationTerms<T> = {},
  ): Promise<Rotated<T>> {
    const parsed = parseRefreshToken(token);
    if (!parsed) throw this.invalid('malformed');

    for (;;) {
      const proved = await this.tokens.find(parsed, readWith(along));
      if (!proved) throw this.invalid('not ours');
      const [row] = proved.rows;
      const now = Date.now();
      if (row.client_id !== clientId) throw this.invalid('of another client');
      if (row.revoked_at !== null) throw this.invalid('the session was ended');
      if (Number(row.expires_at) <= now) throw this.invalid('the session has expired');
      if (parsed.generation > row.generation) throw this.invalid('of a generation yet to come');
      admit?.(sessionOf(row), along.of(proved.rows as never));

      if (parsed.generation < row.generation) {
        if (!this.isWithinWindow(row, parsed.generation, now)) return this.endStolen(row, actor);
        await this.noteRetry(row, actor);
        return answer(proved, along);
      }
      if (await this.wins(row, now, actor)) return answer(proved, along);
      // Another request rotated or ended the session in between; look again.
    }
  }

  /** Optimistic lock: of several requests with the current generation, one rotates. The row is then as it is stored. */
  private async wins(row: SessionRow, now: number, actor: Actor): Promise<boolean> {
    const { REFRESH_REUSE_WINDOW, REFRESH_IDLE_TTL } = this.settings;
    const { id, generation } = row;
    const rotations = JSON.stringify(withRotation(rotationsOf(row), generation, now, REFRESH_REUSE_WINDOW));
    const expiresAt = Math.min(now + REFRESH_IDLE_TTL, Number(row.absolute_expires_at));
    const params = { id, generation, rotations, now, expiresAt, ip: actor.ip };
    const { affected } = await this.database.run({ sql: ROTATE, params });
    if (affected !== 1) return false;
    this.count('rotated');
    row.generation++;
    row.expires_at = expiresAt;
    return true;
  }

  private isWithinWindow(row: SessionRow, generation: number, now: number): boolean {
    return isWithinWindow(rotationsOf(row), generation, now, this.settings.REFRESH_REUSE_WINDOW);
  }

  private async noteRetry({ id, user_id: by }: SessionRow, actor: Actor): Promise<void> {
    const target = { kind: 'session', id };
    await this.repeated.note(by, { action: 'session.refresh_retried', target, by }, actor);
    this.count('retried');
  }

  /**
   * RFC 9700 §4.14.2: "If a refresh token is compromised and subsequently used by both the attacker and the legitimate
   * client, one of them will present an invalidated refresh token, which will inform the authorization server of the
   * breach." Which of the two it was cannot be told, so the session ends for both, although the answer is an error.
   */
  private async endStolen({ id, user_id }: SessionRow, actor: Actor): Promise<never> {
    await this.sessions.endAs('session.refresh_reused', id, user_id, actor);
    this.count('reused');
    throw new RefreshTokenReused();
  }

  private invalid(reason: string): InvalidRefreshToken {
    this.count('invalid');
    return new InvalidRefreshToken(reason);
  }
}

function answer<T>({ rows, key }: Proved, along: ReadAlong<T>): Rotated<T> {
  const [row] = rows;
  return {
    session: sessionOf(row),
    refreshToken: refreshToken(row.id, row.generation, key),
    along: along.of(rows as never),
  };
}

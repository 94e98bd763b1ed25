import { Injectable } from '@nestjs/common';
import { derivedKey } from '../../platform/config/derived-key.js';
import { Settings } from '../../platform/config/settings.js';
import { Database } from '../../platform/database/database.service.js';
import { parseRefreshToken, sessionKey } from './refresh-token.js';
import { READ_COLUMNS, sessionOf, type SessionRow } from './session-row.js';
import type { KnownSession } from './session.entity.js';
import { isAuthenticSso, parseSsoToken, ssoToken } from './sso-token.js';

const READ = `SELECT ${READ_COLUMNS}, last_used_at FROM sessions WHERE id = :id`;
const USE = `UPDATE sessions SET last_used_at = :now, expires_at = :expiresAt, ip = :ip
  WHERE id = :id AND revoked_at IS NULL AND expires_at > :now AND last_used_at = :seen`;
/** A session that is looked at more often than this is not written each time. */
const NOTED_EVERY_MS = 60_000;

/**
 * The single sign-on of a browser: a cookie that names the session of its sign-in, for pages and `/oauth/authorize`. The
 * access cookie is gone after minutes, and the refresh cookie does not go to either. It ends with the session.
 */
@Injectable()
export class SsoSessionsService {
  private readonly serverKeys: [current: Buffer, ...earlier: Buffer[]];

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
  ) {
    const { GATEHOUSE_SECRET, GATEHOUSE_SECRET_PREVIOUS } = settings;
    const earlier = GATEHOUSE_SECRET_PREVIOUS ? [derivedKey(GATEHOUSE_SECRET_PREVIOUS, 'sso-cookie')] : [];
    this.serverKeys = [derivedKey(GATEHOUSE_SECRET, 'sso-cookie'), ...earlier];
  }

  /** The cookie for the session that a refresh token has just begun. */
  async tokenOf(refreshToken: string): Promise<string> {
    const { sessionId } = parseRefreshToken(refreshToken)!;
    const [row] = await this.database.query<SessionRow>(READ, { id: sessionId });
    return ssoToken(sessionId, sessionKey(row!.salt, this.serverKeys[0]));
  }

  /**
   * The live session of a cookie; `undefined` for one that was forged, has ended or has expired. A use prolongs the
   * session as a refresh does.
   * @param ip where it is used from
   */
  async find(token: string, ip: string | null): Promise<KnownSession | undefined> {
    const parsed = parseSsoToken(token);
    if (!parsed) return undefined;
    const [row] = await this.database.query<SsoRow>(READ, { id: parsed.sessionId });
    if (!row || !isAuthenticSso(parsed, this.keysOf(row))) return undefined;
    const now = Date.now();
    if (row.revoked_at !== null || Number(row.expires_at) <= now) return undefined;
    await this.prolong(row, now, ip);
    return sessionOf(row);
  }

  private async prolong(row: SsoRow, now: number, ip: string | null): Promise<void> {
    const seen = Number(row.last_used_at);
    // A clock that was set back must not keep the session from being prolonged.
    if (Math.abs(now - seen) < Math.min(NOTED_EVERY_MS, this.settings.REFRESH_IDLE_TTL / 10)) return;
    const expiresAt = Math.min(now + this.settings.REFRESH_IDLE_TTL, Number(row.absolute_expires_at));
    // Optimistic lock: of parallel requests one prolongs.
    await this.database.run({ sql: USE, params: { id: row.id, now, expiresAt, ip, seen } });
  }

  private keysOf({ salt }: SsoRow): Buffer[] {
    return this.serverKeys.map((key) => sessionKey(salt, key));
  }
}

type SsoRow = SessionRow & { last_used_at: string | number };

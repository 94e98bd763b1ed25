import { Injectable } from '@nestjs/common';
import { derivedKey } from '../../platform/config/derived-key.js';
import { Settings } from '../../platform/config/settings.js';
import { Database } from '../../platform/database/database.service.js';
import {
  isAuthentic,
  parseRefreshToken,
  refreshToken,
  sessionKey,
  type ParsedRefreshToken,
} from './refresh-token.js';
import { isWithinWindow } from './reuse-window.js';
import { READ_COLUMNS, readWith, rotationsOf, sessionOf, type SessionRow } from './session-row.js';
import type { KnownSession } from './session.entity.js';
import type { ReadAlong } from './session.types.js';

const READ = `SELECT ${READ_COLUMNS} FROM sessions WHERE id = :id`;

/** The row of a session whose refresh token was shown, and the key that its next ones are made with. */
export interface Proved {
  /** More than one where more is read along. */
  rows: [SessionRow, ...SessionRow[]];
  key: Buffer;
}

/** A session that may be used, with its current refresh token. */
export interface LiveSession {
  session: KnownSession;
  refreshToken: string;
}

/** What a refresh token was found to be of. */
export interface PeekedSession {
  session: KnownSession;
  isEnded: boolean;
  isExpired: boolean;
  /** Whether the token works. */
  isLive: boolean;
}

/** Refresh tokens: what they are made with, and what one is of. */
@Injectable()
export class RefreshTokensService {
  private readonly serverKeys: [current: Buffer, ...earlier: Buffer[]];

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
  ) {
    const { GATEHOUSE_SECRET, GATEHOUSE_SECRET_PREVIOUS } = settings;
    const earlier = GATEHOUSE_SECRET_PREVIOUS ? [derivedKey(GATEHOUSE_SECRET_PREVIOUS, 'refresh-token')] : [];
    this.serverKeys = [derivedKey(GATEHOUSE_SECRET, 'refresh-token'), ...earlier];
  }

  /** The first token of a session. */
  first({ id, salt }: { id: string; salt: string }): string {
    return refreshToken(id, 0, sessionKey(salt, this.serverKeys[0]));
  }

  /**
   * Whose a refresh token is and whether it works, without using it; `undefined` for one that is not ours. A token
   * that was rotated within the reuse window works. More may be read along, in the same statement.
   */
  async peek<T>(token: string, along?: ReadAlong<T>): Promise<(PeekedSession & { along?: T }) | undefined> {
    const parsed = parseRefreshToken(token);
    const proved = parsed && (await this.find(parsed, along && readWith(along)));
    if (!proved) return undefined;
    const [row] = proved.rows;
    const now = Date.now();
    const isUsable =
      parsed.generation === row.generation ||
      isWithinWindow(rotationsOf(row), parsed.generation, now, this.settings.REFRESH_REUSE_WINDOW);
    const isEnded = row.revoked_at !== null;
    const isExpired = Number(row.expires_at) <= now;
    return {
      session: sessionOf(row),
      isEnded,
      isExpired,
      isLive: isUsable && !isEnded && !isExpired,
      ...(along && { along: along.of(proved.rows as never) }),
    };
  }

  /** The session of a token whose MAC is right; `sql` may read more along with it. `undefined` for one that is not ours. */
  async find(token: ParsedRefreshToken, sql = READ): Promise<Proved | undefined> {
    const [row, ...more] = await this.database.query<SessionRow>(sql, { id: token.sessionId });
    if (!row) return undefined;
    const keys = this.keysOf(row.salt);
    return isAuthentic(token, keys) ? { rows: [row, ...more], key: keys[0] } : undefined;
  }

  /** The keys of a session's refresh tokens: of the secret as it is, and as it was before. */
  private keysOf(salt: string): [current: Buffer, ...earlier: Buffer[]] {
    const [current, ...earlier] = this.serverKeys;
    return [sessionKey(salt, current), ...earlier.map((key) => sessionKey(salt, key))];
  }
}

/** The session that a refresh token names, rightly or not. */
export function sessionIdOf(refreshToken: string): string | undefined {
  return parseRefreshToken(refreshToken)?.sessionId;
}

import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { Settings } from '../../platform/config/settings.js';
import { Database, Outdated, outdated, type Statement } from '../../platform/database/database.service.js';
import { RefreshTokensService, type LiveSession } from './refresh-tokens.service.js';
import { Session, type KnownSession } from './session.entity.js';
import { SessionsService } from './sessions.service.js';

/** A session that begins when its statement has run. */
export interface BegunSession extends LiveSession {
  statement: Statement;
}

/** The client that a session is begun for, and what it may outlive; see {@link Session}. */
export type OfClient = Pick<Session, 'clientId' | 'parentId' | 'resources' | 'offline' | 'dpopJkt'> & {
  /** When the user proved who they are, which was at another session. */
  authenticatedAt: Date;
  /** The session ends then, however much it is used. */
  notAfter: Date | null;
};

const OTHERS = `SELECT count(*) AS others FROM sessions other WHERE other.user_id = :user_id
  AND other.client_id IS NOT DISTINCT FROM :client_id AND other.id <> :id AND other.revoked_at IS NULL AND other.expires_at > :created_at`;
/** Says, at no cost of a statement, how many others there are, and what a device token carries; see `commit`. */
const RETURNING = `RETURNING (${OTHERS}) AS others,
  (SELECT epoch FROM device_epochs WHERE user_id = :user_id) AS device_epoch`;
/** So many may begin at the same moment, of which none sees another before it is committed. */
const UNSEEN = 10;
const LIVE = 'user_id = :userId AND client_id IS NOT DISTINCT FROM :clientId AND revoked_at IS NULL';
/** Those that begin at the same moment end the oldest one after the other, or two of them would end each other. */
const LOCK = `SELECT id FROM sessions WHERE ${LIVE} ORDER BY id FOR UPDATE`;
/** By id, which rises with time; the one that has just begun counts as the newest, though the clock was set back. */
const END_OLDEST = `UPDATE sessions SET revoked_at = :now WHERE ${LIVE} AND id <> :id AND id <= (
    SELECT id FROM sessions WHERE ${LIVE} AND expires_at > :now
    ORDER BY CASE WHEN id = :id THEN 0 ELSE 1 END, id DESC LIMIT 1 OFFSET :limit)`;
/** Of the last of them only: an attacker may have begun very many. */
const EARLIER = `SELECT count(*) AS sessions, count(CASE WHEN device = :device AND ip = :ip THEN 1 END) AS same
  FROM (SELECT device, ip FROM sessions WHERE user_id = :userId AND client_id IS NULL AND id < :id
    ORDER BY id DESC LIMIT 200) last_ones`;

const OF_NO_CLIENT: Partial<OfClient> & Omit<OfClient, 'authenticatedAt' | 'notAfter'> = {
  clientId: null,
  parentId: null,
  resources: null,
  offline: null,
  dpopJkt: null,
};

/** Begins sessions, which end the oldest ones where there are too many. */
@Injectable()
export class NewSessionsService {
  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly sessions: SessionsService,
    private readonly tokens: RefreshTokensService,
    private readonly audit: AuditService,
  ) {}

  /** A new session and the statement that begins it. `scopes` is what the login asked for. */
  begin(
    userId: string,
    scopes: string[] | null,
    amr: string[],
    actor: Actor,
    ofClient?: OfClient,
  ): BegunSession {
    const now = Date.now();
    const { authenticatedAt = new Date(now), notAfter = null, ...client } = ofClient ?? OF_NO_CLIENT;
    const absoluteLimit = Math.min(
      now + this.settings.REFRESH_ABSOLUTE_TTL,
      notAfter?.getTime() ?? Number.MAX_SAFE_INTEGER,
    );
    const session: Session = {
      id: uuidv7(),
      userId,
      salt: randomBytes(32).toString('base64url'),
      generation: 0,
      rotations: [],
      scopes,
      amr,
      authenticatedAt,
      createdAt: new Date(now),
      lastUsedAt: new Date(now),
      expiresAt: new Date(Math.min(now + this.settings.REFRESH_IDLE_TTL, absoluteLimit)),
      absoluteExpiresAt: new Date(absoluteLimit),
      revokedAt: null,
      ip: actor.ip,
      device: actor.userAgent,
      ...client,
    };
    const insert = this.database.insert(Session, session);
    const statement = { ...insert, sql: `${insert.sql} ${RETURNING}` };
    return { session, refreshToken: this.tokens.first(session), statement };
  }

  /**
   * Runs the batch that begins a session, and ends the user's oldest ones beyond `MAX_SESSIONS`, or with this client
   * beyond `OAUTH_SESSIONS_PER_CLIENT`. Gives the epoch for the device token, which is that of the batch: what ends
   * device tokens at the same time ends this one too.
   * @throws UnexpectedCount as {@link Database.atomically}
   */
  async commit({ session, statement }: BegunSession, statements: Statement[], actor: Actor): Promise<number> {
    const results = await this.database.atomically(statements);
    const [row] = results[statements.indexOf(statement)]!.rows as Record<string, string | number | null>[];
    const free = this.limitFor(session) - Number(row!['others']);
    // SQLite runs one batch after the other, so that each sees all before it.
    const mayHaveUnseen = free <= UNSEEN && !this.database.isSqlite;
    if (free <= 0 || (mayHaveUnseen && (await this.isOneTooMany(session))))
      await this.endOldest(session, actor);
    return Number(row!['device_epoch'] ?? 0);
  }

  /**
   * Whether none of the user's last sessions came from this device and address. A user's first sign-in is from no new
   * place; `isFirst` says so where their sessions may be long forgotten.
   */
  async isFromNewPlace({ id, userId }: KnownSession, actor: Actor, isFirst: boolean): Promise<boolean> {
    const params = { id, userId, device: actor.userAgent, ip: actor.ip };
    const [earlier] = await this.database.query<Record<'sessions' | 'same', string | number>>(
      EARLIER,
      params,
    );
    return Number(earlier!.same) === 0 && (Number(earlier!.sessions) > 0 || !isFirst);
  }

  private limitFor({ clientId }: KnownSession): number {
    return clientId === null ? this.settings.MAX_SESSIONS : this.settings.OAUTH_SESSIONS_PER_CLIENT;
  }

  private async isOneTooMany(session: KnownSession): Promise<boolean> {
    const { id, userId, clientId, createdAt } = session;
    const params = { id, user_id: userId, client_id: clientId, created_at: createdAt.getTime() };
    const [row] = await this.database.query<{ others: string | number }>(OTHERS, params);
    return Number(row!.others) >= this.limitFor(session);
  }

  /** Writes nothing where another sign-in has ended them in the meantime. */
  private async endOldest(session: KnownSession, actor: Actor): Promise<void> {
    const now = new Date();
    const { id, userId, clientId } = session;
    const params = { id, userId, clientId, now: now.getTime(), limit: this.limitFor(session) };
    const batch = [
      ...(this.database.isSqlite ? [] : [{ sql: LOCK, params }]),
      { sql: END_OLDEST, params, affects: 'some' as const, or: outdated },
      ...this.sessions.following(userId, now),
      this.audit.event(
        { action: 'user.oldest_sessions_ended', target: { kind: 'user', id: userId }, by: userId },
        actor,
      ),
    ];
    await this.database.atomically(batch).catch((error: unknown) => {
      if (!(error instanceof Outdated)) throw error;
    });
  }
}

import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { randomBytes } from 'node:crypto';
import { IsNull, MoreThan, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../access/actor.js';
import { AuditService } from '../audit/audit.service.js';
import { derivedKey } from '../config/derived-key.js';
import { Settings } from '../config/settings.js';
import { CleanUps, PIECE } from '../database/clean-ups.service.js';
import { Database, UnexpectedCount, type Statement } from '../database/database.service.js';
import { Metrics } from '../http/metrics.js';
import type { PageQuery } from '../http/pagination.js';
import { RevocationsService } from '../tokens/revocations.service.js';
import {
  isAuthentic,
  parseRefreshToken,
  refreshToken,
  sessionKey,
  type ParsedRefreshToken,
} from './refresh-token.js';
import { isWithinWindow, withRotation } from './reuse-window.js';
import { READ_COLUMNS, readWith, rotationsOf, sessionOf, type SessionRow } from './session-row.js';
import { Session, type KnownSession } from './session.entity.js';
import { InvalidRefreshToken, RefreshTokenReused } from './sessions.errors.js';

/** A session that may be used, with its current refresh token. */
export interface LiveSession {
  session: KnownSession;
  refreshToken: string;
}

/** A session that begins when its statement has run. */
export interface BegunSession extends LiveSession {
  statement: Statement;
}

/** What a refresh reads of others along with a session `s`, in one statement. */
export interface ReadAlong<T, Row = never> {
  /** None is named as one of a session's own. */
  columns: string;
  joins: string;
  order: string;
  of: (rows: Row[]) => T;
}

/** A session whose refresh token was taken, and what was read along. */
export interface Rotated<T> extends LiveSession {
  along: T;
}

/** The row of a session whose refresh token was shown, and the key that its next ones are made with. */
interface Proved {
  /** More than one where more is read along. */
  rows: [SessionRow, ...SessionRow[]];
  key: Buffer;
}

const READ = `SELECT ${READ_COLUMNS} FROM sessions WHERE id = :id`;
const ROTATE = `UPDATE sessions
  SET generation = generation + 1, rotations = :rotations, last_used_at = :now, expires_at = :expiresAt, ip = :ip
  WHERE id = :id AND generation = :generation AND revoked_at IS NULL AND expires_at > :now`;

/** Says, at no cost of a statement, how many others there are; see `commit`. */
const RETURNING_OTHERS = `RETURNING (SELECT count(*) FROM sessions other WHERE other.user_id = :user_id
  AND other.id <> :id AND other.revoked_at IS NULL AND other.expires_at > :created_at) AS others`;
/** By id, which rises with time; the one that has just begun is spared though the clock was set back. */
const END_OLDEST = `UPDATE sessions SET revoked_at = :now
  WHERE user_id = :userId AND id <> :id AND revoked_at IS NULL AND id <= (
    SELECT id FROM sessions WHERE user_id = :userId AND revoked_at IS NULL AND expires_at > :now
    ORDER BY id DESC LIMIT 1 OFFSET :limit)`;
/** Of the last of them only: somebody may have begun very many. */
const EARLIER = `SELECT count(*) AS sessions, count(CASE WHEN device = :device AND ip = :ip THEN 1 END) AS same
  FROM (SELECT device, ip FROM sessions WHERE user_id = :userId AND id < :id ORDER BY id DESC LIMIT 200) last_ones`;

const PROVE_AGAIN = `UPDATE sessions SET authenticated_at = :now, amr = :amr
  WHERE id = :id AND user_id = :userId AND revoked_at IS NULL AND expires_at > :now RETURNING ${READ_COLUMNS}`;

const HOLDERS = `SELECT DISTINCT user_id FROM sessions
  WHERE user_id > :after AND revoked_at IS NULL AND expires_at > :now ORDER BY user_id LIMIT ${PIECE}`;

const CLEAN_UP_EVERY_MS = 60_000;
const CLEAN_UP = `DELETE FROM sessions WHERE id IN (
  SELECT id FROM sessions WHERE expires_at < :now ORDER BY expires_at LIMIT ${PIECE})`;

/** What a refresh token was found to be of. */
export interface PeekedSession {
  session: KnownSession;
  isEnded: boolean;
  isExpired: boolean;
  /** Whether the token works. */
  isLive: boolean;
}

/** Sessions and their refresh tokens: begun, rotated and ended here and nowhere else. */
@Injectable()
export class SessionsService implements OnModuleInit {
  private readonly serverKeys: [current: Buffer, ...earlier: Buffer[]];

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly cleanUps: CleanUps,
    private readonly revocations: RevocationsService,
    private readonly audit: AuditService,
    private readonly metrics: Metrics,
    @InjectRepository(Session) private readonly sessions: Repository<Session>,
  ) {
    const { GATEHOUSE_SECRET, GATEHOUSE_SECRET_PREVIOUS } = settings;
    const earlier = GATEHOUSE_SECRET_PREVIOUS ? [derivedKey(GATEHOUSE_SECRET_PREVIOUS, 'refresh-token')] : [];
    this.serverKeys = [derivedKey(GATEHOUSE_SECRET, 'refresh-token'), ...earlier];
  }

  onModuleInit(): void {
    this.cleanUps.every(CLEAN_UP_EVERY_MS, 'sessions', (now) => ({ sql: CLEAN_UP, params: { now } }));
  }

  /** A new session and the statement that begins it. `scopes` is what the login asked for. */
  begin(userId: string, scopes: string[] | null, amr: string[], actor: Actor): BegunSession {
    const now = Date.now();
    const absoluteLimit = now + this.settings.REFRESH_ABSOLUTE_TTL;
    const session: Session = {
      id: uuidv7(),
      userId,
      salt: randomBytes(32).toString('base64url'),
      generation: 0,
      rotations: [],
      scopes,
      amr,
      authenticatedAt: new Date(now),
      createdAt: new Date(now),
      lastUsedAt: new Date(now),
      expiresAt: new Date(this.idleLimit(now, absoluteLimit)),
      absoluteExpiresAt: new Date(absoluteLimit),
      revokedAt: null,
      ip: actor.ip,
      device: actor.userAgent,
    };
    const key = sessionKey(session.salt, this.serverKeys[0]);
    const insert = this.database.insert(Session, session);
    const statement = { ...insert, sql: `${insert.sql} ${RETURNING_OTHERS}` };
    return { session, refreshToken: refreshToken(session.id, 0, key), statement };
  }

  /**
   * Runs the batch that begins a session, and ends the user's oldest ones beyond `MAX_SESSIONS`.
   * @throws UnexpectedCount as {@link Database.atomically}
   */
  async commit({ session, statement }: BegunSession, statements: Statement[], actor: Actor): Promise<void> {
    const results = await this.revocations.commit(statements);
    const [row] = results[statements.indexOf(statement)]!.rows as { others: string | number }[];
    if (Number(row!.others) >= this.settings.MAX_SESSIONS) await this.endOldest(session, actor);
  }

  /**
   * Whether none of the user's last sessions came from this device and address. Somebody's first sign-in is from no new
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

  /**
   * Takes a refresh token and gives its successor. A token that was rotated within the reuse window gives the
   * current one again, so parallel tabs, retries and lost responses all end with the same, working token. What is read
   * along may be out of date by then: the version that it carries, and the revocation of the session, kill the access
   * token that is made of it (decision 0002).
   * @throws InvalidRefreshToken for anything that is not a token of a live session; the session is not harmed
   * @throws RefreshTokenReused for one rotated longer ago; its session has ended by then
   */
  async rotate<T>(token: string, actor: Actor, along: ReadAlong<T>): Promise<Rotated<T>> {
    const parsed = parseRefreshToken(token);
    if (!parsed) throw this.invalid('malformed');

    for (;;) {
      const proved = await this.find(parsed, readWith(along));
      if (!proved) throw this.invalid('not ours');
      const [row] = proved.rows;
      const now = Date.now();
      if (row.revoked_at !== null) throw this.invalid('the session was ended');
      if (Number(row.expires_at) <= now) throw this.invalid('the session has expired');
      if (parsed.generation > row.generation) throw this.invalid('of a generation yet to come');
      if (parsed.generation < row.generation) {
        await this.answerAgain(row, parsed.generation, now, actor);
        return this.live(proved, along);
      }

      const expiresAt = this.idleLimit(now, Number(row.absolute_expires_at));
      if (await this.wins(row, now, expiresAt, actor)) {
        this.count('rotated');
        row.generation++;
        row.expires_at = expiresAt;
        return this.live(proved, along);
      }
      // Another request rotated or ended the session in between; look again.
    }
  }

  /**
   * Runs the batch in which somebody proves anew who they are, and gives the session as it is then. `first` changes the
   * user's row and so makes others wait.
   * @throws UnexpectedCount as {@link Database.atomically}, and when the session has ended
   */
  async proveAgain(
    id: string,
    userId: string,
    amr: string[],
    [first, ...rest]: [Statement, ...Statement[]],
  ): Promise<KnownSession> {
    const params = { id, userId, amr: JSON.stringify(amr), now: Date.now() };
    const results = await this.database.atomically([
      first,
      { sql: PROVE_AGAIN, params, affects: 1 },
      ...rest,
    ]);
    return sessionOf(results[1]!.rows[0] as unknown as SessionRow);
  }

  /**
   * Whose a refresh token is and whether it works, without using it; `undefined` for one that is not ours. A token
   * that was rotated within the reuse window works.
   */
  async peek(token: string): Promise<PeekedSession | undefined> {
    const parsed = parseRefreshToken(token);
    const proved = parsed && (await this.find(parsed));
    if (!proved) return undefined;
    const [row] = proved.rows;
    const now = Date.now();
    const isUsable =
      parsed.generation === row.generation ||
      isWithinWindow(rotationsOf(row), parsed.generation, now, this.settings.REFRESH_REUSE_WINDOW);
    const isEnded = row.revoked_at !== null;
    const isExpired = Number(row.expires_at) <= now;
    return { session: sessionOf(row), isEnded, isExpired, isLive: isUsable && !isEnded && !isExpired };
  }

  /** Whether a session of a user has neither ended nor expired. */
  isLive(id: string, userId: string): Promise<boolean> {
    return this.sessions.existsBy({ id, userId, revokedAt: IsNull(), expiresAt: MoreThan(new Date()) });
  }

  /** The statement that holds on to a session of a user: it has neither ended nor expired. */
  stillLive(id: string, userId: string): Statement {
    const sql = `UPDATE sessions SET revoked_at = NULL
                 WHERE id = :id AND user_id = :userId AND revoked_at IS NULL AND expires_at > :now`;
    return { sql, params: { id, userId, now: Date.now() }, affects: 1 };
  }

  /** One more than `query.limit` live sessions of a user, oldest first, after the one with the id `after`. */
  list(userId: string, query: PageQuery, after: string): Promise<Session[]> {
    return this.sessions.find({
      where: { userId, revokedAt: IsNull(), expiresAt: MoreThan(new Date()), id: MoreThan(after) },
      order: { id: 'ASC' },
      take: query.limit + 1,
    });
  }

  /** At most `limit` sessions of a user, the ended ones too, oldest first, after the one with the id `after`. */
  stored(userId: string, limit: number, after: string): Promise<Session[]> {
    return this.sessions.find({ where: { userId, id: MoreThan(after) }, order: { id: 'ASC' }, take: limit });
  }

  /** Ends one session of a user, with its access tokens. `false` when there is no such live session. */
  async end(sessionId: string, userId: string, actor: Actor): Promise<boolean> {
    return this.endAs('session.ended', sessionId, userId, actor);
  }

  /** Ends one session, whosever it is, as {@link end}. */
  async endById(sessionId: string, actor: Actor): Promise<boolean> {
    const [row] = await this.database.query<SessionRow>(READ, { id: sessionId });
    return row !== undefined && this.end(row.id, row.user_id, actor);
  }

  /** Ends all sessions of a user, with their access tokens. Gives how many. */
  async endAllOf(userId: string, actor: Actor): Promise<number> {
    const target = { kind: 'user', id: userId };
    const [ended] = await this.revocations.commit([
      ...this.endingAllOf(userId),
      this.audit.event({ action: 'user.sessions_ended', target }, actor),
    ]);
    return ended!.affected;
  }

  /** Ends all sessions there are, one user's after the other. Gives how many. */
  async endEveryone(actor: Actor): Promise<number> {
    let ended = 0;
    for (let after = ''; ;) {
      const rows = await this.database.query<{ user_id: string }>(HOLDERS, { after, now: Date.now() });
      for (const { user_id } of rows) ended += await this.endAllOf(user_id, actor);
      if (rows.length < PIECE) return ended;
      after = rows.at(-1)!.user_id;
    }
  }

  /** The statements that end all sessions of a user, but for the one with the id `exceptId`. */
  endingAllOf(userId: string, exceptId = ''): Statement[] {
    const now = new Date();
    const sql = `UPDATE sessions SET revoked_at = :now
                 WHERE user_id = :userId AND id <> :exceptId AND revoked_at IS NULL`;
    const params = { userId, exceptId, now: now.getTime() };
    return [{ sql, params }, this.revocations.ofSessionsRevokedAt(userId, now)];
  }

  private async endOldest({ id, userId }: KnownSession, actor: Actor): Promise<void> {
    const now = new Date();
    const params = { id, userId, now: now.getTime(), limit: this.settings.MAX_SESSIONS };
    await this.revocations.commit([
      { sql: END_OLDEST, params },
      this.revocations.ofSessionsRevokedAt(userId, now),
      this.audit.event(
        { action: 'user.oldest_sessions_ended', target: { kind: 'user', id: userId }, by: userId },
        actor,
      ),
    ]);
  }

  private async find(token: ParsedRefreshToken, sql = READ): Promise<Proved | undefined> {
    const [row, ...more] = await this.database.query<SessionRow>(sql, { id: token.sessionId });
    if (!row) return undefined;
    const keys = this.keysOf(row.salt);
    return isAuthentic(token, keys) ? { rows: [row, ...more], key: keys[0] } : undefined;
  }

  private async wins(row: SessionRow, now: number, expiresAt: number, actor: Actor): Promise<boolean> {
    const rotations = withRotation(rotationsOf(row), row.generation, now, this.settings.REFRESH_REUSE_WINDOW);
    const { affected } = await this.database.run({
      sql: ROTATE,
      params: {
        id: row.id,
        generation: row.generation,
        rotations: JSON.stringify(rotations),
        now,
        expiresAt,
        ip: actor.ip,
      },
    });
    return affected === 1;
  }

  private async answerAgain(row: SessionRow, generation: number, now: number, actor: Actor): Promise<void> {
    const target = { kind: 'session', id: row.id };
    const by = row.user_id;
    if (isWithinWindow(rotationsOf(row), generation, now, this.settings.REFRESH_REUSE_WINDOW)) {
      await this.audit.record({ action: 'session.refresh_retried', target, by }, actor);
      this.count('retried');
      return;
    }
    await this.endAs('session.refresh_reused', row.id, row.user_id, actor);
    this.count('reused');
    throw new RefreshTokenReused();
  }

  private async endAs(action: string, id: string, userId: string, actor: Actor): Promise<boolean> {
    const sql =
      'UPDATE sessions SET revoked_at = :now WHERE id = :id AND user_id = :userId AND revoked_at IS NULL';
    try {
      await this.revocations.commit([
        { sql, params: { id, userId, now: Date.now() }, affects: 1 },
        this.revocations.ofSession(id),
        this.audit.event({ action, target: { kind: 'session', id }, by: userId }, actor),
      ]);
      return true;
    } catch (error) {
      if (error instanceof UnexpectedCount) return false;
      throw error;
    }
  }

  private invalid(reason: string): InvalidRefreshToken {
    this.count('invalid');
    return new InvalidRefreshToken(reason);
  }

  private count(outcome: string): void {
    this.metrics.count('gatehouse_refreshes_total', 'Refreshes by outcome', outcome);
  }

  private live<T>({ rows, key }: Proved, along: ReadAlong<T>): Rotated<T> {
    const [row] = rows;
    return {
      session: sessionOf(row),
      refreshToken: refreshToken(row.id, row.generation, key),
      along: along.of(rows as never),
    };
  }

  /** The keys of a session's refresh tokens: of the secret as it is, and as it was before. */
  private keysOf(salt: string): [current: Buffer, ...earlier: Buffer[]] {
    const [current, ...earlier] = this.serverKeys;
    return [sessionKey(salt, current), ...earlier.map((key) => sessionKey(salt, key))];
  }

  private idleLimit(now: number, absolute: number): number {
    return Math.min(now + this.settings.REFRESH_IDLE_TTL, absolute);
  }
}

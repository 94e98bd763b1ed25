import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, MoreThan, Repository } from 'typeorm';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { CleanUps, PIECE } from '../../platform/database/clean-ups.service.js';
import { Database, UnexpectedCount, type Statement } from '../../platform/database/database.service.js';
import type { PageQuery } from '../../platform/http/pagination.js';
import { RevocationsService } from '../revocation/revocations.service.js';
import { DEVICE_EPOCH_ENDING, revokingTokens, SESSION_ENDING } from './session.ending.js';
import { READ_COLUMNS, sessionOf, type SessionRow } from './session-row.js';
import { Session, type KnownSession } from './session.entity.js';

const READ = `SELECT ${READ_COLUMNS} FROM sessions WHERE id = :id`;
/** Client sessions end with the sign-in that they came from, but for those that may outlive it. */
const END_CHILDREN = `UPDATE sessions SET revoked_at = :now
  WHERE user_id = :userId AND revoked_at IS NULL AND offline IS NOT TRUE
    AND parent_id IN (SELECT id FROM sessions WHERE user_id = :userId AND revoked_at = :now)`;
const PROVE_AGAIN = `UPDATE sessions SET authenticated_at = :now, amr = :amr
  WHERE id = :id AND user_id = :userId AND revoked_at IS NULL AND expires_at > :now RETURNING ${READ_COLUMNS}`;

const HOLDERS = `SELECT DISTINCT user_id FROM sessions
  WHERE user_id > :after AND revoked_at IS NULL AND expires_at > :now ORDER BY user_id LIMIT ${PIECE}`;

const CLEAN_UP_EVERY_MS = 60_000;
const CLEAN_UP = `DELETE FROM sessions WHERE id IN (
  SELECT id FROM sessions WHERE expires_at < :now ORDER BY expires_at LIMIT ${PIECE})`;

/** Statements that follow, in the same batch, the ending of all sessions of a user that were revoked at `revokedAt`. */
export type AfterEnding = (userId: string, revokedAt: Date) => Statement[];

/** Sessions that there are: found, used again, and ended here and nowhere else. */
@Injectable()
export class SessionsService implements OnModuleInit {
  private readonly afterEnding: AfterEnding[] = [];

  constructor(
    private readonly database: Database,
    private readonly cleanUps: CleanUps,
    private readonly revocations: RevocationsService,
    private readonly audit: AuditService,
    @InjectRepository(Session) private readonly sessions: Repository<Session>,
  ) {}

  onModuleInit(): void {
    this.cleanUps.every(CLEAN_UP_EVERY_MS, 'sessions', (now) => ({ sql: CLEAN_UP, params: { now } }));
  }

  /** Adds to every batch that ends sessions. Call it in a constructor: commands do not initialise modules. */
  whenEnding(after: AfterEnding): void {
    this.afterEnding.push(after);
  }

  /**
   * Runs the batch in which a user authenticates again, and gives the session as it is then. `first` changes the
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

  /** A session of a user, ended or not, while its row is kept. */
  ofUser(id: string, userId: string): Promise<Session | null> {
    return this.sessions.findOneBy({ id, userId });
  }

  /** Whether a session of a user has neither ended nor expired. */
  isLive(id: string, userId: string): Promise<boolean> {
    return this.sessions.existsBy({ id, userId, revokedAt: IsNull(), expiresAt: MoreThan(new Date()) });
  }

  /** One more than `query.limit` live sign-ins of a user, oldest first, after the one with the id `after`; no client's. */
  list(userId: string, query: PageQuery, after: string): Promise<Session[]> {
    return this.sessions.find({
      where: {
        userId,
        clientId: IsNull(),
        revokedAt: IsNull(),
        expiresAt: MoreThan(new Date()),
        id: MoreThan(after),
      },
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
    const [ended] = await this.database.atomically([
      ...this.endingAllOf(userId),
      this.audit.event({ action: 'user.sessions_ended', target }, actor),
    ]);
    return ended!.affected;
  }

  /** Ends all sessions of a user but one, with their access tokens. Gives how many. */
  async endOthersOf(userId: string, exceptId: string, actor: Actor): Promise<number> {
    const target = { kind: 'user', id: userId };
    const [ended] = await this.database.atomically([
      ...this.endingAllOf(userId, exceptId),
      this.audit.event({ action: 'user.other_sessions_ended', target }, actor),
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

  /**
   * The statements that end all sessions of a user, but for the one with the id `exceptSessionId` and those that clients
   * have of it, and all device tokens. The number of sessions is what the first one affects.
   */
  endingAllOf(userId: string, exceptSessionId = ''): Statement[] {
    const { revocations } = this;
    const account = { userId, now: new Date(), exceptSessionId, revocations };
    return [
      ...SESSION_ENDING.end(account),
      ...this.afterEnding.flatMap((after) => after(userId, account.now)),
      ...DEVICE_EPOCH_ENDING.end(account),
    ];
  }

  /** What goes with the end of those sessions of a user that were revoked at `revokedAt`. */
  following(userId: string, revokedAt: Date): Statement[] {
    return [
      { sql: END_CHILDREN, params: { userId, now: revokedAt.getTime() } },
      revokingTokens(userId, revokedAt, this.revocations),
      ...this.afterEnding.flatMap((after) => after(userId, revokedAt)),
    ];
  }

  /** Ends one session of a user, with its access tokens, for the reason that the audit event says; see {@link end}. */
  async endAs(action: string, id: string, userId: string, actor: Actor): Promise<boolean> {
    const sql =
      'UPDATE sessions SET revoked_at = :now WHERE id = :id AND user_id = :userId AND revoked_at IS NULL';
    const now = new Date();
    try {
      await this.database.atomically([
        { sql, params: { id, userId, now: now.getTime() }, affects: 1 },
        ...this.following(userId, now),
        this.audit.event({ action, target: { kind: 'session', id }, by: userId }, actor),
      ]);
      return true;
    } catch (error) {
      if (error instanceof UnexpectedCount) return false;
      throw error;
    }
  }
}

/** The statement that holds on to a session of a user: it has neither ended nor expired. */
export function stillLive(id: string, userId: string): Statement {
  const sql = `UPDATE sessions SET revoked_at = NULL
               WHERE id = :id AND user_id = :userId AND revoked_at IS NULL AND expires_at > :now`;
  return { sql, params: { id, userId, now: Date.now() }, affects: 1 };
}

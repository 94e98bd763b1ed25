import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, MoreThan, Repository } from 'typeorm';
import { Settings } from '../config/settings.js';
import { Database, type Result, type Statement } from '../database/database.service.js';
import type { AccessTokenClaims } from './access-tokens.service.js';
import { Revocation, type RevocationKind } from './revocation.entity.js';

/** What of a token can be revoked. */
export type Revocable = Pick<AccessTokenClaims, 'sub' | 'sid' | 'ver' | 'roles'>;

interface LiveRevocation {
  /** Tokens with a lower `ver` are dead; `Infinity` kills all. */
  fromVersion: number;
  expiresAt: number;
}

const CLEAN_UP_EVERY_MS = 60_000;
const RETURNING = 'RETURNING kind, subject, from_version, expires_at';
const UPSERT = `ON CONFLICT (kind, subject) DO UPDATE SET
  from_version = excluded.from_version, created_at = excluded.created_at, expires_at = excluded.expires_at`;

/**
 * The list of access tokens that are dead before they expire. The rows are in the database; the live ones also in
 * memory, where every guarded request looks.
 */
@Injectable()
export class RevocationsService implements OnModuleInit, OnModuleDestroy {
  private readonly live: Record<RevocationKind, Map<string, LiveRevocation>> = {
    session: new Map(),
    user: new Map(),
    role: new Map(),
  };

  private cleanUp: NodeJS.Timeout;

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    @InjectRepository(Revocation) private readonly revocations: Repository<Revocation>,
  ) {}

  async onModuleInit(): Promise<void> {
    const where = { expiresAt: MoreThan(new Date()) };
    for (const row of await this.revocations.find({ where, order: { expiresAt: 'ASC' } })) {
      this.remember(row.kind, row.subject, row.fromVersion, row.expiresAt.getTime());
    }
    this.cleanUp = setInterval(() => void this.forgetExpired().catch(() => {}), CLEAN_UP_EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.cleanUp);
  }

  isRevoked({ sub, sid, ver, roles }: Revocable): boolean {
    const { session, user, role } = this.live;
    return (
      session.has(sid) ||
      ver < (user.get(sub)?.fromVersion ?? 0) ||
      (role.size > 0 && roles.some((name) => ver < (role.get(name)?.fromVersion ?? 0)))
    );
  }

  /**
   * Runs a batch that holds revocations; they are in force here before this returns.
   * @throws UnexpectedCount as {@link Database.atomically}
   */
  async commit(statements: Statement[]): Promise<Result[]> {
    const results = await this.database.atomically(statements);
    for (const [position, { sql }] of statements.entries()) {
      if (sql.endsWith(RETURNING)) this.learn(results[position]!);
    }
    return results;
  }

  /** Must stand first in a batch that changes somebody's rights; see `AuthorityVersion`. */
  raiseVersion(): Statement {
    return { sql: 'UPDATE authority_version SET value = value + 1 WHERE id = 1', params: {}, affects: 1 };
  }

  /** Kills the access tokens of one session. */
  ofSession(sessionId: string): Statement {
    return this.insert(':kind, :subject, NULL', { kind: 'session', subject: sessionId });
  }

  /** Kills the access tokens of the sessions that were revoked at `revokedAt`; run it right after that. */
  ofSessionsRevokedAt(userId: string, revokedAt: Date): Statement {
    const from = 'FROM sessions WHERE user_id = :userId AND revoked_at = :revokedAt';
    return this.insert(`'session', id, NULL`, { userId, revokedAt: revokedAt.getTime() }, from);
  }

  /** Kills the access tokens that a user has by now. Needs {@link raiseVersion} in the batch. */
  ofUser(userId: string): Statement {
    return this.insert(
      ':kind, :subject, value',
      { kind: 'user', subject: userId },
      'FROM authority_version WHERE id = 1',
    );
  }

  /** Kills the access tokens that carry a role by now. Needs {@link raiseVersion} in the batch. */
  ofRole(name: string): Statement {
    return this.insert(
      ':kind, :subject, value',
      { kind: 'role', subject: name },
      'FROM authority_version WHERE id = 1',
    );
  }

  private insert(values: string, params: Record<string, unknown>, from = 'WHERE true'): Statement {
    const createdAt = Date.now();
    return {
      sql: `INSERT INTO revocations (kind, subject, from_version, created_at, expires_at)
            SELECT ${values}, :createdAt, :expiresAt ${from} ${UPSERT} ${RETURNING}`,
      params: { ...params, createdAt, expiresAt: createdAt + this.settings.ACCESS_TOKEN_TTL },
    };
  }

  private learn({ rows }: Result): void {
    for (const row of rows as {
      kind: RevocationKind;
      subject: string;
      from_version: string | null;
      expires_at: string;
    }[]) {
      this.remember(row.kind, row.subject, row.from_version, Number(row.expires_at));
    }
  }

  private remember(
    kind: RevocationKind,
    subject: string,
    from: string | number | null,
    expiresAt: number,
  ): void {
    const fromVersion = from === null ? Infinity : Number(from);
    // Deleted first, so that the map stays ordered by expiry.
    this.live[kind].delete(subject);
    this.live[kind].set(subject, { fromVersion, expiresAt });
  }

  /** Drops what no live token can match any more. In memory the oldest stand first, and all live equally long. */
  private async forgetExpired(): Promise<void> {
    const now = Date.now();
    for (const list of Object.values(this.live)) {
      for (const [subject, { expiresAt }] of list) {
        if (expiresAt > now) break;
        list.delete(subject);
      }
    }
    await this.revocations.delete({ expiresAt: LessThan(new Date(now)) });
  }
}

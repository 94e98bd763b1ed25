import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Settings } from '../../platform/config/settings.js';
import { CleanUps, PIECE } from '../../platform/database/clean-ups.service.js';
import { Database, type Statement } from '../../platform/database/database.service.js';
import { OthersWrites } from '../../platform/database/others-writes.js';
import { Metrics } from '../../platform/http/metrics.js';
import { RevocationBroadcast } from './revocation-broadcast.service.js';
import { RevocationList } from './revocation-list.js';
import type { RevocationKind } from './revocation.entity.js';
import type { ApiKeyMemory, Revocable } from './revocation.types.js';
import { TokenClock } from './token-clock.service.js';
import { RevocationsUnknown } from './tokens.errors.js';

const CLEAN_UP_EVERY_MS = 60_000;
const LOOK_EVERY_MS = 500;
/**
 * Each look goes back this far behind the one before. A row carries the time at which its batch was put together, by
 * the clock of its node, and appears when the batch commits.
 */
const OVERLAP_MS = 15_000;
/** Now and then a look goes back further, for clocks that differ by a minute and batches that were tried again. */
const DEEP_LOOK_EVERY_MS = 10_000;
const DEEP_OVERLAP_MS = 150_000;
/** A token may be minted a while after its rights were read, and clocks differ. */
const LATE_TOKENS_MS = 60_000;
/** After a jump of the clock, and after the start, nothing is forgotten for a token's life, or for so long. */
const FORGET_NOTHING_FOR_MS = 3_600_000;
const LOAD_AT_ONCE = 20_000;
const RETURNING = 'RETURNING kind, subject, from_version, expires_at';
const UPSERT = `ON CONFLICT (kind, subject) DO UPDATE SET
  from_version = excluded.from_version, created_at = excluded.created_at, expires_at = excluded.expires_at`;
const CLEAN_UP = `DELETE FROM revocations WHERE (kind, subject) IN (
  SELECT kind, subject FROM revocations WHERE expires_at < :now ORDER BY expires_at LIMIT ${PIECE})`;
const CURRENT_VERSION = 'FROM authority_version WHERE id = 1';

interface Row {
  kind: RevocationKind;
  subject: string;
  from_version: string | number | null;
  expires_at: string | number;
}

/**
 * Kills access tokens before they expire. The rows are in the database, the live ones also in memory, where every
 * guarded request looks.
 */
@Injectable()
export class RevocationsService implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger(RevocationsService.name);
  private readonly live = new RevocationList();
  private readonly others: OthersWrites;
  /** Of the last look that succeeded: by the clock, and by the monotonic one. */
  private lookedAt = Date.now();
  private heardAt = performance.now();
  private lookedDeepAt = performance.now();
  private whenKeyIsRevoked = () => {};

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly cleanUps: CleanUps,
    private readonly broadcast: RevocationBroadcast,
    private readonly clock: TokenClock,
    metrics: Metrics,
  ) {
    this.others = new OthersWrites(database, () => this.look(), LOOK_EVERY_MS, this.log);
    metrics.gauge('gatehouse_revocations_live', 'Revocations in memory', () => this.live.size);
    metrics.gauge(
      'gatehouse_revocations_age_seconds',
      'How long ago those of other nodes were looked at',
      () => this.ageMs / 1000,
    );
  }

  async onModuleInit(): Promise<void> {
    await this.load();
    await this.broadcast.listen<Row>((rows) => this.learn(rows));
    this.others.follow();
    this.cleanUps.every(CLEAN_UP_EVERY_MS, 'revocations', () => this.expired());
  }

  onModuleDestroy(): void {
    this.others.stop();
  }

  /** Calls back for each signing key that is revoked, here or elsewhere. */
  onKeyRevoked(callBack: () => void): void {
    this.whenKeyIsRevoked = callBack;
  }

  /** Whether other nodes may have revoked what this one does not know of, for longer than allowed. */
  get isStale(): boolean {
    return this.ageMs > this.settings.REVOCATION_STALENESS;
  }

  /** @throws RevocationsUnknown when `REVOCATION_FAIL` asks for it */
  refuseWhenStale(): void {
    if (this.isStale && this.settings.REVOCATION_FAIL === 'closed') throw new RevocationsUnknown();
  }

  /** What kind of revocation kills this token; `undefined` when none does. */
  reason(token: Revocable): RevocationKind | undefined {
    return this.live.reason(token);
  }

  /** Whether a signing key was deleted, and its tokens with it. */
  reasonOfKey(kid: string): RevocationKind | undefined {
    return this.reason({ sub: '', sid: '', ver: Infinity, roles: [], kid });
  }

  /** Whether something of what was remembered of an API key has changed since. */
  isOutdated(memory: ApiKeyMemory): boolean {
    return this.live.isOutdated(memory);
  }

  /** Whether a client has changed since it was read at this version. */
  isOutdatedClient(id: string, version: number): boolean {
    return this.live.isOutdatedClient(id, version);
  }

  /** The number of the last change of any rights. */
  async version(): Promise<number> {
    const [row] = await this.database.query<{ value: string | number }>(
      'SELECT value FROM authority_version WHERE id = 1',
    );
    return Number(row!.value);
  }

  /**
   * Must stand first in a batch that changes a user's rights; see `AuthorityVersion`. With `seen`, the batch is undone
   * when any rights have changed since, because it was decided on what holds no longer.
   */
  raiseVersion(seen?: number): Statement {
    const condition = seen === undefined ? '' : 'AND value = :seen';
    const sql = `UPDATE authority_version SET value = value + 1 WHERE id = 1 ${condition}`;
    return { sql, params: seen === undefined ? {} : { seen }, affects: 1 };
  }

  /** Kills the access tokens of one session. */
  ofSession(sessionId: string): Statement {
    return this.insert(':kind, :subject, NULL', { kind: 'session', subject: sessionId });
  }

  /**
   * The same of each row of another room's table that ends or changes in the batch; run it right after that.
   * @param values in SQL: the subject, and the version from which what is remembered of it holds, or `NULL` for nothing
   * @param from in SQL: `FROM` the table, and which rows
   */
  ofEach(kind: RevocationKind, values: string, from: string, params: Record<string, unknown>): Statement {
    return this.insert(`'${kind}', ${values}`, params, from);
  }

  /** Kills the access tokens that a user has by now. Needs {@link raiseVersion} in the batch. */
  ofUser(userId: string): Statement {
    return this.insert(':kind, :subject, value', { kind: 'user', subject: userId }, CURRENT_VERSION);
  }

  /** Kills the access tokens that carry a role by now. Needs {@link raiseVersion} in the batch. */
  ofRole(name: string): Statement {
    return this.insert(':kind, :subject, value', { kind: 'role', subject: name }, CURRENT_VERSION);
  }

  /** Kills everything that a signing key has signed. */
  ofKey(kid: string): Statement {
    return this.insert(':kind, :subject, NULL', { kind: 'key', subject: kid });
  }

  /** Has every node look at the keys within a second, as the revocation of one does; this is the revocation of none. */
  ofNoKey(news: string): Statement {
    return this.ofKey(`no key:${news}`);
  }

  /** For how long what was read of an API key or a client may be held against the live revocations. */
  get memoryMs(): number {
    return this.settings.ACCESS_TOKEN_TTL;
  }

  private insert(values: string, params: Record<string, unknown>, from = 'WHERE true'): Statement {
    const createdAt = this.clock.now();
    return {
      sql: `INSERT INTO revocations (kind, subject, from_version, created_at, expires_at)
            SELECT ${values}, :createdAt, :expiresAt ${from} ${UPSERT} ${RETURNING}`,
      params: {
        ...params,
        createdAt,
        // Made before the clock was set back, a token lives the longer.
        expiresAt: this.clock.latest + this.lifetime,
      },
      // In force on this node before the answer leaves, and at once on those that listen.
      committed: ({ rows }) => this.enforce(rows as unknown as Row[]),
    };
  }

  /**
   * For how long a token can be alive that was made by now. A node that does not hear of a revocation may go on from what
   * it remembers until it counts as stale.
   */
  private get lifetime(): number {
    const { ACCESS_TOKEN_TTL, REVOCATION_STALENESS } = this.settings;
    return ACCESS_TOKEN_TTL + Math.max(LATE_TOKENS_MS, REVOCATION_STALENESS);
  }

  private get ageMs(): number {
    return this.database.isShared ? performance.now() - this.heardAt : 0;
  }

  /** At what other processes have revoked. */
  private async look(): Promise<void> {
    const startedAt = this.clock.now();
    // A clock that was set back must not leave a gap.
    const isDeep = performance.now() - this.lookedDeepAt > DEEP_LOOK_EVERY_MS;
    const since = Math.min(this.lookedAt, startedAt) - (isDeep ? DEEP_OVERLAP_MS : OVERLAP_MS);
    this.learn(
      await this.database.query<Row>(
        'SELECT kind, subject, from_version, expires_at FROM revocations WHERE created_at > :since',
        { since },
      ),
    );
    this.lookedAt = startedAt;
    this.heardAt = performance.now();
    if (isDeep) this.lookedDeepAt = this.heardAt;
  }

  private enforce(rows: Row[]): void {
    this.learn(rows);
    this.broadcast.tell(rows);
  }

  private learn(rows: Row[]): void {
    if (this.mayForget) this.live.forgetExpired(this.clock.now());
    for (const { kind, subject, from_version, expires_at } of rows) {
      const isNewKey = kind === 'key' && !this.live.hasKey(subject);
      this.live.add(kind, subject, Number(from_version ?? 0), Number(expires_at));
      if (isNewKey) this.whenKeyIsRevoked();
    }
  }

  /**
   * In pieces and oldest first, so that a million rows need no more memory than the list itself. Those that seem
   * expired too, for the clock may be set back.
   */
  private async load(): Promise<void> {
    let after: Row | undefined;
    do {
      const rows: Row[] = await this.database.query<Row>(
        `SELECT kind, subject, from_version, expires_at FROM revocations
         WHERE expires_at > :expiresAt OR (expires_at = :expiresAt AND subject > :subject)
         ORDER BY expires_at, subject LIMIT ${LOAD_AT_ONCE}`,
        { expiresAt: Number(after?.expires_at ?? 0), subject: after?.subject ?? '' },
      );
      this.learn(rows);
      after = rows.length === LOAD_AT_ONCE ? rows.at(-1) : undefined;
    } while (after);
  }

  /** Not while the clock may be wrong: what is forgotten after a jump would be alive again when it is set back. */
  private get mayForget(): boolean {
    return this.clock.steadyFor >= Math.min(this.lifetime, FORGET_NOTHING_FOR_MS);
  }

  private expired(): Statement | undefined {
    return this.mayForget ? { sql: CLEAN_UP, params: { now: this.clock.now() } } : undefined;
  }
}

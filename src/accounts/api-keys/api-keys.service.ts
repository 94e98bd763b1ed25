import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { MoreThan, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { InvalidToken } from '../access/access.errors.js';
import type { Actor } from '../access/actor.js';
import { AuditService } from '../audit/audit.service.js';
import { parseDuration } from '../config/setting-rules.js';
import { Settings } from '../config/settings.js';
import { CleanUps, PIECE } from '../database/clean-ups.service.js';
import { Database, UnexpectedCount, type Statement } from '../database/database.service.js';
import { NotFound } from '../http/http.errors.js';
import type { PageQuery } from '../http/pagination.js';
import { refuseEscalation } from '../roles/roles.service.js';
import { ApiKeyTokensService } from '../tokens/api-key-tokens.service.js';
import { RevocationsService } from '../tokens/revocations.service.js';
import { SigningKeysService } from '../tokens/signing-keys.service.js';
import { ApiKey } from './api-key.entity.js';
import type { ChangeApiKey, CreateApiKey } from './api-keys.dto.js';
import { AlreadyRotated, TooManyApiKeys } from './api-keys.errors.js';

const DEFAULT_LIFETIME = '90d';
const DEFAULT_OVERLAP = '24h';
/** The record of a key that is dead is shown for so long. */
const SHOWN_DEAD_MS = 30 * 86_400_000;
const CLEAN_UP_EVERY_MS = 3_600_000;
const CLEAN_UP = `DELETE FROM api_keys WHERE id IN (
  SELECT id FROM api_keys WHERE expires_at < :before OR revoked_at < :before LIMIT ${PIECE})`;

/** Locks the owner's row: keys are made one after the other, and none while its owner is disabled or deleted. */
const HOLD_OWNER = `UPDATE users SET status = status WHERE id = :ownerId AND status = 'active'`;
/** A statement of its own, for PostgreSQL counts what was there when a statement began. */
const HAS_ROOM = `UPDATE users SET status = status WHERE id = :ownerId AND :max > (
  SELECT COUNT(*) FROM api_keys WHERE owner_id = :ownerId AND revoked_at IS NULL AND expires_at > :now)`;
const RETIRE = `UPDATE api_keys SET replaced_by = :by, expires_at = :expiresAt, version = version + 1
  WHERE id = :id AND replaced_by IS NULL AND revoked_at IS NULL AND expires_at > :now`;
const REVOKE = `UPDATE api_keys SET revoked_at = :now, version = version + 1
  WHERE id = :id AND owner_id = :ownerId AND revoked_at IS NULL`;

/** A new key, which is shown this once. */
export interface MadeApiKey {
  apiKey: ApiKey;
  key: string;
}

/** What a new key is to be. */
type Draft = Pick<ApiKey, 'ownerId' | 'name' | 'scopes' | 'audience' | 'allowedIps' | 'rateLimit'> & {
  lifetimeMs: number;
};

/** API keys: made, changed, rotated and revoked here, and revoked with their owner and their signing key. */
@Injectable()
export class ApiKeysService implements OnModuleInit {
  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly cleanUps: CleanUps,
    private readonly tokens: ApiKeyTokensService,
    private readonly signingKeys: SigningKeysService,
    private readonly revocations: RevocationsService,
    private readonly audit: AuditService,
    @InjectRepository(ApiKey) private readonly apiKeys: Repository<ApiKey>,
  ) {}

  onModuleInit(): void {
    this.cleanUps.every(CLEAN_UP_EVERY_MS, 'api_keys', (now) => ({
      sql: CLEAN_UP,
      params: { before: now - SHOWN_DEAD_MS },
    }));
  }

  /** One more than `query.limit` keys of an owner, oldest first, after the one with the id `after`. */
  list(ownerId: string, query: PageQuery, after: string): Promise<ApiKey[]> {
    return this.ownedBy(ownerId, query.limit + 1, after);
  }

  /** At most `limit` records of keys, oldest first, after the one with the id `after`. */
  ownedBy(ownerId: string, limit: number, after: string): Promise<ApiKey[]> {
    return this.apiKeys.find({
      where: { ownerId, id: MoreThan(after) },
      order: { id: 'ASC' },
      take: limit,
    });
  }

  /** @throws NotFound */
  async get(id: string, ownerId: string): Promise<ApiKey> {
    const found = await this.apiKeys.findOneBy({ id, ownerId });
    if (!found) throw new NotFound('There is no such API key.');
    return found;
  }

  /** @throws PrivilegeEscalation, TooManyApiKeys */
  async make(ownerId: string, body: CreateApiKey, actor: Actor): Promise<MadeApiKey> {
    refuseEscalation(body.scopes, actor);
    const draft: Draft = {
      ownerId,
      name: body.name,
      scopes: body.scopes.toSorted(),
      audience: body.audience ?? this.settings.PUBLIC_URL,
      allowedIps: body.allowedIps ?? null,
      rateLimit: body.rateLimit ?? null,
      lifetimeMs: parseDuration(body.expiresIn ?? DEFAULT_LIFETIME)!,
    };
    const made = this.sign(draft);
    const { id, scopes, audience, expiresAt } = made.apiKey;
    const detail = { ownerId, scopes, audience, expiresAt };
    return this.keep(made, [], this.event('api_key.created', id, actor, detail), () =>
      this.make(ownerId, body, actor),
    );
  }

  /** Changes what is not in the key itself. @throws NotFound */
  async change(id: string, ownerId: string, change: ChangeApiKey, actor: Actor): Promise<ApiKey> {
    const found = await this.get(id, ownerId);
    if (found.revokedAt) throw new NotFound('The API key was revoked.');
    const { version } = found;
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const next = { ...given, version: version + 1 };
    try {
      await this.revocations.commit([
        this.database.update(ApiKey, { id, version }, next),
        this.revocations.ofApiKey(id),
        this.event('api_key.changed', id, actor, { changed: Object.keys(given) }),
      ]);
    } catch (error) {
      if (error instanceof UnexpectedCount) return this.change(id, ownerId, change, actor);
      throw error;
    }
    return { ...found, ...next };
  }

  /**
   * Makes a successor that may do the same for as long; both work for the overlap, then the old one dies.
   * @throws NotFound, PrivilegeEscalation, AlreadyRotated, TooManyApiKeys
   */
  async rotate(id: string, ownerId: string, overlap: string | undefined, actor: Actor): Promise<MadeApiKey> {
    const old = await this.get(id, ownerId);
    // Whoever may do less than the key must not come by a fresh one.
    refuseEscalation(old.scopes, actor);
    const made = this.sign({ ...old, lifetimeMs: old.expiresAt.getTime() - old.createdAt.getTime() });
    const now = Date.now();
    const until = Math.min(old.expiresAt.getTime(), now + parseDuration(overlap ?? DEFAULT_OVERLAP)!);
    const retire = {
      sql: RETIRE,
      params: { id, by: made.apiKey.id, expiresAt: until, now },
      affects: 1,
    };
    const event = this.event('api_key.rotated', id, actor, { to: made.apiKey.id });
    try {
      return await this.keep(made, [retire, this.revocations.ofApiKey(id)], event, () =>
        this.rotate(id, ownerId, overlap, actor),
      );
    } catch (error) {
      if (error instanceof UnexpectedCount && error.statement === retire) throw new AlreadyRotated();
      throw error;
    }
  }

  /** Kills a key at once. @throws NotFound when the owner has no such key that is not revoked */
  async revoke(id: string, ownerId: string, actor: Actor): Promise<void> {
    try {
      await this.revocations.commit([
        { sql: REVOKE, params: { id, ownerId, now: Date.now() }, affects: 1 },
        this.revocations.ofApiKey(id),
        this.event('api_key.revoked', id, actor, { ownerId }),
      ]);
    } catch (error) {
      if (error instanceof UnexpectedCount) throw new NotFound('There is no such API key.');
      throw error;
    }
  }

  /** Whole seconds, as the token has them. */
  private sign({ lifetimeMs, ...draft }: Draft): MadeApiKey {
    const id = uuidv7();
    const { ownerId, name, scopes, audience, allowedIps, rateLimit } = draft;
    const issuedAt = new Date(Math.floor(Date.now() / 1000) * 1000);
    const expiresAt = new Date(issuedAt.getTime() + lifetimeMs);
    const { key, kid } = this.tokens.issue({ id, ownerId, audience, scopes, issuedAt, expiresAt });
    const apiKey: ApiKey = {
      id,
      ownerId,
      name,
      scopes,
      audience,
      allowedIps,
      rateLimit,
      kid,
      version: 0,
      createdAt: issuedAt,
      expiresAt,
      revokedAt: null,
      replacedBy: null,
      lastUsedAt: null,
      lastUsedIp: null,
      useCount: 0,
    };
    return { apiKey, key };
  }

  /** Keeps the record of a new key, on condition of all that it was decided on. */
  private async keep(
    made: MadeApiKey,
    before: Statement[],
    event: Statement,
    again: () => Promise<MadeApiKey>,
  ): Promise<MadeApiKey> {
    const { ownerId, kid } = made.apiKey;
    const max = this.settings.MAX_API_KEYS;
    const owner = { sql: HOLD_OWNER, params: { ownerId }, affects: 1 };
    const room = { sql: HAS_ROOM, params: { ownerId, max, now: Date.now() }, affects: 1 };
    const signingKey = this.signingKeys.holding(kid);
    try {
      await this.revocations.commit([
        owner,
        ...before,
        room,
        signingKey,
        this.database.insert(ApiKey, made.apiKey),
        event,
      ]);
      return made;
    } catch (error) {
      if (!(error instanceof UnexpectedCount)) throw error;
      if (error.statement === room) throw new TooManyApiKeys(max);
      // The signing key was deleted in between; sign with its successor.
      if (error.statement === signingKey) return again();
      if (error.statement === owner) throw new InvalidToken('the owner is not active');
      throw error;
    }
  }

  private event(action: string, id: string, actor: Actor, detail: Record<string, unknown>): Statement {
    return this.audit.event({ action, target: { kind: 'api_key', id }, detail }, actor);
  }
}

import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { MoreThan, Repository } from 'typeorm';
import type { Actor } from '../../platform/access/actor.js';
import { parseDuration } from '../../platform/config/setting-rules.js';
import { Settings } from '../../platform/config/settings.js';
import { CleanUps, PIECE } from '../../platform/database/clean-ups.service.js';
import {
  Database,
  outdated,
  whileOutdated,
  type Statement,
} from '../../platform/database/database.service.js';
import { given } from '../../platform/http/fields.js';
import { NotFound } from '../../platform/http/http.errors.js';
import type { PageQuery } from '../../platform/http/pagination.js';
import { ApiKeyRecords, type KeyDraft, type MadeApiKey } from './api-key-records.service.js';
import { ApiKeyScopes } from './api-key-scopes.service.js';
import { ApiKey } from './api-key.entity.js';
import type { ChangeApiKey, CreateApiKey } from './api-keys.dto.js';
import { KeyOfSubscription, TooManyApiKeys } from './api-keys.errors.js';

const DEFAULT_LIFETIME = '90d';
const DEFAULT_OVERLAP = '24h';
/** The record of a key that is dead is shown for so long. */
const SHOWN_DEAD_MS = 30 * 86_400_000;
const CLEAN_UP_EVERY_MS = 3_600_000;
const CLEAN_UP = `DELETE FROM api_keys WHERE id IN (
  SELECT id FROM api_keys WHERE expires_at < :before OR revoked_at < :before LIMIT ${PIECE})`;

/** A statement of its own, for PostgreSQL counts what was there when a statement began. */
const HAS_ROOM = `UPDATE users SET status = status WHERE id = :ownerId AND :max > (
  SELECT COUNT(*) FROM api_keys WHERE owner_id = :ownerId AND subscription_id IS NULL AND revoked_at IS NULL AND expires_at > :now)`;
const REVOKE = `UPDATE api_keys SET revoked_at = :now, version = version + 1
  WHERE id = :id AND owner_id = :ownerId AND revoked_at IS NULL`;

/** API keys: made, changed, rotated and revoked here, and revoked with their owner and their signing key. */
@Injectable()
export class ApiKeysService implements OnModuleInit {
  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly cleanUps: CleanUps,
    private readonly records: ApiKeyRecords,
    private readonly scopes: ApiKeyScopes,
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
    if (!found) throw noSuchKey();
    return found;
  }

  /** @throws PrivilegeEscalation, TooManyApiKeys */
  async make(ownerId: string, body: CreateApiKey, actor: Actor): Promise<MadeApiKey> {
    const audience = body.audience ?? this.settings.PUBLIC_URL;
    await this.scopes.refuseEscalation(body.scopes, audience, actor);
    const draft: KeyDraft = {
      ownerId,
      name: body.name,
      scopes: body.scopes.toSorted(),
      audience,
      allowedIps: body.allowedIps ?? null,
      rateLimit: body.rateLimit ?? null,
      subscriptionId: null,
      lifetimeMs: parseDuration(body.expiresIn ?? DEFAULT_LIFETIME)!,
    };
    return whileOutdated(() => {
      const made = this.records.sign(draft);
      const { id, scopes, audience, expiresAt } = made.apiKey;
      const detail = { ownerId, scopes, audience, expiresAt };
      return this.keep(made, [], this.records.event('api_key.created', id, actor, detail));
    });
  }

  /** Changes what is not in the key itself. @throws NotFound */
  change(id: string, ownerId: string, change: ChangeApiKey, actor: Actor): Promise<ApiKey> {
    return whileOutdated(() => this.changeOnce(id, ownerId, change, actor));
  }

  private async changeOnce(id: string, ownerId: string, change: ChangeApiKey, actor: Actor): Promise<ApiKey> {
    const found = await this.get(id, ownerId);
    if (found.revokedAt) throw new NotFound('The API key was revoked.');
    const { version } = found;
    const next = { ...given(change), version: version + 1 };
    await this.database.atomically([
      { ...this.database.update(ApiKey, { id, version }, next), or: outdated },
      this.records.outdating(id),
      this.records.event('api_key.changed', id, actor, { changed: Object.keys(given(change)) }),
    ]);
    return { ...found, ...next };
  }

  /**
   * Makes a successor that may do the same for as long; both work for the overlap, then the old one dies.
   * @throws NotFound, KeyOfSubscription, PrivilegeEscalation, AlreadyRotated, TooManyApiKeys
   */
  rotate(id: string, ownerId: string, overlap: string | undefined, actor: Actor): Promise<MadeApiKey> {
    return whileOutdated(() => this.rotateOnce(id, ownerId, overlap, actor));
  }

  private async rotateOnce(id: string, ownerId: string, overlap: string | undefined, actor: Actor) {
    const old = await this.get(id, ownerId);
    if (old.subscriptionId !== null) throw new KeyOfSubscription();
    // A caller with fewer rights than the key must not get a fresh one.
    await this.scopes.refuseEscalation(old.scopes, old.audience, actor);
    const made = this.records.signSuccessor(old);
    const retiring = this.records.retiring(old, made.apiKey.id, parseDuration(overlap ?? DEFAULT_OVERLAP)!);
    const event = this.records.event('api_key.rotated', id, actor, { to: made.apiKey.id });
    return this.keep(made, retiring, event);
  }

  /** Kills a key at once. @throws NotFound when the owner has no such key that is not revoked */
  async revoke(id: string, ownerId: string, actor: Actor): Promise<void> {
    await this.database.atomically([
      { sql: REVOKE, params: { id, ownerId, now: Date.now() }, affects: 1, or: noSuchKey },
      this.records.outdating(id),
      this.records.event('api_key.revoked', id, actor, { ownerId }),
    ]);
  }

  /** @throws TooManyApiKeys */
  private keep(made: MadeApiKey, before: Statement[], event: Statement): Promise<MadeApiKey> {
    const max = this.settings.MAX_API_KEYS;
    const params = { ownerId: made.apiKey.ownerId, max, now: Date.now() };
    const hasRoom = { sql: HAS_ROOM, params, affects: 1, or: () => new TooManyApiKeys(max) };
    return this.records.keep(made, [...before, hasRoom], event);
  }
}

function noSuchKey(): NotFound {
  return new NotFound('There is no such API key.');
}

import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { MoreThan, Repository } from 'typeorm';
import type { Actor } from '../../platform/access/actor.js';
import { ProtectedResources } from '../../platform/access/protected-resources.js';
import { parseDuration } from '../../platform/config/setting-rules.js';
import { Database, type Statement } from '../../platform/database/database.service.js';
import { NotFound } from '../../platform/http/http.errors.js';
import type { PageQuery } from '../../platform/http/pagination.js';
import { RevocationsService } from '../../tokens/revocation/revocations.service.js';
import { ApiKeyRecords, type MadeApiKey } from './api-key-records.service.js';
import { ApiKey } from './api-key.entity.js';
import { TooManySubscriptionKeys } from './api-keys.errors.js';

const DEFAULT_LIFETIME = '90d';
const DEFAULT_OVERLAP = '24h';

/**
 * The owner's row is locked by now. Those that were rotated count apart, or a plan for one key would not let it be rotated
 * with an overlap.
 */
const HAS_ROOM = `UPDATE users SET status = status WHERE id = :ownerId AND :max > (
  SELECT COUNT(*) FROM api_keys
  WHERE subscription_id = :subscriptionId AND revoked_at IS NULL AND expires_at > :now AND replaced_by IS NULL)
  AND :most > (
  SELECT COUNT(*) FROM api_keys
  WHERE subscription_id = :subscriptionId AND revoked_at IS NULL AND expires_at > :now)`;
const REVOKE = `UPDATE api_keys SET revoked_at = :now, version = version + 1
  WHERE id = :id AND subscription_id = :subscriptionId AND revoked_at IS NULL`;

/** The subscription that keys are made for, as the room that keeps it says. */
export interface KeyHolder {
  subscriptionId: string;
  /** Whose account the keys stand and fall with. */
  ownerId: string;
  /** The identifier of the API. */
  audience: string;
  /** How many there may be. */
  maxKeys: number;
  /** Runs in the batch that makes a key, and fails when the subscription is not as it was read any more. */
  holding: Statement;
}

/** What a member says of a new key. */
export interface SubscriptionKeyFields {
  name: string;
  scopes: string[];
  expiresIn?: string;
}

/** Which subscriptions: a condition on `subscription_id`, and the values in it. */
export interface WhichSubscriptions {
  sql: string;
  params: Record<string, unknown>;
}

/** API keys of subscriptions: made and rotated for a member, suspended and ended with what they are of. */
@Injectable()
export class SubscriptionKeysService {
  constructor(
    private readonly database: Database,
    private readonly records: ApiKeyRecords,
    private readonly revocations: RevocationsService,
    private readonly resources: ProtectedResources,
    @InjectRepository(ApiKey) private readonly apiKeys: Repository<ApiKey>,
  ) {}

  /** One more than `query.limit` keys, oldest first, after the one with the id `after`. */
  list(subscriptionId: string, query: PageQuery, after: string): Promise<ApiKey[]> {
    const where = { subscriptionId, id: MoreThan(after) };
    return this.apiKeys.find({ where, order: { id: 'ASC' }, take: query.limit + 1 });
  }

  /** Whether keys for this API could be taken for ones of this server itself. */
  isOfThisServer(audience: string): boolean {
    const identifiers = [this.resources.own, ...this.resources.ofModules].map(({ identifier }) => identifier);
    return identifiers.includes(audience.replace(/\/$/, '')) || identifiers.includes(audience);
  }

  /**
   * The caller says which scopes are allowed.
   * @throws TooManySubscriptionKeys; Outdated when the signing key was deleted since, and what `holding` throws
   */
  make(holder: KeyHolder, fields: SubscriptionKeyFields, actor: Actor): Promise<MadeApiKey> {
    const { subscriptionId, ownerId, audience } = holder;
    const made = this.records.sign({
      subscriptionId,
      ownerId,
      audience,
      name: fields.name,
      scopes: fields.scopes.toSorted(),
      allowedIps: null,
      rateLimit: null,
      lifetimeMs: parseDuration(fields.expiresIn ?? DEFAULT_LIFETIME)!,
    });
    const { id, scopes, expiresAt } = made.apiKey;
    const detail = { ownerId, subscriptionId, scopes, audience, expiresAt };
    return this.keep(made, holder, [], this.records.event('api_key.created', id, actor, detail));
  }

  /** @throws NotFound, AlreadyRotated, and as {@link make} */
  async rotate(
    holder: KeyHolder,
    id: string,
    overlap: string | undefined,
    actor: Actor,
  ): Promise<MadeApiKey> {
    const old = await this.apiKeys.findOneBy({ id, subscriptionId: holder.subscriptionId });
    if (!old) throw noSuchKey();
    const made = this.records.signSuccessor(old);
    const overlapMs = parseDuration(overlap ?? DEFAULT_OVERLAP)!;
    const event = this.records.event('api_key.rotated', id, actor, { to: made.apiKey.id });
    return this.keep(made, holder, this.records.retiring(old, made.apiKey.id, overlapMs), event);
  }

  /** @throws NotFound when it has no such key that is not revoked */
  async revoke(subscriptionId: string, id: string, actor: Actor): Promise<void> {
    const params = { id, subscriptionId, now: Date.now() };
    await this.database.atomically([
      { sql: REVOKE, params, affects: 1, or: noSuchKey },
      this.records.outdating(id),
      this.records.event('api_key.revoked', id, actor, { subscriptionId }),
    ]);
  }

  /** Ends all of their keys, for good. */
  ending(which: WhichSubscriptions): Statement[] {
    return this.changing('revoked_at = :now', which);
  }

  /** Their keys open nothing until {@link resuming}. */
  suspending(which: WhichSubscriptions): Statement[] {
    return this.changing('suspended_at = :now', which);
  }

  resuming(which: WhichSubscriptions): Statement[] {
    return this.changing('suspended_at = NULL', which);
  }

  /** Every node looks again at what the keys are of. */
  refreshing(which: WhichSubscriptions): Statement[] {
    return this.changing('suspended_at = suspended_at', which);
  }

  private changing(change: string, { sql, params }: WhichSubscriptions): Statement[] {
    const now = Date.now();
    return [
      {
        sql: `UPDATE api_keys SET ${change}, version = version + 1
          WHERE subscription_id ${sql} AND revoked_at IS NULL AND expires_at > :now`,
        params: { ...params, now },
      },
      this.revocations.ofEach(
        'api-key',
        'id, version',
        `FROM api_keys WHERE subscription_id ${sql} AND expires_at > :now`,
        { ...params, now },
      ),
    ];
  }

  private keep(made: MadeApiKey, holder: KeyHolder, retiring: Statement[], event: Statement) {
    const { subscriptionId, ownerId, maxKeys: max, holding } = holder;
    const params = { ownerId, subscriptionId, max, most: 2 * max, now: Date.now() };
    const or = () => new TooManySubscriptionKeys(max);
    return this.records.keep(made, [holding, ...retiring, { sql: HAS_ROOM, params, affects: 1, or }], event);
  }
}

function noSuchKey(): NotFound {
  return new NotFound('There is no such key of this subscription.');
}

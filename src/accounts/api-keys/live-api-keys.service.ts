import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { InvalidToken } from '../../platform/access/access.errors.js';
import type { Principal } from '../../platform/access/principal.js';
import { Settings } from '../../platform/config/settings.js';
import { Database } from '../../platform/database/database.service.js';
import { RolesService } from '../roles/roles.service.js';
import { RevocationsService } from '../../tokens/revocation/revocations.service.js';
import { RevocationsUnknown } from '../../tokens/revocation/tokens.errors.js';
import { ApiKeyRefusals, type RefusalReason } from './api-key-refusals.service.js';
import { ApiKeyUses } from './api-key-uses.service.js';
import { Windows } from '../../platform/http/windows.js';
import { AddressNotAllowed, ApiKeyLimitReached } from './api-keys.errors.js';
import { liveOf, READ_LIVE, type KnownApiKey, type LiveApiKey, type LiveRow } from './live-api-key.js';

const MAX_ENTRIES = 10_000;
const MAX_LOOKS = 3;
/** Revoked, its owner disabled, or gone. A key that is dead stays so. */
const DEAD = 'dead';
type Found = LiveApiKey | typeof DEAD;

/**
 * Decides whether an API key may be used and for what, from memory. What is remembered is held against the live
 * revocations like an access token: when its owner's rights, a role of theirs or the key itself has changed since it was
 * read, it is read again.
 */
@Injectable()
export class LiveApiKeys {
  private readonly found = new LRUCache<string, Found>({ maxSize: MAX_ENTRIES, sizeCalculation: () => 1 });
  private readonly looks = new Map<string, Promise<Found>>();
  private readonly windows = new Windows();

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly roles: RolesService,
    private readonly revocations: RevocationsService,
    private readonly uses: ApiKeyUses,
    private readonly refusals: ApiKeyRefusals,
  ) {}

  /** From memory; `undefined` when it must be looked up first. @throws Problem when it is refused */
  admit(key: KnownApiKey, request: FastifyRequest): Principal | undefined {
    this.revocations.refuseWhenStale();
    const found = this.remembered(key.id);
    return found && this.decide(found, key, request);
  }

  /** @throws Problem when it is refused */
  async lookUpAndAdmit(key: KnownApiKey, request: FastifyRequest): Promise<Principal> {
    this.revocations.refuseWhenStale();
    return this.decide(await this.look(key), key, request);
  }

  /** Who a verified key acts as; `undefined` when it is dead. Not a use of it. */
  async principalOf(key: KnownApiKey): Promise<Principal | undefined> {
    const found = await this.look(key);
    return isLiveKeyOf(found, key) && found.expiresAt > Date.now() ? found.principal : undefined;
  }

  /** One line per refusal; what is left is a use. */
  private decide(found: Found, key: KnownApiKey, request: FastifyRequest): Principal {
    if (!isLiveKeyOf(found, key)) throw this.refused('revoked', new InvalidToken('revoked'), key, request);
    const { principal, expiresAt, allowed, limit } = found;
    if (expiresAt <= Date.now()) throw this.refused('expired', new InvalidToken('expired'), key, request);
    if (allowed && !allowed.has(request.ip))
      throw this.refused('address', new AddressNotAllowed(), key, request);
    if (limit) this.spend(limit, key, request);
    this.uses.note(key.id, request.ip);
    return principal;
  }

  private spend(
    { requests, seconds, policy }: NonNullable<LiveApiKey['limit']>,
    key: KnownApiKey,
    request: FastifyRequest,
  ) {
    const { count, endsAt } = this.windows.add(key.id, seconds);
    const resetsIn = Math.ceil((endsAt - Date.now()) / 1000);
    const headers = {
      'ratelimit-policy': policy,
      ratelimit: `"api-key";r=${Math.max(0, requests - count)};t=${resetsIn}`,
    };
    if (count > requests)
      throw this.refused('limit', new ApiKeyLimitReached(resetsIn, headers), key, request);
    request.rateLimitHeaders = headers;
  }

  private refused<Refusal extends Error>(
    reason: RefusalReason,
    refusal: Refusal,
    key: KnownApiKey,
    request: FastifyRequest,
  ): Refusal {
    this.refusals.note(reason, key, request);
    return refusal;
  }

  private remembered(id: string): Found | undefined {
    const found = this.found.get(id);
    return found && this.isUpToDate(found) ? found : undefined;
  }

  private isUpToDate(found: Found): boolean {
    if (found === DEAD) return true;
    // A revocation is kept for no longer than that.
    if (performance.now() - found.readAt > this.revocations.memoryMs) return false;
    return !this.revocations.isOutdated(found.memory);
  }

  /** What is remembered, or else read. Several requests for the same key wait for one look. */
  private async look({ id }: KnownApiKey): Promise<Found> {
    for (let looks = 0; looks < MAX_LOOKS; looks++) {
      const known = this.remembered(id);
      if (known) return known;
      let look = this.looks.get(id);
      if (!look) {
        look = this.read(id).finally(() => this.looks.delete(id));
        this.looks.set(id, look);
      }
      const found = await look;
      // It may have changed while it was on its way.
      if (this.isUpToDate(found)) return found;
    }
    throw new RevocationsUnknown();
  }

  private async read(id: string): Promise<Found> {
    const rows = await this.database.query<LiveRow>(READ_LIVE, { id });
    const isLive = rows[0]?.revoked_at === null && rows[0].owner_status === 'active';
    // Not remembered: it works as soon as the address is proved.
    if (isLive && this.isUnproved(rows[0]!)) return DEAD;
    const found = isLive ? liveOf(rows, (row, granted) => this.scopesWithin(row, granted)) : DEAD;
    this.found.set(id, found);
    return found;
  }

  /** Scopes of other APIs are known to those alone; here it is their name that a role grants. */
  private scopesWithin({ scopes, audience, subscription_id }: LiveRow, granted: readonly string[]): string[] {
    const given = JSON.parse(scopes) as string[];
    // What its owner's roles grant does not matter: the publisher of the API has let the subscription have them.
    if (subscription_id !== null && audience !== this.settings.PUBLIC_URL) return given;
    const owners = this.roles.scopesOf(granted);
    const isForHere = audience === this.settings.PUBLIC_URL;
    const elsewhere = isForHere ? [] : this.roles.scopesAt(given, granted);
    return given.filter((scope) => owners.includes(scope) || elsewhere.includes(scope));
  }

  private isUnproved({ owner_kind, owner_verified_at }: LiveRow): boolean {
    const isRequired = this.settings.REQUIRE_VERIFIED_EMAIL === 'on';
    return isRequired && owner_kind === 'person' && owner_verified_at === null;
  }
}

function isLiveKeyOf(found: Found, { ownerId }: KnownApiKey): found is LiveApiKey {
  return found !== DEAD && !found.isSuspended && found.principal.id === ownerId;
}

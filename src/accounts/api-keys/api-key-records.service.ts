import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { InvalidToken } from '../../platform/access/access.errors.js';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { Database, outdated, type Statement } from '../../platform/database/database.service.js';
import { SigningKeysService } from '../../tokens/keys/signing-keys.service.js';
import { RevocationsService } from '../../tokens/revocation/revocations.service.js';
import { ApiKeyTokensService } from './api-key-tokens.service.js';
import { ApiKey } from './api-key.entity.js';
import { AlreadyRotated } from './api-keys.errors.js';

/** Locks the owner's row: keys are made one after the other, and none while its owner is disabled or deleted. */
const HOLD_OWNER = `UPDATE users SET status = status WHERE id = :ownerId AND status = 'active'`;
const RETIRE = `UPDATE api_keys SET replaced_by = :by, expires_at = :expiresAt, version = version + 1
  WHERE id = :id AND replaced_by IS NULL AND revoked_at IS NULL AND expires_at > :now`;

/** A new key, which is shown this once. */
export interface MadeApiKey {
  apiKey: ApiKey;
  key: string;
}

/** What a new key is to be. */
export type KeyDraft = Pick<
  ApiKey,
  'ownerId' | 'name' | 'scopes' | 'audience' | 'allowedIps' | 'rateLimit' | 'subscriptionId'
> & { lifetimeMs: number };

/** Signs API keys and keeps their records. Whether one may be made is for its callers to say. */
@Injectable()
export class ApiKeyRecords {
  constructor(
    private readonly database: Database,
    private readonly tokens: ApiKeyTokensService,
    private readonly signingKeys: SigningKeysService,
    private readonly revocations: RevocationsService,
    private readonly audit: AuditService,
  ) {}

  /** Whole seconds, as the token has them. */
  sign({ lifetimeMs, ...draft }: KeyDraft): MadeApiKey {
    const id = uuidv7();
    const { ownerId, name, scopes, audience, allowedIps, rateLimit, subscriptionId } = draft;
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
      subscriptionId,
      kid,
      version: 0,
      createdAt: issuedAt,
      expiresAt,
      suspendedAt: null,
      revokedAt: null,
      replacedBy: null,
      lastUsedAt: null,
      lastUsedIp: null,
      useCount: 0,
    };
    return { apiKey, key };
  }

  /** A key that may do the same for as long. */
  signSuccessor(old: ApiKey): MadeApiKey {
    return this.sign({ ...old, lifetimeMs: old.expiresAt.getTime() - old.createdAt.getTime() });
  }

  /**
   * Keeps the record of a new key, on condition of all that it was decided on.
   * @param conditions run once the owner's row is locked
   * @throws Outdated when the signing key was deleted since; sign with its successor
   */
  async keep(made: MadeApiKey, conditions: Statement[], event: Statement): Promise<MadeApiKey> {
    const { ownerId, kid } = made.apiKey;
    await this.database.atomically([
      {
        sql: HOLD_OWNER,
        params: { ownerId },
        affects: 1,
        or: () => new InvalidToken('the owner is not active'),
      },
      ...conditions,
      { ...this.signingKeys.holding(kid), or: outdated },
      this.database.insert(ApiKey, made.apiKey),
      event,
    ]);
    return made;
  }

  /** The old key works for the overlap, in ms, and then no longer. @throws AlreadyRotated, once it runs */
  retiring({ id, expiresAt }: ApiKey, successor: string, overlapMs: number): Statement[] {
    const now = Date.now();
    const params = { id, by: successor, expiresAt: Math.min(expiresAt.getTime(), now + overlapMs), now };
    return [{ sql: RETIRE, params, affects: 1, or: () => new AlreadyRotated() }, this.outdating(id)];
  }

  /**
   * Makes every node look again at the record of a key; it stands right after the change, which raises its version. The
   * row need not live as long as the key: no node trusts what it remembers for longer than `memoryMs`.
   */
  outdating(id: string): Statement {
    return this.revocations.ofEach('api-key', 'id, version', 'FROM api_keys WHERE id = :id', { id });
  }

  event(action: string, id: string, actor: Actor, detail: Record<string, unknown>): Statement {
    return this.audit.event({ action, target: { kind: 'api_key', id }, detail }, actor);
  }
}

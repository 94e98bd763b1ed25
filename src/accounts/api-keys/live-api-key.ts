import type { Principal } from '../../platform/access/principal.js';
import { parseDuration } from '../../platform/config/setting-rules.js';
import type { KnownToken } from '../../tokens/access-tokens/token-kind.types.js';
import type { ApiKeyMemory } from '../../tokens/revocation/revocation.types.js';
import { AddressList } from './address-list.js';
import type { RateLimit } from './api-key.entity.js';

/** What a verified API key says of itself; what it may do, and whether it may still, its record says. */
export interface KnownApiKey extends KnownToken {
  /** `jti` */
  id: string;
  ownerId: string;
  kid: string;
}

/** An API key with one of its owner's roles; without roles, the role is `null`. */
export interface LiveRow {
  id: string;
  owner_id: string;
  owner_status: string;
  owner_kind: string;
  owner_verified_at: string | number | null;
  scopes: string;
  audience: string;
  allowed_ips: string | null;
  rate_limit: string | null;
  subscription_id: string | null;
  suspended_at: string | number | null;
  kid: string;
  version: string | number;
  expires_at: string | number;
  revoked_at: string | number | null;
  role_name: string | null;
  role_scopes: string | null;
  authority: string | number;
}

/** All of it in one statement, so that the rights are those of the version that is read with them. */
export const READ_LIVE = `SELECT k.id, k.owner_id, k.scopes, k.audience, k.allowed_ips, k.rate_limit, k.subscription_id, k.suspended_at,
    k.kid, k.version, k.expires_at, k.revoked_at, u.status AS owner_status, u.kind AS owner_kind,
    u.email_verified_at AS owner_verified_at, r.name AS role_name, r.scopes AS role_scopes,
    (SELECT value FROM authority_version WHERE id = 1) AS authority
  FROM api_keys k JOIN users u ON u.id = k.owner_id
    LEFT JOIN user_roles ur ON ur.user_id = u.id LEFT JOIN roles r ON r.name = ur.role_name
  WHERE k.id = :id`;

/** What holds of an API key, as of when it was read. */
export interface LiveApiKey {
  principal: Principal;
  memory: ApiKeyMemory;
  /** By the monotonic clock, in ms. */
  readAt: number;
  /** In ms since 1970. */
  expiresAt: number;
  isSuspended: boolean;
  allowed: AddressList | null;
  /** `policy` is what answers say of it. */
  limit: { requests: number; seconds: number; policy: string } | null;
}

/**
 * Effective rights: what the key was given, and its owner may do.
 * @param within those of the key's scopes that roles with these scopes grant
 */
export function liveOf(
  rows: LiveRow[],
  within: (row: LiveRow, granted: readonly string[]) => string[],
): LiveApiKey {
  const [row] = rows as [LiveRow];
  const held = rows.filter(({ role_name }) => role_name !== null);
  const granted = held.flatMap(({ role_scopes }) => JSON.parse(role_scopes!) as string[]);
  const scopes = within(row, granted);
  const expiresAt = Number(row.expires_at);
  const ranges = row.allowed_ips === null ? null : (JSON.parse(row.allowed_ips) as string[]);
  const limit = row.rate_limit === null ? null : (JSON.parse(row.rate_limit) as RateLimit);
  return {
    principal: {
      kind: 'api-key',
      id: row.owner_id,
      sessionId: null,
      keyId: row.id,
      ...(row.subscription_id !== null && { subscriptionId: row.subscription_id }),
      roles: [],
      scopes,
      // A key proves no authentication: no route that asks for a step-up lets it in.
      authenticatedAt: new Date(0),
      amr: [],
      expiresAt: new Date(expiresAt),
    },
    memory: {
      id: row.id,
      version: Number(row.version),
      ownerId: row.owner_id,
      roles: held.map(({ role_name }) => role_name!),
      ver: Number(row.authority),
      kid: row.kid,
    },
    readAt: performance.now(),
    expiresAt,
    isSuspended: row.suspended_at !== null,
    allowed: ranges && new AddressList(ranges),
    limit: limit && limitOf(limit),
  };
}

function limitOf({ requests, per }: RateLimit): LiveApiKey['limit'] {
  const seconds = parseDuration(per)! / 1000;
  return { requests, seconds, policy: `"api-key";q=${requests};w=${seconds}` };
}

import type { Ending } from '../../tokens/revocation/ending.types.js';

/** For good: keys do not come back with the account. */
export const API_KEY_ENDING: Ending = {
  table: 'api_keys',
  on: ['disabled', 'evicted'],
  end: ({ userId, now }) => [
    {
      sql: `UPDATE api_keys SET revoked_at = :now, version = version + 1
            WHERE owner_id = :userId AND revoked_at IS NULL`,
      params: { userId, now: now.getTime() },
    },
  ],
  signed: {
    live: 'SELECT kid, expires_at AS until FROM api_keys WHERE revoked_at IS NULL AND expires_at > :now',
    end: (kid, now) => ({
      sql: 'UPDATE api_keys SET revoked_at = :now, version = version + 1 WHERE kid = :kid AND revoked_at IS NULL',
      params: { kid, now },
    }),
  },
  exported: {
    as: 'apiKeys',
    owner: 'owner_id',
    times: ['created_at', 'expires_at', 'suspended_at', 'revoked_at', 'last_used_at'],
    numbers: ['version', 'use_count'],
    json: ['scopes', 'allowed_ips', 'rate_limit'],
  },
};

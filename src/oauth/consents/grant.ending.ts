import type { Ending } from '../../tokens/revocation/ending.types.js';

/** What was allowed does not come back with the account. */
export const GRANT_ENDING: Ending = {
  table: 'oauth_grants',
  on: ['disabled', 'evicted'],
  end: ({ userId }) => [{ sql: 'DELETE FROM oauth_grants WHERE user_id = :userId', params: { userId } }],
  exported: {
    as: 'consents',
    owner: 'user_id',
    times: ['created_at', 'updated_at', 'expires_at'],
    numbers: [],
    json: ['scopes'],
  },
};

import type { Ending } from '../revocation/ending.types.js';

/** Links that were mailed: what they are for was asked for with another password, or sent to another address. */
export const ONE_TIME_TOKEN_ENDING: Ending = {
  table: 'one_time_tokens',
  on: ['disabled', 'reset', 'evicted', 'email_changed'],
  end: ({ userId }) => [{ sql: 'DELETE FROM one_time_tokens WHERE user_id = :userId', params: { userId } }],
};

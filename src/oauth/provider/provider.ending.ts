import type { AccountEvent, Ending } from '../../tokens/revocation/ending.types.js';
import { deliveriesOf } from './logout-delivery.ending.js';

const ON: readonly AccountEvent[] = ['disabled', 'reset', 'evicted'];

const removing = (table: string, userId: string) => ({
  sql: `DELETE FROM ${table} WHERE user_id = :userId`,
  params: { userId },
});
const endingOf = (table: string): Ending => ({
  table,
  on: ON,
  end: ({ userId }) => [removing(table, userId)],
});

export const REQUEST_ENDING = endingOf('oauth_requests');
export const DEVICE_CODE_ENDING = endingOf('device_codes');

/** With codes end the sessions that they gave, and their clients are told: by the same clock reading as the sessions. */
export const CODE_ENDING: Ending = {
  table: 'oauth_codes',
  on: [...ON, 'deleted'],
  end: ({ userId, now }) => [deliveriesOf(userId, now), removing('oauth_codes', userId)],
};

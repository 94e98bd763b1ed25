import type { Statement } from '../../platform/database/database.service.js';
import type { RevocationsService } from '../revocation/revocations.service.js';
import type { Ending } from '../revocation/ending.types.js';
import { endingDevicesOf } from './device-epoch.entity.js';

/** Kills the access tokens of the sessions of a user that were revoked at `revokedAt`; run it right after that. */
export function revokingTokens(userId: string, revokedAt: Date, revocations: RevocationsService): Statement {
  const from = 'FROM sessions WHERE user_id = :userId AND revoked_at = :revokedAt';
  return revocations.ofEach('session', 'id, NULL', from, { userId, revokedAt: revokedAt.getTime() });
}

/**
 * Before they go with their account too, so that what follows can tell which have ended. Its first statement affects as
 * many rows as sessions end. Those that clients have of the excepted one stay with it.
 */
export const SESSION_ENDING: Ending = {
  table: 'sessions',
  on: ['disabled', 'deleted', 'reset', 'evicted'],
  end: ({ userId, now, exceptSessionId, revocations }) => [
    {
      sql: `UPDATE sessions SET revoked_at = :now
            WHERE user_id = :userId AND id <> :exceptSessionId AND parent_id IS DISTINCT FROM :exceptSessionId
              AND revoked_at IS NULL`,
      params: { userId, exceptSessionId, now: now.getTime() },
    },
    revokingTokens(userId, now, revocations),
  ],
};

export const DEVICE_EPOCH_ENDING: Ending = {
  table: 'device_epochs',
  on: ['disabled', 'reset', 'evicted'],
  end: ({ userId }) => [endingDevicesOf(userId)],
};

import type { Ending } from '../../tokens/revocation/ending.types.js';

/** Logins and other proofs that wait for an answer. */
export const CHALLENGE_ENDING: Ending = {
  table: 'challenges',
  on: ['disabled', 'reset', 'evicted', 'factors_removed'],
  end: ({ userId }) => [{ sql: 'DELETE FROM challenges WHERE user_id = :userId', params: { userId } }],
};

/** A new password, or none for a while, leaves them: they are what a thief of the password does not have. */
const factors = (table: 'totp_factors' | 'passkeys' | 'recovery_codes'): Ending => ({
  table,
  on: ['evicted', 'factors_removed'],
  end: ({ userId }) => [{ sql: `DELETE FROM ${table} WHERE user_id = :userId`, params: { userId } }],
});

export const TOTP_FACTOR_ENDING = factors('totp_factors');
export const PASSKEY_ENDING = factors('passkeys');
export const RECOVERY_CODE_ENDING = factors('recovery_codes');

import { API_KEY_ENDING } from './accounts/api-keys/api-key.ending.js';
import {
  CHALLENGE_ENDING,
  PASSKEY_ENDING,
  RECOVERY_CODE_ENDING,
  TOTP_FACTOR_ENDING,
} from './accounts/factors/factor.ending.js';
import { APPLICATION_ENDING, APPLICATION_MEMBER_ENDING } from './apis/applications/application.ending.js';
import { RESOURCE_ENDING } from './apis/resources/resource.ending.js';
import { CLIENT_ENDING } from './oauth/clients/client.ending.js';
import { GRANT_ENDING } from './oauth/consents/grant.ending.js';
import { CODE_ENDING, DEVICE_CODE_ENDING, REQUEST_ENDING } from './oauth/provider/provider.ending.js';
import { ONE_TIME_TOKEN_ENDING } from './tokens/one-time-tokens/one-time-token.ending.js';
import type { Ending } from './tokens/revocation/ending.types.js';
import { DEVICE_EPOCH_ENDING, SESSION_ENDING } from './tokens/sessions/session.ending.js';

/** Rows that go with their account, by their foreign key, and end with nothing else. */
const endsWithAccount = (table: string): Ending => ({ table, on: [], end: () => [] });

/**
 * What ends with an account: a row for each table that has a `user_id` or an `owner_id`, whether or not its feature is
 * on. The statements of a batch stand in this order: sessions first, which are counted by it, and concurrent batches
 * lock rows in one order.
 */
export const ENDINGS: readonly Ending[] = [
  SESSION_ENDING,
  DEVICE_EPOCH_ENDING,
  ONE_TIME_TOKEN_ENDING,
  CHALLENGE_ENDING,
  TOTP_FACTOR_ENDING,
  PASSKEY_ENDING,
  RECOVERY_CODE_ENDING,
  API_KEY_ENDING,
  REQUEST_ENDING,
  CODE_ENDING,
  DEVICE_CODE_ENDING,
  GRANT_ENDING,
  CLIENT_ENDING,
  RESOURCE_ENDING,
  APPLICATION_ENDING,
  APPLICATION_MEMBER_ENDING,
  endsWithAccount('user_roles'),
];

import type { KnownClient } from '../clients/client.types.js';
import type { AuthorizationParameters } from './authorization-request.js';
import type { OAuthRequest } from './oauth-request.entity.js';

/** An authorization request that has been checked, and since when it is being answered. */
export interface PendingRequest {
  client: KnownClient;
  parameters: AuthorizationParameters;
  /** Not there until a page is needed. */
  kept?: { id: string; row: OAuthRequest };
  /** It was pushed (RFC 9126), and limited there. */
  isPushed?: true;
}

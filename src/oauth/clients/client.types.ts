import type { OAuthClient } from './oauth-client.entity.js';

/** A client as a request authenticates it: with the hashes of its live secrets. */
export interface KnownClient extends OAuthClient {
  secretHashes: string[];
}

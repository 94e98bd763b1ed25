import type { OAuthClient } from './oauth-client.entity.js';

/** A client as a request authenticates it: with the hashes of its live secrets. */
export interface KnownClient extends OAuthClient {
  secretHashes: string[];
}

/** A client as it was read, with secrets that were live then. */
export interface ClientRecord {
  client: OAuthClient;
  /** `expiresAt` in ms. */
  secrets: { hash: string; expiresAt: number | null }[];
}

/** What of a token can be revoked. */
export interface Revocable {
  sub: string;
  sid: string;
  ver: number;
  roles: readonly string[];
  kid: string;
}

/** What a node remembers of an API key, and of its owner's rights at a version. */
export interface ApiKeyMemory {
  id: string;
  /** Of the key's record. */
  version: number;
  ownerId: string;
  roles: readonly string[];
  /** Of all rights; see `AuthorityVersion`. */
  ver: number;
  kid: string;
}

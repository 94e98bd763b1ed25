import { LRUCache } from 'lru-cache';
import type { Principal } from '../access/principal.js';
import type { ApiKeyToken } from '../access/api-key-gate.js';
import type { Revocable } from './revocation-list.js';

const MAX_ENTRIES = 20_000;
const MAX_BYTES = 32 * 1024 * 1024;
/** What an entry takes beside its token, roughly. */
const ENTRY_BYTES = 1_000;

/** An access token whose signature and claims were found right. */
export interface VerifiedToken {
  principal: Principal;
  revocable: Revocable;
  /** Seconds since 1970. */
  exp: number;
}

/** An API key whose signature and claims were found right. */
export interface VerifiedApiKey {
  apiKey: ApiKeyToken;
  /** Seconds since 1970. */
  exp: number;
}

type Verified = VerifiedToken | VerifiedApiKey;

/**
 * Remembers tokens that were verified, for the signature is what a guarded request costs most. The key is the token
 * as it was sent, whole, so no other spelling and no other token ever meets its entry. The least recently used goes.
 */
export class VerifiedTokens {
  hits = 0;
  private readonly cache = new LRUCache<string, Verified>({
    max: MAX_ENTRIES,
    maxSize: MAX_BYTES,
    sizeCalculation: (_entry, token) => token.length + ENTRY_BYTES,
  });

  /** `undefined` for a token not seen before, and for one that has expired since. */
  get(token: string): Verified | undefined {
    const known = this.cache.get(token);
    if (known && known.exp * 1000 > Date.now()) {
      this.hits++;
      return known;
    }
    if (known) this.cache.delete(token);
    return undefined;
  }

  add(token: string, verified: Verified): void {
    this.cache.set(token, verified);
  }

  get entries(): number {
    return this.cache.size;
  }

  get bytes(): number {
    return this.cache.calculatedSize;
  }
}

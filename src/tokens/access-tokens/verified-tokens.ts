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
 * Remembers tokens that were verified, for the signature is what a guarded request costs most. The key is the whole
 * `Authorization` header that carries the token, so no other spelling and no other token ever meets its entry, and a
 * header need not be taken apart to be known. The least recently used goes.
 */
export class VerifiedTokens {
  hits = 0;
  private readonly cache = new LRUCache<string, Verified>({
    max: MAX_ENTRIES,
    maxSize: MAX_BYTES,
    sizeCalculation: (_entry, header) => header.length + ENTRY_BYTES,
  });

  /** `undefined` for a token not seen before, and for one that has expired since. */
  get(token: string): Verified | undefined {
    return this.getByHeader(headerOf(token));
  }

  /** The same by the header as most clients write it: `Bearer`, one space, and the token. */
  getByHeader(authorization: string): Verified | undefined {
    const known = this.cache.get(authorization);
    if (known && known.exp * 1000 > Date.now()) {
      this.hits++;
      return known;
    }
    if (known) this.cache.delete(authorization);
    return undefined;
  }

  add(token: string, verified: Verified): void {
    this.cache.set(headerOf(token), verified);
  }

  get entries(): number {
    return this.cache.size;
  }

  get bytes(): number {
    return this.cache.calculatedSize;
  }
}

function headerOf(token: string): string {
  return `Bearer ${token}`;
}

import { LRUCache } from 'lru-cache';
import type { KnownToken } from './token-kind.types.js';

const MAX_ENTRIES = 20_000;
/** What every entry counts for at least: it bounds their number, without taking the memory for all of them ahead. */
const LEAST_BYTES = 1_600;
const MAX_BYTES = MAX_ENTRIES * LEAST_BYTES;
/** What an entry takes besides its token, roughly. */
const ENTRY_BYTES = 1_000;

/**
 * Remembers tokens that were verified, for the signature is what a guarded request costs most. The key is the whole
 * `Authorization` header that carries the token, so no other spelling and no other token ever meets its entry, and a
 * header need not be taken apart to be known. The least recently used goes.
 */
export class VerifiedTokens {
  hits = 0;
  private readonly cache = new LRUCache<string, KnownToken>({
    maxSize: MAX_BYTES,
    sizeCalculation: (_entry, header) => Math.max(LEAST_BYTES, header.length + ENTRY_BYTES),
  });

  /** `undefined` for a token not seen before, and for one that has expired since. */
  get(token: string): KnownToken | undefined {
    return this.getByHeader(headerOf(token));
  }

  /** The same by the header as most clients write it: `Bearer`, one space, and the token. */
  getByHeader(authorization: string): KnownToken | undefined {
    const known = this.cache.get(authorization);
    if (known && known.exp * 1000 > Date.now()) {
      this.hits++;
      return known;
    }
    if (known) this.cache.delete(authorization);
    return undefined;
  }

  add(token: string, verified: KnownToken): void {
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

import { LRUCache } from 'lru-cache';

const MAX_KEYS = 20_000;

/** How much of a rate limit is left. Times are seconds. */
export interface Quota {
  isExceeded: boolean;
  remaining: number;
  resetsIn: number;
}

/** Counts requests in fixed windows, each of which begins with its first request. In memory, for this node alone. */
export class RequestWindows {
  private readonly windows = new LRUCache<string, { startedAt: number; used: number }>({ max: MAX_KEYS });

  /** Counts one more request of `key`, of which there may be `limit` in `perMs`. */
  count(key: string, limit: number, perMs: number): Quota {
    const now = Date.now();
    let window = this.windows.get(key);
    // A clock that was set back must not make anybody wait for it.
    if (!window || now >= window.startedAt + perMs || now < window.startedAt) {
      window = { startedAt: now, used: 0 };
      this.windows.set(key, window);
    }
    const isExceeded = window.used >= limit;
    if (!isExceeded) window.used++;
    const resetsIn = Math.ceil((window.startedAt + perMs - now) / 1000);
    return { isExceeded, remaining: Math.max(0, limit - window.used), resetsIn };
  }
}

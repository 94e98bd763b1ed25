import { LRUCache } from 'lru-cache';

const MAX_KEYS = 50_000;

/** What was counted for a key since the first of it. */
export interface Window {
  count: number;
  /** Milliseconds since 1970. */
  endsAt: number;
}

/**
 * Counts by key in the memory of this process. Each window begins with the first that is counted. Who comes from more
 * addresses than {@link MAX_KEYS} takes no memory beyond that: the least recently seen goes.
 */
export class Windows {
  /** By size, each entry one: with `max`, lru-cache takes a megabyte for each of these before the first entry. */
  private readonly windows = new LRUCache<string, Window>({ maxSize: MAX_KEYS, sizeCalculation: () => 1 });

  /** Counts one more. Synchronous and without garbage, for it is on the way of every request. */
  add(key: string, seconds: number): Window {
    const now = Date.now();
    const window = this.windows.get(key);
    // One that ends later than it can is from before the clock was set back.
    if (window && window.endsAt > now && window.endsAt <= now + seconds * 1000) {
      window.count++;
      return window;
    }
    const begun = { count: 1, endsAt: now + seconds * 1000 };
    this.windows.set(key, begun);
    return begun;
  }

  /** The window of a key, unless it is over. */
  read(key: string): Window | undefined {
    const window = this.windows.peek(key);
    return window && window.endsAt > Date.now() ? { ...window } : undefined;
  }

  /** The next one counted begins a window. */
  forget(key: string): void {
    this.windows.delete(key);
  }

  /** Takes one back, unless the window has ended since. */
  takeBack(key: string): void {
    const window = this.windows.get(key);
    if (window && window.count > 0) window.count--;
  }
}

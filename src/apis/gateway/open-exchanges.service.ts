import { Injectable, type BeforeApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import type { Caller } from './callers.service.js';

const LOOK_EVERY_MS = 500;

/** What stays open for a while: a request underway, an event stream, a tunnel. */
export interface OpenExchange {
  /** By the monotonic clock, in ms. */
  readonly startedAt: number;
  /** Whether it goes on until one side ends it, and so ends with the token that it was opened with. */
  readonly isStream: boolean;
  readonly caller: Caller | undefined;
  /** Looks whether it takes too long. */
  check: (now: number) => void;
  /** Ends it at once. */
  cut: (reason: Error) => void;
}

/**
 * What is underway. One look at all of it, twice a second, takes the place of timers for each: it ends what is silent for
 * too long, and what was opened with a token that has ended since.
 */
@Injectable()
export class OpenExchanges implements OnModuleDestroy, BeforeApplicationShutdown {
  /** With what is to be called at each look. */
  private readonly open = new Map<OpenExchange, (() => void) | undefined>();
  private readonly timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  private isClosing = false;

  get size(): number {
    return this.open.size;
  }

  /** @param atEachLook called while it is open, for what is counted on the way */
  add(exchange: OpenExchange, atEachLook?: () => void): void {
    this.open.set(exchange, atEachLook);
    if (this.isClosing && exchange.isStream) exchange.cut(new Error('the server stops'));
  }

  delete(exchange: OpenExchange): void {
    this.open.delete(exchange);
  }

  /** Streams would keep the server from stopping; the rest is finished. */
  beforeApplicationShutdown(): void {
    this.isClosing = true;
    for (const each of this.open.keys()) if (each.isStream) each.cut(new Error('the server stops'));
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const now = performance.now();
    for (const [each, atEachLook] of this.open) {
      if (now - each.startedAt < LOOK_EVERY_MS) continue;
      each.check(now);
      atEachLook?.();
      if (each.caller) this.checkCaller(each, each.caller);
    }
  }

  private checkCaller(exchange: OpenExchange, { principal, stillStands }: Caller): void {
    if (exchange.isStream && principal.expiresAt.getTime() <= Date.now())
      return exchange.cut(new Error('its token has expired'));
    // A download may outlast its token, but not what revokes it.
    if (principal.expiresAt.getTime() <= Date.now()) return;
    const cut = (stands: boolean) => {
      if (!stands && principal.expiresAt.getTime() > Date.now())
        exchange.cut(new Error('its token has ended'));
    };
    // While nothing is known of revocations, it goes on; the next request is refused.
    stillStands?.().then(cut, () => {});
  }
}

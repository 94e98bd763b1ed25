import type { Pool } from 'undici';
import type { Breaker, Balance } from '../upstreams/upstream.entity.js';

/** A tenth of the traffic may be second tries, and a few at the start. */
const RETRY_SHARE = 0.1;
const MOST_RETRIES_SAVED = 10;

/** One target of an upstream: its connections, and how it does. */
export class UpstreamTarget {
  /** Requests underway. */
  pending = 0;
  /** Its turn, see {@link UpstreamTargets}. */
  turn = 0;
  private failures = 0;
  private openUntil = 0;
  private isProbed = false;

  constructor(
    readonly url: URL,
    /** What stands in front of all paths; empty, or with a slash in front and none behind. */
    readonly prefix: string,
    readonly weight: number,
    readonly pool: Pool,
    private readonly breaker: Breaker,
  ) {}

  /** Whether it is asked: it has not failed lately, or it is time to try it with one request. */
  isOpenTo(now: number): boolean {
    return this.openUntil === 0 || (now >= this.openUntil && !this.isProbed);
  }

  /** In ms from now, until it is tried again. */
  waits(now: number): number {
    return Math.max(0, this.openUntil - now);
  }

  begin(): void {
    this.pending++;
    if (this.openUntil > 0) this.isProbed = true;
  }

  /** Says how it did, once there is a head or a failure. */
  judge(hasFailed: boolean, now: number): void {
    if (!hasFailed) {
      this.failures = 0;
      this.openUntil = 0;
    } else if (++this.failures >= this.breaker.failures) {
      this.openUntil = now + this.breaker.open * 1000;
    }
    this.isProbed = false;
  }

  /** Once nothing of it is underway, whether or not it was judged: the client may have gone away. */
  end(): void {
    this.pending--;
    this.isProbed = false;
  }
}

/** The targets of an upstream, which take turns by weight, or by how little they have to do. */
export class UpstreamTargets {
  private retriesSaved = MOST_RETRIES_SAVED;

  constructor(
    readonly targets: readonly UpstreamTarget[],
    private readonly balance: Balance,
  ) {}

  /** The next one, rather one that was not tried yet; `undefined` while all are left alone. */
  next(tried: readonly UpstreamTarget[], now: number): UpstreamTarget | undefined {
    const open = this.targets.filter((each) => each.isOpenTo(now));
    const fresh = tried.length === 0 ? open : open.filter((each) => !tried.includes(each));
    const from = fresh.length > 0 ? fresh : open;
    if (from.length <= 1) return from[0];
    return this.balance === 'least-pending' ? leastPending(from) : nextInTurn(from);
  }

  /** In ms, until one is tried again. */
  waits(now: number): number {
    return Math.min(...this.targets.map((each) => each.waits(now)));
  }

  /** Counts a request, of which a part may be tried twice. */
  countRequest(): void {
    this.retriesSaved = Math.min(MOST_RETRIES_SAVED, this.retriesSaved + RETRY_SHARE);
  }

  /** Whether there is a second try left. */
  takeRetry(): boolean {
    if (this.retriesSaved < 1) return false;
    this.retriesSaved--;
    return true;
  }
}

/** Smooth weighted round-robin, as nginx has it: heavy targets come often, and not in a row. */
function nextInTurn(targets: UpstreamTarget[]): UpstreamTarget {
  let total = 0;
  let chosen = targets[0]!;
  for (const target of targets) {
    total += target.weight;
    target.turn += target.weight;
    if (target.turn > chosen.turn) chosen = target;
  }
  chosen.turn -= total;
  return chosen;
}

function leastPending(targets: UpstreamTarget[]): UpstreamTarget {
  const least = Math.min(...targets.map(({ pending, weight }) => pending / weight));
  return nextInTurn(targets.filter(({ pending, weight }) => pending / weight === least));
}

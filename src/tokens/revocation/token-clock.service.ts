import { Injectable } from '@nestjs/common';

/** A clock that was set by more than this since it was last read has jumped. */
const JUMP_MS = 10_000;
/** Further ahead than this it was never right, and nothing is kept that long for its sake. */
const MOST_AHEAD_MS = 86_400_000;

/**
 * The process's clock, watched for jumps. A token says by the clock how long it lives; when the clock is set forward
 * and back again, a token that had expired is alive again, and one made in between begins to live later. So that no
 * revoked one does, revocations are kept by what this class says.
 */
@Injectable()
export class TokenClock {
  /** How far the clock is ahead of the monotonic one. */
  private ahead = Date.now() - performance.now();
  private steadySince = performance.now();
  private highest = 0;

  /** Now, in ms since 1970. */
  now(): number {
    const now = Date.now();
    const ahead = now - performance.now();
    if (Math.abs(ahead - this.ahead) > JUMP_MS) this.steadySince = performance.now();
    this.ahead = ahead;
    this.highest = Math.max(this.highest, now);
    return now;
  }

  /** The latest time at which this process may have made a token. */
  get latest(): number {
    const now = this.now();
    return Math.min(this.highest, now + MOST_AHEAD_MS);
  }

  /** For how many ms, by the monotonic clock, this one has not jumped. */
  get steadyFor(): number {
    this.now();
    return performance.now() - this.steadySince;
  }
}

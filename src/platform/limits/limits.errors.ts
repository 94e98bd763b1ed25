import { Problem } from '../http/problem.js';

/** A caller asks too often (docs/rate-limits.md). The same for accounts that do not exist; it never says whether a guess was right. */
export class TooManyRequests extends Problem {
  /** @param wait seconds */
  constructor(wait: number, headers: Record<string, string>) {
    super(429, 'too_many_requests', 'That was too often; wait for the seconds that Retry-After says.', {
      headers: { 'retry-after': String(wait), ...headers },
    });
  }
}

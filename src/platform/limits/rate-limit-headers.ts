/** What a client may know of one limit. */
export interface Standing {
  name: string;
  quota: number;
  /** In how many seconds. */
  seconds: number;
  remaining: number;
  /** Seconds until there is more. */
  reset: number;
  /** What is counted, where that is not requests. */
  unit?: string;
}

/**
 * `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers): lists of structured fields (RFC 9651),
 * one item a limit.
 */
export function rateLimitHeaders(...standings: Standing[]): Record<string, string> {
  return {
    'ratelimit-policy': standings
      .map(({ name, quota, seconds, unit }) => {
        const counted = unit === undefined ? '' : `;qu="${unit}"`;
        return `"${name}";q=${quota}${counted};w=${seconds}`;
      })
      .join(', '),
    ratelimit: standings
      .map(({ name, remaining, reset }) => `"${name}";r=${remaining};t=${reset}`)
      .join(', '),
  };
}

/** So many of something in so many seconds, counted from the first. */
export interface Quota {
  quota: number;
  seconds: number;
}

/** How often something may be done. */
export interface Limit {
  /** By one network address; an IPv6 address stands for its /64. */
  source: Quota;
  /** For one account, whether it exists or not. */
  account?: Quota;
  /** Counted by each process for itself: against floods, where a look into a shared store would cost more than the work. */
  isLocal?: true;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const per = (seconds: number, quota: number): Quota => ({ quota, seconds });

/** Every limit by its name; docs/rate-limits.md explains them. */
export const LIMITS = {
  /** Failures alone. Those of an account make it wait longer and longer; the two are held by `AttemptsService`. */
  login: { source: per(10 * MINUTE, 50) },
  second_factor: { source: per(10 * MINUTE, 50) },
  signup: { source: per(HOUR, 1_000), account: per(HOUR, 100) },
  email_verification: { source: per(HOUR, 30), account: per(HOUR, 5) },
  password_reset: { source: per(HOUR, 30), account: per(HOUR, 5) },
  /** Asking for a challenge, which is a row for five minutes, and answering it. */
  passkey: { source: per(10 * MINUTE, 300) },
  /** What is sent back from a message: 256 bits, so that this is against floods only. */
  emailed_token: { source: per(10 * MINUTE, 50) },
  /** Reads all there is of an account, which may be much. */
  account_export: { source: per(HOUR, 200), account: per(HOUR, 20) },
  /** The account is the refresh token, which nobody but its session has. */
  refresh: { source: per(MINUTE, 6_000), account: per(MINUTE, 600), isLocal: true },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;
/** Limits on guesses at a secret, which `AttemptsService` holds. */
export type GuessLimit = 'login' | 'second_factor';
/** Limits on calls of a route, which `@Limited()` names. */
export type CallLimit = Exclude<LimitName, GuessLimit>;

/** Every request, whatever it is for, by each process for itself. */
export const GENERAL_LIMITS = {
  source: per(MINUTE, 12_000),
  principal: per(MINUTE, 6_000),
} as const satisfies Record<string, Quota>;

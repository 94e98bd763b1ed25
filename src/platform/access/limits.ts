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
  /** 80 random bits, so that this is against floods only: it must work even after guesses at codes of six digits. */
  recovery_code: { source: per(10 * MINUTE, 50) },
  signup: { source: per(HOUR, 1_000), account: per(HOUR, 100) },
  email_verification: { source: per(HOUR, 30), account: per(HOUR, 5) },
  password_reset: { source: per(HOUR, 30), account: per(HOUR, 5) },
  /** Asking for a challenge, which is a row for five minutes, and answering it. */
  passkey: { source: per(10 * MINUTE, 300) },
  /** What is sent back from a message: 256 bits, so that this is against floods only. */
  emailed_token: { source: per(10 * MINUTE, 50) },
  /** Changes of one's own account, each of which is an audit event. */
  account_change: { source: per(HOUR, 3_000), account: per(HOUR, 300) },
  /** Failures alone, of one client from one source. */
  client_authentication: { source: per(10 * MINUTE, 1_000), account: per(10 * MINUTE, 50) },
  /** Authorization requests that are kept while their user signs in, each of which is a row. */
  authorization: { source: per(10 * MINUTE, 600), isLocal: true },
  /** Asking for a device code, and typing one in. */
  device_code: { source: per(HOUR, 200) },
  /** Registering a client without being asked. */
  client_registration: { source: per(HOUR, 50) },
  /** Reads all there is of an account, which may be much. */
  account_export: { source: per(HOUR, 200), account: per(HOUR, 20) },
  /** The account is the refresh token, which only its session has. */
  refresh: { source: per(MINUTE, 6_000), account: per(MINUTE, 600), isLocal: true },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;
/** Limits on guesses at a secret, which `AttemptsService` holds. */
export type GuessLimit = 'login' | 'second_factor';
/** Limits on calls of a route, which `@Limited()` names. */
export type CallLimit = Exclude<LimitName, GuessLimit>;

/** Every request of any kind, by each process for itself. */
export const GENERAL_LIMITS = {
  source: per(MINUTE, 12_000),
  principal: per(MINUTE, 6_000),
} as const satisfies Record<string, Quota>;

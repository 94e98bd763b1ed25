import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { DATABASE_URL_RULE, isDatabaseUrl } from './database-url.js';
import { secretFromFile } from './secret-file.js';
import {
  isAddress,
  isLoopback,
  isOrigin,
  isProxy,
  isRangeUrl,
  isRedisUrl,
  isSmtpUrl,
  isStrongSecret,
} from './setting-formats.js';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from './signing-algorithms.js';
import { DurationBetween, ExactText, IntegerBetween, ListOf, OneOf, Text } from './setting-rules.js';
import { StartupError } from './startup.error.js';

const SECRET_FILE = 'data/secret';
const SECRET_RULE =
  'at least 32 bytes with at least 10 different characters, such as the output of `openssl rand -base64 48`';
/** On PostgreSQL, where there may be other nodes: long enough for a proxy that looks every second or two. */
const MANY_NODES_DELAY_MS = 5_000;
/** Settings whose value must never be printed, not even when it is wrong. */
const SECRETS = new Set([
  'GATEHOUSE_SECRET',
  'GATEHOUSE_SECRET_PREVIOUS',
  'ADMIN_PASSWORD',
  'DATABASE_URL',
  'REDIS_URL',
  'SMTP_URL',
]);

/**
 * Every setting of the server. The name of a property is the name of its environment variable; durations are
 * milliseconds. Made once at start by {@link loadSettings} and frozen. `npm run docs` makes docs/settings.md and
 * .env.example of this: the comment says what it is for, the rule what it may be, the initial value or `@default`
 * what it is when nobody sets it.
 */
export class Settings {
  /** `production` refuses what is unsafe there: no secret, plain http, an admin's password that is weak. */
  @OneOf('development', 'test', 'production')
  NODE_ENV: 'development' | 'test' | 'production' = 'development';

  /** The port to listen on; 0 takes any free one. */
  @IntegerBetween(0, 65_535)
  PORT = 3000;

  /** The address to listen on. `localhost` is this machine alone, `0.0.0.0` is reached from others. */
  @Text('a host name or address', (text) => /^[\w.:-]+$/.test(text))
  HOST = 'localhost';

  /**
   * Where clients reach the server: the issuer and audience of its tokens, the host of passkeys, the links in mail.
   * @default `http://localhost:<PORT>`
   */
  @Text('an http(s) URL without path, query or trailing slash; https in production', isOrigin)
  PUBLIC_URL: string;

  /** Where everything is kept; see docs/databases.md. */
  @Text(DATABASE_URL_RULE, isDatabaseUrl)
  DATABASE_URL = 'sqlite:./data/gatehouse.db';

  /** How many connections to PostgreSQL one process may hold; it takes one more while it starts. */
  @IntegerBetween(1, 1000)
  DATABASE_POOL = 10;

  /** Tells other nodes at once what was revoked, and counts limits for all; without it, the database does both. */
  @Text('redis://host:port or rediss://user:password@host:port', (text) => text === '' || isRedisUrl(text))
  REDIS_URL = '';

  /** The secret that all key material of the server is derived from. @default made in `data/secret`; none in production */
  @Text(SECRET_RULE, isStrongSecret)
  GATEHOUSE_SECRET: string;

  /** The secret before this one, while it is being rotated: what it sealed and signed stays good. */
  @Text(SECRET_RULE, (text) => text === '' || isStrongSecret(text))
  GATEHOUSE_SECRET_PREVIOUS = '';

  /** The e-mail address of the first admin, who is made when nobody holds the role. */
  @Text('an e-mail address', isAddress)
  ADMIN_EMAIL = 'admin@localhost';

  /** The first admin's password. @default made at random, and printed once */
  @ExactText('8 to 128 characters', (text) => [...text].length >= 8 && [...text].length <= 128)
  ADMIN_PASSWORD = '';

  /** How many characters a new password has at least. NIST SP 800-63B-4 asks for 15 where it is the only factor. */
  @IntegerBetween(8, 64)
  PASSWORD_MIN_LENGTH = 8;

  /** The server that takes the mail. Without it, mail is files in `data/outbox/`, and off in production; see docs/email.md. */
  @Text('smtp://user:password@host:port, smtps://host', (text) => text === '' || isSmtpUrl(text))
  SMTP_URL = '';

  /** The address that mail comes from. @default `no-reply@` the host of `PUBLIC_URL` */
  @Text('an e-mail address', (text) => text === '' || isAddress(text))
  MAIL_FROM = '';

  /** What the server calls itself in mail and authenticator applications. */
  @Text('1 to 60 characters without control characters', (text) => /^[^\p{C}]{1,60}$/u.test(text))
  APP_NAME = 'Gatehouse';

  /** Whether nobody signs in before the e-mail address was proved. */
  @OneOf('on', 'off')
  REQUIRE_VERIFIED_EMAIL: 'on' | 'off' = 'off';

  /** How long an access token is good for. Longer means fewer refreshes, and more revocations to remember. */
  @DurationBetween('10s', '1d')
  ACCESS_TOKEN_TTL = 15 * 60_000;

  /** A session ends when its refresh token has not been used for this long. */
  @DurationBetween('1m', '365d')
  REFRESH_IDLE_TTL = 30 * 86_400_000;

  /** A session ends this long after sign-in, however much it is used. */
  @DurationBetween('1m', '365d')
  REFRESH_ABSOLUTE_TTL = 90 * 86_400_000;

  /** How long a rotated refresh token still answers with the current one; 0 is strict, and two tabs can end a session. */
  @DurationBetween('0s', '60s')
  REFRESH_REUSE_WINDOW = 30_000;

  /** How many sessions a user may have at once; the oldest ends when there is one more. */
  @IntegerBetween(1, 10_000)
  MAX_SESSIONS = 50;

  /** How many live API keys one owner may have. */
  @IntegerBetween(1, 10_000)
  MAX_API_KEYS = 100;

  /** The algorithm of new signing keys; a change rotates at the next start. */
  @OneOf(...SIGNING_ALGORITHMS)
  SIGNING_ALG: SigningAlgorithm = 'ES256';

  /** A signing key signs for this long. */
  @DurationBetween('1h', '365d')
  SIGNING_KEY_ROTATION = 30 * 86_400_000;

  /** After this long without a look at the revocations of other nodes, a node no longer trusts what it knows. */
  @DurationBetween('2s', '1h')
  REVOCATION_STALENESS = 10_000;

  /** What it does then: `closed` refuses guarded requests with 503, `open` goes on with what it knows. */
  @OneOf('closed', 'open')
  REVOCATION_FAIL: 'closed' | 'open' = 'closed';

  /** Origins of other sites whose pages may call this API with cookies. @default none */
  @ListOf('origins such as https://app.example.com, separated by commas', isOrigin)
  CORS_ORIGINS: string[] = [];

  /** Which proxies' X-Forwarded-For to believe. Behind one that is not named, all clients are one source. */
  @ListOf(
    'off, a number of hops from 1 to 10, or addresses and CIDR ranges (at least /8, or /7 of IPv6) separated by commas',
    isProxy,
  )
  TRUST_PROXY: string[] = ['off'];

  /** Whether guesses and floods are slowed down (docs/rate-limits.md); off only for measuring, or where something in front does it. */
  @OneOf('on', 'off')
  RATE_LIMIT: 'on' | 'off' = 'on';

  /** How many password hashes may wait before the answer is 503 `overloaded`. */
  @IntegerBetween(1, 10_000)
  LOGIN_QUEUE = 64;

  /**
   * A k-anonymity range service that new passwords are looked up in, such as https://api.pwnedpasswords.com/range/.
   * It learns the first five digits of a SHA-1 hash.
   */
  @Text('an http(s) URL that ends with / and has no credentials, query or fragment', isRangeUrl)
  BREACH_RANGE_URL = '';

  /**
   * After SIGTERM the server says that it is not ready, and goes on serving for this long before it stops.
   * @default `0s`, and `5s` on PostgreSQL
   */
  @DurationBetween('0s', '5m')
  SHUTDOWN_DELAY: number;

  /** How long audit events are kept. */
  @DurationBetween('1d', '3650d')
  AUDIT_RETENTION = 365 * 86_400_000;

  /** Whether `/metrics` answers Prometheus, with an access token that has the scope `metrics:read`. */
  @OneOf('on', 'off')
  METRICS: 'on' | 'off' = 'on';

  /** How much is logged; refused requests are `info`, all others `debug`, and `trace` shows the statements. */
  @OneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent')
  LOG_LEVEL = 'info';

  /** Whether cookies go without `Secure` and prefix: only on plain-http localhost. */
  get isPlainLocalhost(): boolean {
    const { protocol, hostname } = new URL(this.PUBLIC_URL);
    return protocol === 'http:' && isLoopback(hostname);
  }
}

/**
 * Reads and checks the environment. Where a secret may be kept in a file, a new one is made unless `mayMakeSecret` is false.
 * @throws StartupError with one line per bad setting: its name, what was wrong, what is allowed.
 */
export function loadSettings(
  env: Record<string, string | undefined>,
  { mayMakeSecret = true } = {},
): Settings {
  const given = Object.fromEntries(settingNames().flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
  const settings = plainToInstance(Settings, given, { exposeDefaultValues: true });
  if (!given['PUBLIC_URL']) settings.PUBLIC_URL = `http://localhost:${settings.PORT}`;
  if (!given['SHUTDOWN_DELAY'])
    settings.SHUTDOWN_DELAY = given['DATABASE_URL']?.startsWith('postgres') ? MANY_NODES_DELAY_MS : 0;
  const isFileSecretAllowed = !given['GATEHOUSE_SECRET'] && settings.NODE_ENV !== 'production';

  const problems = validateSync(settings)
    .filter(({ property }) => !(property === 'GATEHOUSE_SECRET' && isFileSecretAllowed))
    .map(({ property, constraints }) => describe(property, given[property], Object.values(constraints!)[0]!));
  problems.push(...unsafeInProduction(settings));
  if (problems.length > 0) throw new StartupError(problems);

  if (isFileSecretAllowed)
    settings.GATEHOUSE_SECRET = secretFromFile(SECRET_FILE, isStrongSecret, mayMakeSecret);
  return Object.freeze(settings);
}

/** The names of all settings, in the order in which they are declared. */
export function settingNames(): string[] {
  return Object.keys(new Settings());
}

/** What each setting may be, by its name, in the words that the server starts with when it is not. */
export function allowedValues(): Record<string, string> {
  const unset = Object.assign(
    new Settings(),
    Object.fromEntries(settingNames().map((name) => [name, undefined])),
  );
  return Object.fromEntries(
    validateSync(unset).map(({ property, constraints }) => [property, Object.values(constraints!)[0]!]),
  );
}

function describe(name: string, value: string | undefined, allowed: string): string {
  if (value === undefined) return `${name} is not set; it must be ${allowed}`;
  return SECRETS.has(name)
    ? `${name} is not valid; it must be ${allowed}`
    : `${name} is ${JSON.stringify(value)}; it must be ${allowed}`;
}

function unsafeInProduction(settings: Settings): string[] {
  if (settings.NODE_ENV !== 'production' || !settings.PUBLIC_URL?.startsWith('http:')) return [];
  if (settings.isPlainLocalhost) return [];
  return [`PUBLIC_URL is ${JSON.stringify(settings.PUBLIC_URL)}; in production it must start with https://`];
}

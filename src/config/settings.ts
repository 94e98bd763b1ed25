import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { isIP } from 'node:net';
import { DATABASE_URL_RULE, isDatabaseUrl, isDecodable } from './database-url.js';
import { secretFromFile } from './secret-file.js';
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
 * milliseconds. Made once at start by {@link loadSettings} and frozen.
 */
export class Settings {
  @OneOf('development', 'test', 'production')
  NODE_ENV: 'development' | 'test' | 'production' = 'development';

  /** The port to listen on; 0 takes any free one. */
  @IntegerBetween(0, 65_535)
  PORT = 3000;

  /** The address to listen on. `localhost` is both loopback addresses and nothing else. */
  @Text('a host name or address', (text) => /^[\w.:-]+$/.test(text))
  HOST = 'localhost';

  /** Where clients reach the server: the issuer of its tokens and their default audience. */
  @Text('an http(s) URL without path, query or trailing slash', isOrigin)
  PUBLIC_URL: string;

  @Text(DATABASE_URL_RULE, isDatabaseUrl)
  DATABASE_URL = 'sqlite:./data/gatehouse.db';

  /** Where revocations are told to other nodes at once, and limits are counted; without it, the database does both. */
  @Text('redis://host:port or rediss://user:password@host:port', (text) => text === '' || isRedisUrl(text))
  REDIS_URL = '';

  /** The server that takes the mail. Without it, mail is written into files in development, and off otherwise. */
  @Text('smtp://user:password@host:port or smtps://host', (text) => text === '' || isSmtpUrl(text))
  SMTP_URL = '';

  /** The address that mail comes from; `no-reply` at the host of `PUBLIC_URL` when it is not set. */
  @Text('an e-mail address', (text) => text === '' || isAddress(text))
  MAIL_FROM = '';

  /** What the server calls itself in mail. */
  @Text('1 to 60 characters without control characters', (text) => /^[^\p{C}]{1,60}$/u.test(text))
  APP_NAME = 'Gatehouse';

  /** Whether nobody signs in before the e-mail address was proved. */
  @OneOf('on', 'off')
  REQUIRE_VERIFIED_EMAIL: 'on' | 'off' = 'off';

  /** The secret that all key material of the server is derived from. */
  @Text(SECRET_RULE, isStrongSecret)
  GATEHOUSE_SECRET: string;

  /** The secret before this one, while it is being rotated: what it sealed and signed stays good. */
  @Text(SECRET_RULE, (text) => text === '' || isStrongSecret(text))
  GATEHOUSE_SECRET_PREVIOUS = '';

  /** The e-mail address of the first admin, created once, when nobody holds the role. */
  @Text('an e-mail address', isAddress)
  ADMIN_EMAIL = 'admin@localhost';

  /** The first admin's password; a random one is made and printed once when this is not set. */
  @ExactText('8 to 128 characters', (text) => [...text].length >= 8 && [...text].length <= 128)
  ADMIN_PASSWORD = '';

  @DurationBetween('10s', '1d')
  ACCESS_TOKEN_TTL = 15 * 60_000;

  /** A session ends when its refresh token has not been used for this long. */
  @DurationBetween('1m', '365d')
  REFRESH_IDLE_TTL = 30 * 86_400_000;

  /** A session ends this long after sign-in, however much it is used. */
  @DurationBetween('1m', '365d')
  REFRESH_ABSOLUTE_TTL = 90 * 86_400_000;

  /** How many sessions a user may have at once; the oldest ends when there is one more. */
  @IntegerBetween(1, 10_000)
  MAX_SESSIONS = 50;

  /** For how long a rotated refresh token still answers with the current one; 0 is the strict mode. */
  @DurationBetween('0s', '60s')
  REFRESH_REUSE_WINDOW = 30_000;

  /** The algorithm of new signing keys; a change rotates at the next start. */
  @OneOf(...SIGNING_ALGORITHMS)
  SIGNING_ALG: SigningAlgorithm = 'ES256';

  /** A signing key signs for this long. */
  @DurationBetween('1h', '365d')
  SIGNING_KEY_ROTATION = 30 * 86_400_000;

  /** Origins of other sites whose pages may call this API with cookies. */
  @ListOf('origins such as https://app.example.com, separated by commas', isOrigin)
  CORS_ORIGINS: string[] = [];

  /** Which proxies' X-Forwarded-For to believe: off, a number of hops, or their addresses. */
  @ListOf(
    'off, a number of hops from 1 to 10, or addresses and CIDR ranges (at least /8, or /7 of IPv6) separated by commas',
    isProxy,
  )
  TRUST_PROXY: string[] = ['off'];

  /** Whether guesses and floods are slowed down; off only for measuring, or where something in front does it. */
  @OneOf('on', 'off')
  RATE_LIMIT: 'on' | 'off' = 'on';

  /** A k-anonymity range service of breached passwords, asked with the first five digits of a SHA-1 hash. */
  @Text('an http(s) URL that ends with / and has no credentials, query or fragment', isRangeUrl)
  BREACH_RANGE_URL = '';

  /** After this long without a look at the revocations of other nodes, a node no longer trusts what it knows. */
  @DurationBetween('2s', '1h')
  REVOCATION_STALENESS = 10_000;

  /** What it does then: `closed` refuses guarded requests with 503, `open` goes on with what it knows. */
  @OneOf('closed', 'open')
  REVOCATION_FAIL: 'closed' | 'open' = 'closed';

  /** How many connections to PostgreSQL one process may hold. */
  @IntegerBetween(1, 1000)
  DATABASE_POOL = 10;

  /** How many password hashes may wait before the answer is 503 `overloaded`. */
  @IntegerBetween(1, 10_000)
  LOGIN_QUEUE = 64;

  /** How many live API keys one owner may have. */
  @IntegerBetween(1, 10_000)
  MAX_API_KEYS = 100;

  /** After SIGTERM the server says that it is not ready, and goes on serving for this long before it stops. */
  @DurationBetween('0s', '5m')
  SHUTDOWN_DELAY: number;

  /** How long audit events are kept. */
  @DurationBetween('1d', '3650d')
  AUDIT_RETENTION = 365 * 86_400_000;

  /** Whether /metrics answers, to who holds metrics:read. */
  @OneOf('on', 'off')
  METRICS: 'on' | 'off' = 'on';

  @OneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent')
  LOG_LEVEL = 'info';

  /** Whether cookies go without `Secure` and prefix: only on plain-http localhost. */
  get isPlainLocalhost(): boolean {
    const { protocol, hostname } = new URL(this.PUBLIC_URL);
    return protocol === 'http:' && isLoopback(hostname);
  }
}

/**
 * Reads and checks the environment.
 * @throws StartupError with one line per bad setting: its name, what was wrong, what is allowed.
 */
export function loadSettings(env: Record<string, string | undefined>): Settings {
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

  if (isFileSecretAllowed) settings.GATEHOUSE_SECRET = secretFromFile(SECRET_FILE, isStrongSecret);
  return Object.freeze(settings);
}

/** The names of all settings, in the order in which they are declared. */
export function settingNames(): string[] {
  return Object.keys(new Settings());
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

function isStrongSecret(text: string): boolean {
  return Buffer.byteLength(text) >= 32 && new Set(text).size >= 10;
}

function isOrigin(text: string): boolean {
  // A wildcard would pass for a host name, and match nothing.
  if (!URL.canParse(text) || text.includes('*')) return false;
  return /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text;
}

function isRedisUrl(text: string): boolean {
  if (!/^rediss?:\/\//.test(text) || !isDecodable(text)) return false;
  const { hostname, pathname, port } = new URL(text);
  return hostname !== '' && port !== '0' && /^\/?\d*$/.test(pathname);
}

function isSmtpUrl(text: string): boolean {
  return URL.canParse(text) && /^smtps?:$/.test(new URL(text).protocol) && new URL(text).hostname !== '';
}

function isAddress(text: string): boolean {
  return /^[^@\s]+@[^@\s]+$/.test(text);
}

/** `off` and a number stand alone. A wider range than the private networks have would let any client be a proxy. */
function isProxy(text: string, { length }: string[]): boolean {
  if (/^(off|[1-9]|10)$/.test(text)) return length === 1;
  const [address = '', bits] = text.split('/');
  const family = isIP(address);
  const [least, most] = family === 4 ? [8, 32] : [7, 128];
  return (
    family > 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= least && Number(bits) <= most))
  );
}

function isRangeUrl(text: string): boolean {
  if (text === '') return true;
  if (!URL.canParse(text)) return false;
  const { protocol, origin, pathname } = new URL(text);
  return /^https?:$/.test(protocol) && text === origin + pathname && text.endsWith('/');
}

/** Whether a host, as `URL` spells it, is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

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
/** Settings whose value must never be printed, not even when it is wrong. */
const SECRETS = new Set([
  'GATEHOUSE_SECRET',
  'GATEHOUSE_SECRET_PREVIOUS',
  'ADMIN_PASSWORD',
  'DATABASE_URL',
  'REDIS_URL',
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

  /** Where revocations are told to other nodes at once; without it, they look into the database twice a second. */
  @Text('redis://host:port or rediss://user:password@host:port', (text) => text === '' || isRedisUrl(text))
  REDIS_URL = '';

  /** The secret that all key material of the server is derived from. */
  @Text(SECRET_RULE, isStrongSecret)
  GATEHOUSE_SECRET: string;

  /** The secret before this one, while it is being rotated: what it sealed and signed stays good. */
  @Text(SECRET_RULE, (text) => text === '' || isStrongSecret(text))
  GATEHOUSE_SECRET_PREVIOUS = '';

  /** The e-mail address of the first admin, created once, when nobody holds the role. */
  @Text('an e-mail address', (text) => /^[^@\s]+@[^@\s]+$/.test(text))
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
  @ListOf('off, a number of hops from 1 to 10, or addresses and CIDR ranges separated by commas', isProxy)
  TRUST_PROXY: string[] = ['off'];

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

function isProxy(text: string): boolean {
  const [address = '', bits] = text.split('/');
  return (
    /^(off|[1-9]|10)$/.test(text) ||
    (isIP(address) > 0 &&
      (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (isIP(address) === 4 ? 32 : 128))))
  );
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

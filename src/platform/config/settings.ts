import { DATABASE_URL_RULE, isDatabaseUrl } from './database-url.js';
import {
  isAddress,
  isBrandLink,
  isFeatureName,
  isGatewayPath,
  isHeaderName,
  isLoopback,
  isNetwork,
  isRetention,
  isOrigin,
  isOutboundException,
  isPageUrl,
  isProxy,
  isRangeUrl,
  isRedisUrl,
  isSmtpUrl,
  isStrongSecret,
} from './setting-formats.js';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from './signing-algorithms.js';
import { DurationBetween, ExactText, IntegerBetween, ListOf, OneOf, Text } from './setting-rules.js';

const SECRET_RULE =
  'at least 32 bytes with at least 10 different characters, such as the output of `openssl rand -base64 48`';
/** Where upstreams usually are: RFC 1918, RFC 4193, and this machine. */
const PRIVATE_NETWORKS = ['127.0.0.0/8', '::1', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'];

/**
 * Every setting of the server. The name of a property is the name of its environment variable; durations are
 * milliseconds. Made once at start by `loadSettings` and frozen. `npm run docs` makes docs/settings.md and .env.example of
 * this: the comment says what it is for, the rule what it may be, the initial value or `@default` its default.
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

  /** The e-mail address of the first admin, who is made when no account holds the role. */
  @Text('an e-mail address', isAddress)
  ADMIN_EMAIL = 'admin@localhost';

  /** The first admin's password. @default made at random, and printed once */
  @ExactText('8 to 128 characters, none of them a control character', (text) => /^\P{Cc}{8,128}$/u.test(text))
  ADMIN_PASSWORD = '';

  /** How many characters a new password has at least. NIST SP 800-63B-4 asks for 15 where it is the only factor. */
  @IntegerBetween(8, 64)
  PASSWORD_MIN_LENGTH = 8;

  /** The server that takes the mail. Without it, mail is files in `data/outbox/`, and off in production; see docs/email.md. */
  @Text('smtp://user:password@host:port, smtps://host', (text) => text === '' || isSmtpUrl(text))
  SMTP_URL = '';

  /**
   * TLS to the mail server: `verify` needs a certificate that is trusted, `encrypt` takes any, such as a self-made one, `off`
   * sends in the clear. @default `off` to `smtp://` on this machine, `verify` elsewhere
   */
  @Text('one of verify, encrypt, off', (text) => ['', 'verify', 'encrypt', 'off'].includes(text))
  SMTP_TLS = '';

  /** The address that mail comes from. @default `no-reply@` the host of `PUBLIC_URL` */
  @Text('an e-mail address', (text) => text === '' || isAddress(text))
  MAIL_FROM = '';

  /** What the server calls itself in mail and authenticator applications. */
  @Text('1 to 60 characters, none of them a control character or a colon', (text) =>
    /^[^\p{C}:]{1,60}$/u.test(text),
  )
  APP_NAME = 'Gatehouse';

  /** What is switched on, see docs/features.md; the rest is not loaded, its routes are not there and its tokens refused. */
  @ListOf('all, none, or different names from docs/features.md separated by commas', isFeatureName)
  FEATURES: string[] = ['all'];

  /** Whether people get pages; `off` serves the API alone. See docs/pages.md. */
  @OneOf('on', 'off')
  WEB: 'on' | 'off' = 'on';

  /** Whether there is the token tool at `/tokens`, which needs no sign-in. */
  @OneOf('on', 'off')
  WEB_TOKENS: 'on' | 'off' = 'on';

  /** What pages call the server. @default `APP_NAME` */
  @Text('1 to 60 characters without control characters', (text) => /^[^\p{C}]{0,60}$/u.test(text))
  BRAND_NAME = '';

  /** The colour of buttons and links; what is readable on it, and in the dark, is derived. */
  @Text('a colour such as #0b6e4f', (text) => /^#[\da-f]{6}$/i.test(text))
  BRAND_COLOR = '#0b6e4f';

  /** A file with the logo of pages: SVG, PNG, JPEG or WebP. @default a mark and `BRAND_NAME` */
  @Text('a path', () => true)
  BRAND_LOGO = '';

  /** The logo for dark pages. @default `BRAND_LOGO` */
  @Text('a path', () => true)
  BRAND_LOGO_DARK = '';

  /** A style sheet that pages load last; docs/pages.md lists the properties to set. @default none */
  @Text('a path', () => true)
  BRAND_CSS = '';

  /** Links at the foot of pages, such as `terms=https://example.com/terms`. @default none */
  @ListOf('terms, privacy or support, each with = and an http(s) URL, separated by commas', isBrandLink)
  BRAND_LINKS: string[] = [];

  /** A folder of texts by language, such as `de.json`, in the place of our own; see docs/pages.md. @default none */
  @Text('a path', () => true)
  WEB_TEXTS = '';

  /** A folder of templates for pages, such as `consent.html`; see docs/pages.md. @default none */
  @Text('a path', () => true)
  WEB_TEMPLATES = '';

  /** Whether users can sign in only once their e-mail address was proved. */
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

  /** How many sessions one application may have of one user at once; the oldest ends when there is one more. */
  @IntegerBetween(1, 1_000)
  OAUTH_SESSIONS_PER_CLIENT = 5;

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

  /**
   * Other origins whose pages may call this API: those of the same site with cookies, those of other sites with tokens.
   * @default none
   */
  @ListOf('origins such as https://app.example.com, separated by commas', isOrigin)
  CORS_ORIGINS: string[] = [];

  /** Request headers that these pages may send, besides ours and those of W3C Trace Context and Sentry. @default none */
  @ListOf('names of headers such as x-datadog-trace-id, separated by commas', isHeaderName)
  CORS_HEADERS: string[] = [];

  /** An idle connection is kept for so long. Longer than the proxy in front keeps its own, or it sends requests into a close. */
  @DurationBetween('1s', '1d')
  KEEP_ALIVE = 620_000;

  /** Which proxies' X-Forwarded-For, or else Forwarded, to believe. Behind one that is not named, all clients are one source. */
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

  /** How long an authorization code is good for. */
  @DurationBetween('10s', '10m')
  CODE_TTL = 60_000;

  /** How long an ID token is good for. */
  @DurationBetween('1m', '1d')
  ID_TOKEN_TTL = 15 * 60_000;

  /** Whether applications may register themselves (RFC 7591): all of them, or those with a token of scope `clients:register`. */
  @OneOf('off', 'token', 'open')
  REGISTRATION: 'off' | 'token' | 'open' = 'off';

  /** Whether an application may be known by the URL of its metadata document, as MCP clients are. */
  @OneOf('on', 'off')
  CLIENT_DOCUMENTS: 'on' | 'off' = 'on';

  /** The hosts whose metadata documents are read. @default any public one */
  @ListOf('host names such as claude.ai, separated by commas', (text) => /^[\w.-]{1,253}$/.test(text))
  CLIENT_DOCUMENT_HOSTS: string[] = [];

  /** What the server may fetch although it is not public: private clusters. @default none */
  @ListOf('host names, addresses and CIDR ranges, separated by commas', isOutboundException)
  OUTBOUND_ALLOW: string[] = [];

  /** Where published APIs stand: what their paths begin with. */
  @Text('a path such as /g, of plain segments and without a slash at its end', isGatewayPath)
  GATEWAY_PATH = '/g';

  /** The networks that are not public and that the gateway may connect to; link-local ones and this server never. */
  @ListOf('addresses and CIDR ranges, separated by commas', isNetwork)
  GATEWAY_UPSTREAM_NETWORKS: string[] = [...PRIVATE_NETWORKS];

  /** How long usage of the gateway is kept: by minute, by hour, by day. */
  @ListOf('three durations from 1h to 3650d, none shorter than the one before', isRetention)
  USAGE_RETENTION: string[] = ['48h', '90d', '1095d'];

  /** A sign-in page of one's own in place of `/login`; it gets the parameter `request`. */
  @Text('a path or an http(s) URL', (text) => text === '' || isPageUrl(text))
  LOGIN_URL = '';

  /** A consent page of one's own in place of `/consent`; it gets the parameter `request`. */
  @Text('a path or an http(s) URL', (text) => text === '' || isPageUrl(text))
  CONSENT_URL = '';

  /** How long the server goes on serving after SIGTERM, when it says that it is not ready. @default `0s`, and `5s` on PostgreSQL */
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

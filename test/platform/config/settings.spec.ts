import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { secretFromFile } from '../../../src/platform/config/secret-file.js';
import { StartupError } from '../../../src/platform/config/startup.error.js';
import { GATEHOUSE_SECRET } from '../../support/process.js';
import { loadSettings, settingNames } from '../../../src/platform/config/load-settings.js';

/** The lines that the server would print instead of starting. */
function problemsOf(env: Record<string, string>): string[] {
  try {
    loadSettings({ NODE_ENV: 'test', GATEHOUSE_SECRET, ...env });
    return [];
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    return error.lines;
  }
}

const isLong = (secret: string) => secret.length >= 32;

/** Paths, which may be any text; whether a file is there is looked at later. */
const PATHS = ['BRAND_LOGO', 'BRAND_LOGO_DARK', 'BRAND_CSS', 'WEB_TEXTS', 'WEB_TEMPLATES'];

/** Values that each setting must not have. */
const WRONG: Record<string, string[]> = {
  NODE_ENV: ['prod', 'Production'],
  PORT: ['abc', '-1', '65536', '3000.5', '0x10', '1e3', '1 2'],
  HOST: ['a b', 'http://localhost', 'a/b'],
  PUBLIC_URL: [
    'localhost',
    'ftp://a.example',
    'https://a.example/',
    'https://a.example/x',
    'https://a.example?x',
  ],
  DATABASE_URL: [
    'sqlite',
    'sqlite:',
    'mysql://a/b',
    'postgres:',
    './data.db',
    'postgres://',
    'postgres://user@',
    'postgres://user:p%zz@host/db',
    'postgres://user:p#ss@host/db',
    'postgres://user:pass/word@host/db',
    'postgres://host:99999/db',
    'postgres://host:port/db',
    'postgres://one,two/db',
    'postgres://host/db/more',
    'postgres://host/db?sslmode=verify_full',
    'postgres://host/db?sslmode=allow',
  ],
  REDIS_URL: [
    'localhost:6379',
    'http://localhost',
    'redis:',
    'redis://',
    'redis:host',
    'redis://host:99999',
    'redis://host/db',
    'redis://:p%zz@host',
  ],
  SMTP_URL: ['localhost:25', 'http://localhost', 'smtp:', 'smtp://'],
  MAIL_FROM: ['nobody', 'Ada <ada@example.com>', 'a@b@c'],
  // Authenticator applications take what stands before a colon for the name.
  APP_NAME: ['a\nb', 'a\u202eb', 'x'.repeat(61), 'Example: staging', 'a:b'],
  REQUIRE_VERIFIED_EMAIL: ['yes', 'On'],
  PASSWORD_MIN_LENGTH: ['7', '65', '8.5'],
  MAX_SESSIONS: ['0', '10001', 'many'],
  WEB: ['yes', 'On'],
  WEB_TOKENS: ['yes', 'true'],
  BRAND_NAME: ['a\nb', 'x'.repeat(61)],
  BRAND_COLOR: ['red', '#fff', '0b6e4f', '#0b6e4g'],
  BRAND_LINKS: ['terms', 'https://a.example', 'terms=javascript:alert(1)', 'shop=https://a.example'],
  SMTP_TLS: ['on', 'require', 'Off'],
  KEEP_ALIVE: ['0s', '2d', '620'],
  CORS_HEADERS: ['a b', 'x:y', 'ä'],
  FEATURES: ['Transfer', 'all,none', 'transfer,transfer', 'a b'],
  OAUTH_SESSIONS_PER_CLIENT: ['0', '1001'],
  CODE_TTL: ['9s', '11m', '60'],
  ID_TOKEN_TTL: ['59s', '2d'],
  REGISTRATION: ['on', 'Open'],
  CLIENT_DOCUMENTS: ['yes'],
  CLIENT_DOCUMENT_HOSTS: ['https://claude.ai', 'claude.ai/x', 'a b'],
  OUTBOUND_ALLOW: ['https://a.example', '10.0.0.0/33', '10.0.0/8/8', 'a_b'],
  GATEWAY_PATH: ['g', '/', '/g/', '/v1/g', '/login', '/g/../x', '/g x', '//g', '/.well-known'],
  GATEWAY_UPSTREAM_NETWORKS: ['localhost', '10.0.0.0/33', '10.0.0', 'fc00::/129'],
  USAGE_RETENTION: ['48h', '48h,90d', '48h,1h,90d', '59m,1d,2d', '1d,2d,3651d', '1d,2d,3d,4d', '1d,,2d'],
  LOGIN_URL: ['//evil.example', '/\\evil.example', 'login', 'javascript:alert(1)', '/login#x'],
  CONSENT_URL: ['//evil.example', 'ftp://a.example'],
  GATEHOUSE_SECRET: ['short', 'a'.repeat(64), 'abc'.repeat(20), 'x'.repeat(31)],
  GATEHOUSE_SECRET_PREVIOUS: ['short', 'a'.repeat(64)],
  ADMIN_EMAIL: ['admin', 'a@b@c', 'a b@c'],
  ADMIN_PASSWORD: ['1234567', 'x'.repeat(129), 'two\nlines of text', 'a\ttab in it', '1234567\n'],
  SHUTDOWN_DELAY: ['5', '6m', '-1s', 'never'],
  AUDIT_RETENTION: ['365', '1h', '3651d'],
  ACCESS_TOKEN_TTL: ['15', '9s', '25h', '-1m', '1.5m', 'm', '15 minutes', '15M', '99999999999m'],
  REFRESH_IDLE_TTL: ['30', '59s', '366d'],
  REFRESH_ABSOLUTE_TTL: ['90', '59s', '366d'],
  REFRESH_REUSE_WINDOW: ['61s', '1h', '-1s', 'off'],
  SIGNING_ALG: ['HS256', 'none', 'es256', 'ES256K'],
  SIGNING_KEY_ROTATION: ['59m', '366d', 'never'],
  CORS_ORIGINS: [
    '*',
    'null',
    'app.example.com',
    'https://a.example/',
    'https://a.example,',
    'https://*.example',
  ],
  TRUST_PROXY: [
    'true',
    'on',
    '0',
    '11',
    '10.0.0.0/x',
    '1.2.3',
    '*',
    '0.0.0.0/0',
    '::/0',
    '128.0.0.0/1',
    '2,10.0.0.1',
    'off,10.0.0.1',
  ],
  RATE_LIMIT: ['yes', 'true', '100'],
  BREACH_RANGE_URL: [
    'range',
    'ftp://a.example/',
    'https://a.example/range',
    'https://a.example/?range=',
    'https://u:p@a.example/range/',
  ],
  REVOCATION_STALENESS: ['1s', '2h', '10'],
  REVOCATION_FAIL: ['maybe', 'Closed'],
  DATABASE_POOL: ['0', '1001', 'many'],
  MAX_API_KEYS: ['0', '10001', '-1', 'many'],
  LOGIN_QUEUE: ['0', '10001', '-5', 'x'],
  METRICS: ['yes', 'true'],
  LOG_LEVEL: ['verbose', 'INFO'],
};
/** Settings whose value is never printed. */
const SECRET = [
  'GATEHOUSE_SECRET',
  'GATEHOUSE_SECRET_PREVIOUS',
  'ADMIN_PASSWORD',
  'DATABASE_URL',
  'REDIS_URL',
  'SMTP_URL',
];

describe('a setting', () => {
  it('is never taken as it is: each has values that are refused', () => {
    const names = [...Object.keys(WRONG), ...PATHS].toSorted();
    expect(names, 'add the new setting to WRONG').toEqual(settingNames().toSorted());
  });

  it.each(Object.entries(WRONG).flatMap(([name, values]) => values.map((value) => [name, value] as const)))(
    '%s cannot be %j, and one line says what it can be',
    (name, value) => {
      const lines = problemsOf({ [name]: value });
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(new RegExp(`^${name} is .*; it must be .{3,}`));
      expect(lines[0]).not.toContain('\n');
      const shown = SECRET.includes(name) ? 'not valid' : JSON.stringify(value);
      expect(lines[0]).toContain(`${name} is ${shown}; it must be`);
    },
  );

  it.each(SECRET)('%s is not printed when it is wrong', (name) => {
    const lines = problemsOf({
      [name]: 'mysql://hunter2' + (name === 'ADMIN_PASSWORD' ? '!'.repeat(128) : ''),
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('hunter2');
  });

  it.each([
    ['PORT', '0', 0],
    ['PORT', ' 8080 ', 8080],
    ['ACCESS_TOKEN_TTL', '10s', 10_000],
    ['ACCESS_TOKEN_TTL', '1d', 86_400_000],
    ['REFRESH_IDLE_TTL', '12h', 43_200_000],
    ['REFRESH_REUSE_WINDOW', '0', 0],
    ['REFRESH_REUSE_WINDOW', '0s', 0],
    [
      'CORS_ORIGINS',
      'https://a.example, http://b.example:8080',
      ['https://a.example', 'http://b.example:8080'],
    ],
    ['ADMIN_PASSWORD', 'Correct horse battery 9\n', 'Correct horse battery 9'],
    ['ADMIN_PASSWORD', '\ufeff with spaces around \r\n\n', ' with spaces around '],
    ['CORS_HEADERS', 'x-datadog-trace-id, b3', ['x-datadog-trace-id', 'b3']],
    ['KEEP_ALIVE', '1h', 3_600_000],
    ['TRUST_PROXY', '::ffff:10.0.0.9,fe80::1%eth0', ['::ffff:10.0.0.9', 'fe80::1%eth0']],
    ['REDIS_URL', '\n', ''],
    ['MAIL_FROM', ' \r\n', ''],
    ['TRUST_PROXY', '2', ['2']],
    ['TRUST_PROXY', '10.0.0.0/8,::1', ['10.0.0.0/8', '::1']],
    ['TRUST_PROXY', 'fc00::/7', ['fc00::/7']],
    ['BREACH_RANGE_URL', 'https://a.example/range/', 'https://a.example/range/'],
    ['DATABASE_URL', 'postgresql://u:p@h:5432/d', 'postgresql://u:p@h:5432/d'],
    ['DATABASE_URL', 'postgres:///d?host=/tmp', 'postgres:///d?host=/tmp'],
    ['DATABASE_URL', 'postgres://[::1]/d?sslmode=verify-full', 'postgres://[::1]/d?sslmode=verify-full'],
    ['REDIS_URL', 'rediss://u:p%40@h:6380/2', 'rediss://u:p%40@h:6380/2'],
    ['PUBLIC_URL', 'https://auth.example.com:8443', 'https://auth.example.com:8443'],
    ['HOST', '::', '::'],
  ])('%s may be %j', (name, value, expected) => {
    const settings = loadSettings({ NODE_ENV: 'test', GATEHOUSE_SECRET, [name]: value });
    expect(settings[name as 'PORT']).toEqual(expected);
  });

  it('that is empty or that is unknown is as if it were not there', () => {
    const settings = loadSettings({ NODE_ENV: 'test', GATEHOUSE_SECRET, PORT: '', COLOUR: 'red' });
    expect(settings.PORT).toBe(3000);
    expect(settings).not.toHaveProperty('COLOUR');
  });
});

describe('the settings', () => {
  it('have defaults that work, and cannot be changed', () => {
    const settings = loadSettings({ NODE_ENV: 'test', GATEHOUSE_SECRET });
    expect(settings).toMatchObject({
      PORT: 3000,
      HOST: 'localhost',
      PUBLIC_URL: 'http://localhost:3000',
      DATABASE_URL: 'sqlite:./data/gatehouse.db',
      ACCESS_TOKEN_TTL: 900_000,
      REFRESH_IDLE_TTL: 30 * 86_400_000,
      REFRESH_ABSOLUTE_TTL: 90 * 86_400_000,
      REFRESH_REUSE_WINDOW: 30_000,
      CORS_ORIGINS: [],
      TRUST_PROXY: ['off'],
      LOGIN_QUEUE: 64,
    });
    expect(() => Object.assign(settings, { PORT: 1 })).toThrow(TypeError);
  });

  it('take the public URL from the port when it is not set', () => {
    expect(loadSettings({ GATEHOUSE_SECRET, PORT: '4000' }).PUBLIC_URL).toBe('http://localhost:4000');
  });

  it('wait before the door closes where there may be other nodes', () => {
    const delay = (env: Record<string, string>) => loadSettings({ GATEHOUSE_SECRET, ...env }).SHUTDOWN_DELAY;
    expect(delay({})).toBe(0);
    expect(delay({ DATABASE_URL: 'postgres://a/b' })).toBe(5_000);
    expect(delay({ DATABASE_URL: 'postgres://a/b', SHUTDOWN_DELAY: '0' })).toBe(0);
    expect(delay({ SHUTDOWN_DELAY: '20s' })).toBe(20_000);
  });

  it('say all that is wrong at once, a line each', () => {
    const lines = problemsOf({
      PORT: 'abc',
      ACCESS_TOKEN_TTL: '15',
      GATEHOUSE_SECRET: 'short',
      LOG_LEVEL: 'x',
    });
    expect(lines.map((line) => line.split(' ', 1)[0]).toSorted()).toEqual([
      'ACCESS_TOKEN_TTL',
      'GATEHOUSE_SECRET',
      'LOG_LEVEL',
      'PORT',
    ]);
    expect(lines.join()).not.toContain('short;');
  });

  it('of production need a secret and https', () => {
    const production = { NODE_ENV: 'production', PUBLIC_URL: 'https://auth.example.com' };
    expect(problemsOf(production)).toEqual([]);
    expect(problemsOf({ ...production, GATEHOUSE_SECRET: '' })).toEqual([
      expect.stringMatching(/^GATEHOUSE_SECRET is not set; it must be at least 32 bytes/),
    ]);
    expect(problemsOf({ ...production, PUBLIC_URL: 'http://auth.example.com' })).toEqual([
      'PUBLIC_URL is "http://auth.example.com"; in production it must start with https://',
    ]);
    expect(
      problemsOf({ ...production, PUBLIC_URL: 'http://auth.example.com', GATEHOUSE_SECRET: '' }),
    ).toHaveLength(2);
  });

  it.each(['http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000'])(
    'of production may be tried out on %s',
    (PUBLIC_URL) => {
      expect(problemsOf({ NODE_ENV: 'production', PUBLIC_URL })).toEqual([]);
    },
  );

  it.each(['http://localhost.evil.example', 'http://127.0.0.1.evil.example', 'http://127.example.com'])(
    'do not take %s for this machine',
    (PUBLIC_URL) => {
      expect(problemsOf({ NODE_ENV: 'production', PUBLIC_URL })).toHaveLength(1);
      expect(loadSettings({ GATEHOUSE_SECRET, PUBLIC_URL }).isPlainLocalhost).toBe(false);
    },
  );
});

describe('the secret file', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-secret-'));
    path = join(folder, 'data/secret');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is made once, for its owner alone, and kept', () => {
    const secret = secretFromFile(path, isLong);
    expect(secret.length).toBeGreaterThanOrEqual(64);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
    expect(secretFromFile(path, isLong)).toBe(secret);
    expect(readdirSync(join(folder, 'data')), 'no draft is left behind').toEqual(['secret']);
  });

  it('is another on every machine', () => {
    const other = join(folder, 'other/secret');
    expect(secretFromFile(path, isLong)).not.toBe(secretFromFile(other, isLong));
  });

  it.each([0o644, 0o640, 0o604, 0o660])('is refused when others can read or write it (%o)', (mode) => {
    secretFromFile(path, isLong);
    chmodSync(path, mode);
    expect(() => secretFromFile(path, isLong)).toThrow(`chmod 600 ${path}`);
  });

  it('is refused when it is weak, and left as it is', () => {
    secretFromFile(path, isLong);
    writeFileSync(path, 'weak');
    expect(() => secretFromFile(path, isLong)).toThrow('holds no strong secret');
    expect(readFileSync(path, 'utf8')).toBe('weak');
  });

  it('is not made when the environment has a secret, or when something else is wrong', () => {
    const before = existsSync('data');
    loadSettings({ GATEHOUSE_SECRET });
    expect(problemsOf({ GATEHOUSE_SECRET: '', PORT: 'abc' })).toHaveLength(1);
    expect(existsSync('data')).toBe(before);
  });
});

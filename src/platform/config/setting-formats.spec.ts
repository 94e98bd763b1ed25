import { describe, expect, it } from 'vitest';
import { isDatabaseUrl, withoutCredentials } from './database-url.js';
import {
  isBrandLink,
  isFeatureName,
  isGatewayPath,
  isHeaderName,
  isLoopback,
  isNetwork,
  isOrigin,
  isOutboundException,
  isPageUrl,
  isProxy,
  isRangeUrl,
  isRedisUrl,
  isRetention,
  isSmtpUrl,
  isStrongSecret,
} from './setting-formats.js';
import { durationInWords, parseDuration } from './setting-rules.js';

const VARIED = 'abcdefghijklmnopqrstuvwxyz012345';
/** What a format takes, and what it does not. */
const FORMATS: [string, (text: string) => boolean, string[], string[]][] = [
  [
    'a strong secret',
    isStrongSecret,
    [VARIED, `${'a'.repeat(30)}bcdefghij`, 'éàüöäßñç'.repeat(2) + 'xy'],
    [VARIED.slice(1), 'a'.repeat(64), 'abcdefghi'.repeat(8), ''],
  ],
  [
    'an origin',
    isOrigin,
    ['https://app.example.com', 'http://localhost:5173', 'https://[::1]:8443'],
    [
      'https://app.example.com/',
      'https://app.example.com:443',
      'https://App.example.com',
      'https://*.example.com',
      'https://a@app.example.com',
      'ftp://app.example.com',
      'app.example.com',
      'null',
      '*',
      '',
    ],
  ],
  [
    'a Redis URL',
    isRedisUrl,
    ['redis://localhost', 'rediss://user:p%40ss@cache.example:6380/2', 'redis://localhost/'],
    [
      'redis://',
      'redis://localhost:0',
      'redis://localhost/a',
      'redis://a:%zz@localhost',
      'http://localhost',
      '',
    ],
  ],
  [
    'an SMTP URL',
    isSmtpUrl,
    ['smtp://localhost', 'smtps://user:pass@mail.example:465', 'smtp://mail.example?requireTLS=false'],
    ['smtp://', 'mail.example', 'http://mail.example', ''],
  ],
  [
    'a header name',
    isHeaderName,
    ['X-Real-IP', 'cf-connecting-ip', "!#$%&'*+.^_`|~-"],
    ['*', '', 'X Real', 'X-Real:', 'X\r\nY', 'é'],
  ],
  [
    'the URL of a range',
    isRangeUrl,
    ['', 'https://api.pwnedpasswords.com/range/', 'http://10.0.0.7:8080/'],
    [
      'https://a.example/range',
      'https://a.example/range/?x=/',
      'ftp://a.example/',
      '/range/',
      'https://u:p@a.example/',
    ],
  ],
  [
    'loopback',
    isLoopback,
    ['localhost', '127.0.0.1', '127.255.0.1', '[::1]'],
    ['localhost.example', '128.0.0.1', '127.0.0.1.example', '::1', '[::2]', ''],
  ],
  [
    'a link of a brand',
    isBrandLink,
    ['terms=https://example.com/terms', 'privacy=http://localhost/p', 'support=https://example.com/?a=b'],
    [
      'imprint=https://example.com/',
      'terms=javascript:alert(1)',
      'terms=',
      'https://example.com/',
      'terms=https://a b',
    ],
  ],
  [
    'an exception for outbound calls',
    isOutboundException,
    ['intern.example', 'localhost', '10.0.0.0/8', '10.0.0.7', 'fd00::/8', '::1', '0.0.0.0/0'],
    ['10.0.0.0/33', 'fd00::/129', '10.0.0.0/', '*.example', 'a b', '-a', '', 'https://a.example'],
  ],
  [
    'a network',
    isNetwork,
    ['10.0.0.0/8', '10.0.0.7', '::1'],
    ['intern.example', '10.0.0.0/33', '10.0.0', ''],
  ],
  [
    'a path for the gateway',
    isGatewayPath,
    ['/api', '/apis/public', '/a.b_c~d-e', '/v2'],
    [
      '/',
      '',
      'api',
      '/api/',
      '/v1',
      '/v1/api',
      '/oauth',
      '/login',
      '/console/x',
      '/.well-known',
      '/a//b',
      '/a?b',
    ],
  ],
  [
    'the address of a page',
    isPageUrl,
    ['/imprint', '/', 'https://example.com/page?x=1', 'http://localhost/'],
    [
      '//evil.example',
      '/\\evil',
      '/a#b',
      '/a b',
      'https://example.com/#a',
      'javascript:alert(1)',
      'page',
      '',
    ],
  ],
  [
    'a database URL',
    isDatabaseUrl,
    [
      'sqlite:./data/a.db',
      'sqlite::memory:',
      'postgres://u:p@db.example:5432/gatehouse',
      'postgresql://db.example/gatehouse?sslmode=verify-full',
      'postgres:///gatehouse?host=/var/run/postgresql',
    ],
    [
      'sqlite:',
      'mysql://db.example/a',
      'postgres://u:%zz@db.example/a',
      'postgres:///a',
      'postgres://a,b/c',
      'postgres://db.example/a/b',
      'postgres://db.example/a#b',
      'postgres://db.example/a?sslmode=allow',
      '',
    ],
  ],
];

describe.each(FORMATS)('%s', (_name, is, good, bad) => {
  it.each(good.map((text) => [text]))('can be %j', (text) => expect(is(text)).toBe(true));
  it.each(bad.map((text) => [text]))('cannot be %j', (text) => expect(is(text)).toBe(false));
});

const areProxies = (...all: string[]) => all.every((one) => isProxy(one, all));
const areFeatures = (...all: string[]) => all.every((one) => isFeatureName(one, all));
const areRetentions = (...all: string[]) => isRetention('', all);

describe('a proxy that is trusted', () => {
  it.each([
    [['off']],
    [['1']],
    [['10']],
    [['10.0.0.0/8', '192.168.1.1', '::1', 'fd00::/7', '::ffff:10.0.0.1']],
  ])('is %j', (all) => {
    expect(areProxies(...all)).toBe(true);
  });

  it.each([
    [['off', '10.0.0.1']],
    [['1', '2']],
    [['0']],
    [['11']],
    [['true']],
    [['0.0.0.0/0']],
    [['10.0.0.0/7']],
    [['::/0']],
    [['fc00::/6']],
    [['::ffff:10.0.0.0/104']],
    [['10.0.0.0/33']],
    [['proxy.example']],
    [['']],
  ])('is not %j', (all) => {
    expect(areProxies(...all)).toBe(false);
  });
});

describe('the features that are on', () => {
  it('are names, each once, or all or none alone', () => {
    expect(areFeatures('oauth', 'api-keys')).toBe(true);
    expect(areFeatures('all')).toBe(true);
    expect(areFeatures('none')).toBe(true);
  });

  it.each([[['oauth', 'oauth']], [['all', 'oauth']], [['none', 'none']], [['OAuth']], [['']], [['-a']]])(
    'are not %j',
    (all) => {
      expect(areFeatures(...all)).toBe(false);
    },
  );
});

describe('how long something is kept', () => {
  it('is three durations, none shorter than the one before', () => {
    expect(areRetentions('1h', '30d', '365d')).toBe(true);
    expect(areRetentions('7d', '7d', '7d')).toBe(true);
    expect(areRetentions('1d', '1d', '3650d')).toBe(true);
  });

  it('is not shorter than an hour, longer than ten years, or out of order', () => {
    expect(areRetentions('59m', '1d', '2d')).toBe(false);
    expect(areRetentions('1d', '2d', '3651d')).toBe(false);
    expect(areRetentions('2d', '1d', '3d')).toBe(false);
    expect(areRetentions('1d', '2d')).toBe(false);
    expect(areRetentions('1d', '2d', '3d', '4d')).toBe(false);
    expect(areRetentions('1d', 'x', '3d')).toBe(false);
  });
});

describe('a duration', () => {
  it.each([
    ['0s', 0],
    ['30s', 30_000],
    ['15m', 900_000],
    ['12h', 43_200_000],
    ['30d', 2_592_000_000],
  ])('%s is so many milliseconds, and is written like that again', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(durationInWords(ms)).toBe(text);
  });

  it.each(['', '30', 's', '1.5h', '-1s', '1w', '1 h', '1h30m', '1234567890s', ' 1s'])('is not %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it.each([
    [90_000, '90s'],
    [5_400_000, '90m'],
    [86_400_000, '1d'],
    [1, '1ms'],
    [1_500, '1500ms'],
  ])('of %d ms is written as %s', (ms, text) => {
    expect(durationInWords(ms)).toBe(text);
  });
});

describe('a database URL as it may be shown', () => {
  it('has neither user nor password nor parameters', () => {
    expect(withoutCredentials('postgres://ada:secret@db.example:5432/g?sslmode=require')).toBe(
      'postgres://db.example:5432/g',
    );
    expect(withoutCredentials('sqlite:./data/a.db')).toBe('sqlite:./data/a.db');
  });
});

import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { clientAddress, plainAddress, readForwarded, trustedProxies } from './client-address.js';

const read = (headers: IncomingHttpHeaders) => {
  readForwarded(headers);
  return headers['x-forwarded-for'];
};

const client = (TRUST_PROXY: string[], remoteAddress: string, forwardedFor?: string) =>
  clientAddress(
    {
      socket: { remoteAddress } as never,
      headers: forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor },
    },
    trustedProxies({ TRUST_PROXY }),
  );

describe('an address', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    [' 203.0.113.7 ', '203.0.113.7'],
    ['203.0.113.7:4711', '203.0.113.7'],
    ['"203.0.113.7"', '203.0.113.7'],
    ['2001:db8::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['"[2001:db8::1]:4711"', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%eth0]:80', 'fe80::1'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['[::FFFF:203.0.113.7]:80', '203.0.113.7'],
  ])('%s is %s', (text, address) => {
    expect(plainAddress(text)).toBe(address);
  });

  it.each([
    '',
    'unknown',
    '_hidden',
    'proxy.example',
    '203.0.113',
    '203.0.113.256',
    '[203.0.113.7',
    '1:2:3',
    '-',
  ])('is not %j', (text) => {
    expect(plainAddress(text)).toBe('unknown');
  });

  it('keeps its last group where that could be a port', () => {
    expect(plainAddress('2001:db8::4711')).toBe('2001:db8::4711');
  });
});

describe('what proxies say of their clients', () => {
  it.each<[string, IncomingHttpHeaders, string | undefined]>([
    ['nothing', {}, undefined],
    ['a list', { 'x-forwarded-for': '203.0.113.7, 10.0.0.1:80' }, '203.0.113.7, 10.0.0.1'],
    ['empty elements, which do not count', { 'x-forwarded-for': ',203.0.113.7,, ,' }, '203.0.113.7'],
    [
      'what is no address, which keeps its place',
      { 'x-forwarded-for': 'evil, 10.0.0.1' },
      'unknown, 10.0.0.1',
    ],
    ['Forwarded', { forwarded: 'for=203.0.113.7;proto=https, for=10.0.0.1' }, '203.0.113.7, 10.0.0.1'],
    ['Forwarded in any case', { forwarded: 'PROTO=https; For = 203.0.113.7 ' }, '203.0.113.7'],
    ['Forwarded with a port', { forwarded: 'for="[2001:db8::1]:4711"' }, '2001:db8::1'],
    ['Forwarded without an address', { forwarded: 'proto=https, for=_hidden' }, 'unknown, unknown'],
    ['separators within quotes', { forwarded: 'host="a,b;for=1.1.1.1";for=203.0.113.7' }, '203.0.113.7'],
    [
      'both headers, of which a client could have sent one',
      { forwarded: 'for=203.0.113.66', 'x-forwarded-for': '203.0.113.7' },
      '203.0.113.7',
    ],
  ])('is read from %s', (_, headers, expected) => {
    expect(read(headers)).toBe(expected);
  });
});

describe('the client of a request', () => {
  it('is who connects, where no proxy is trusted', () => {
    expect(client(['off'], '10.0.0.1', '203.0.113.7')).toBe('10.0.0.1');
    expect(client([], '10.0.0.1', '203.0.113.7')).toBe('10.0.0.1');
  });

  it('is who connects, where that is none of the proxies', () => {
    expect(client(['10.0.0.0/8'], '203.0.113.9', '203.0.113.7')).toBe('203.0.113.9');
  });

  it('is the last address before the proxies, whatever a client put in front', () => {
    expect(client(['10.0.0.0/8'], '10.0.0.1', '198.51.100.1, 203.0.113.7, 10.0.0.2')).toBe('203.0.113.7');
    expect(client(['2'], '10.0.0.1', '198.51.100.1, 203.0.113.7, 10.0.0.2')).toBe('203.0.113.7');
    expect(client(['1'], '10.0.0.1', '198.51.100.1, 203.0.113.7')).toBe('203.0.113.7');
  });

  it('is the furthest proxy, where all are proxies or nothing more is said', () => {
    expect(client(['10.0.0.0/8'], '10.0.0.1', '10.0.0.3, 10.0.0.2')).toBe('10.0.0.3');
    expect(client(['10.0.0.0/8'], '10.0.0.1')).toBe('10.0.0.1');
  });

  it('may come through proxies of IPv6, and of IPv4 as IPv6 writes it', () => {
    expect(client(['fd00::/8'], 'fd00::1', '203.0.113.7')).toBe('203.0.113.7');
    expect(client(['10.0.0.1'], '::ffff:10.0.0.1', '203.0.113.7')).toBe('203.0.113.7');
    expect(client(['::ffff:10.0.0.1'], '10.0.0.1', '203.0.113.7')).toBe('203.0.113.7');
  });
});

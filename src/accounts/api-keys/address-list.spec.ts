import { describe, expect, it } from 'vitest';
import { AddressList, isAddressRange } from './address-list.js';

describe('an address or a range', () => {
  it.each([
    '203.0.113.7',
    '10.0.0.0/8',
    '0.0.0.0/0',
    '10.0.0.1/32',
    '2001:db8::1',
    '2001:db8::/32',
    '::/0',
    '::1/128',
  ])('can be %s', (text) => {
    expect(isAddressRange(text)).toBe(true);
  });

  it.each([
    '',
    'host.example',
    '203.0.113',
    '203.0.113.07',
    '203.0.113.7/',
    '203.0.113.7/33',
    '203.0.113.7/-1',
    '203.0.113.7/8/8',
    '203.0.113.7/1e1',
    '2001:db8::/129',
    '::ffff:203.0.113.7',
    '::FFFF:203.0.113.7/100',
    'fe80::1%eth0',
    ' 203.0.113.7',
    null,
    7,
    ['203.0.113.7'],
  ])('cannot be %j', (text) => {
    expect(isAddressRange(text)).toBe(false);
  });
});

describe('a list of addresses', () => {
  const list = new AddressList(['203.0.113.7', '10.0.0.0/8', '2001:db8::/32']);

  it.each([
    '203.0.113.7',
    '10.0.0.0',
    '10.255.255.255',
    '::ffff:10.1.2.3',
    '::FFFF:203.0.113.7',
    '2001:db8:ffff::1',
  ])('has %s', (ip) => {
    expect(list.has(ip)).toBe(true);
    expect(list.has(ip)).toBe(true);
  });

  it.each([
    '203.0.113.8',
    '11.0.0.0',
    '9.255.255.255',
    '2001:db9::',
    '::ffff:11.0.0.1',
    '::1',
    '',
    'unknown',
  ])('has not %j, also after one that it has', (ip) => {
    expect(list.has('10.0.0.1')).toBe(true);
    expect(list.has(ip)).toBe(false);
  });

  it('finds an address of a link, whichever interface it came by', () => {
    expect(new AddressList(['fe80::/10']).has('fe80::1%eth0')).toBe(true);
  });

  it('has nothing when it is empty', () => {
    expect(new AddressList([]).has('127.0.0.1')).toBe(false);
  });
});

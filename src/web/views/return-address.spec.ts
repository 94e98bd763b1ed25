import { describe, expect, it } from 'vitest';
import { leavesAfterwards, returnAddress } from './return-address.js';

describe('the address to go on to', () => {
  it.each([
    '/account',
    '/',
    '/console/users?email=ada%40example.com#top',
    '/oauth/authorize?client_id=a&redirect_uri=https%3A%2F%2Fapp.example%2Fcb',
    '/loginsomething',
    '/v1/me',
  ])('is %s as it was asked for', (address) => {
    expect(returnAddress(address)).toBe(address);
  });

  it.each([
    ['another origin', 'https://evil.example/'],
    ['one without a scheme', '//evil.example'],
    ['one with a backslash', '/\\evil.example'],
    ['a backslash further on', '/a\\evil.example'],
    ['one that is two slashes once it is resolved', '/.//evil.example'],
    ['one behind a segment', '/a/..//evil.example'],
    ['a tab, which browsers drop', '/\t/evil.example'],
    ['a line break', '/a\r\nset-cookie: a=b'],
    ['a NUL', '/a\0'],
    ['a scheme of script', 'javascript:alert(1)'],
    ['a relative path', 'account'],
    ['nothing', ''],
    ['a list', ['/account']],
    ['no text at all', undefined],
    ['a text longer than any page has', `/${'a'.repeat(2_000)}`],
  ])('is the usual one for %s', (_, asked) => {
    expect(returnAddress(asked)).toBe('/account');
    expect(returnAddress(asked, '/elsewhere')).toBe('/elsewhere');
  });

  it.each([
    '/login',
    '/login/',
    '/login?continue=%2F',
    '/logout',
    '/signup',
    '/step-up',
    '/preferences/locale',
  ])('is not %s, which would lead to itself or end what begins', (address) => {
    expect(returnAddress(address)).toBe('/account');
    expect(returnAddress(address, '/', { mayBeSignIn: true })).toBe(address);
  });

  it('may be as long as it may be, and no longer', () => {
    const longest = `/${'a'.repeat(1_999)}`;
    expect(returnAddress(longest)).toBe(longest);
    expect(returnAddress(`${longest}a`)).toBe('/account');
  });

  it('leads to another application from the endpoints of OAuth alone', () => {
    expect(leavesAfterwards('/oauth/authorize?client_id=a')).toBe(true);
    expect(leavesAfterwards('/account?next=/oauth/')).toBe(false);
    expect(leavesAfterwards('/oauthentic')).toBe(false);
  });
});

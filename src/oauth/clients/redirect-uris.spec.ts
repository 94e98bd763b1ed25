import { describe, expect, it } from 'vitest';
import { faultOfRedirectUri, isRegistered } from './redirect-uris.js';

describe('a redirect URI', () => {
  it.each([
    'https://app.example/callback',
    'https://app.example/callback?tenant=1',
    'https://app.example:8443/cb',
    'http://localhost/cb',
    'http://127.0.0.1:5173/cb',
    'http://[::1]/cb',
    'com.example.app:/oauth',
    'com.example.app:oauth',
    `https://app.example/${'a'.repeat(1_980)}`,
  ])('can be %s', (uri) => {
    expect(faultOfRedirectUri(uri)).toBeUndefined();
  });

  it.each([
    ['too long', `https://app.example/${'a'.repeat(1_981)}`, 'is longer than 2000 characters'],
    ['relative', '/callback', 'is no absolute URI'],
    ['with a fragment', 'https://app.example/#a', 'has a fragment'],
    ['with an empty fragment', 'https://app.example/#', 'has a fragment'],
    ['with a user name', 'https://ada@app.example/', 'has a user name or a password'],
    ['with a password', 'https://:x@app.example/', 'has a user name or a password'],
    ['with a dot segment', 'https://app.example/a/../b', 'has a backslash, a space or a dot segment'],
    [
      'with one that is encoded',
      'https://app.example/a/%2E%2e/b',
      'has a backslash, a space or a dot segment',
    ],
    ['with an encoded slash', 'https://app.example/a%2fb', 'has a backslash, a space or a dot segment'],
    ['with a backslash', 'https://app.example\\evil', 'has a backslash, a space or a dot segment'],
    ['with a space', 'https://app.example/a b', 'has a backslash, a space or a dot segment'],
    ['with a zero width space', 'https://app.example/a\u200bb', 'has a backslash, a space or a dot segment'],
    ['plain http elsewhere', 'http://app.example/', 'is plain http, which only loopback addresses may be'],
    [
      'a host like loopback',
      'http://localhost.evil.example/',
      'is plain http, which only loopback addresses may be',
    ],
    ['a script', 'javascript:alert(1)', 'has a scheme that is neither https nor a reversed domain name'],
    ['data', 'data:text/html,x', 'has a scheme that is neither https nor a reversed domain name'],
    ['a scheme without a dot', 'myapp:/cb', 'has a scheme that is neither https nor a reversed domain name'],
  ])('cannot be %s', (_, uri, fault) => {
    expect(faultOfRedirectUri(uri)).toBe(fault);
  });
});

describe('a redirect URI of a request', () => {
  const REGISTERED = ['https://app.example/cb', 'http://127.0.0.1/cb', 'http://localhost:3000/cb?x=1'];

  it.each([
    'https://app.example/cb',
    'http://127.0.0.1/cb',
    'http://127.0.0.1:49152/cb',
    'http://localhost/cb?x=1',
    'http://localhost:65535/cb?x=1',
  ])('is registered as %s', (uri) => {
    expect(isRegistered(uri, REGISTERED)).toBe(true);
  });

  it.each([
    ['in another case', 'https://app.example/CB'],
    ['with a slash more', 'https://app.example/cb/'],
    ['with a query more', 'https://app.example/cb?x=1'],
    ['with the usual port spelled out', 'https://app.example:443/cb'],
    ['on another port, where it is not loopback', 'https://app.example:8443/cb'],
    ['as a loopback address by another name', 'http://localhost:49152/cb'],
    ['on a port that there is not', 'http://127.0.0.1:65536/cb'],
    ['over https on loopback', 'https://127.0.0.1:49152/cb'],
    ['with a user before the host', 'http://127.0.0.1:1@evil.example/cb'],
    ['with a host that goes on', 'http://127.0.0.1.evil.example/cb'],
    ['with another path', 'http://127.0.0.1:49152/cb2'],
    ['as nothing', ''],
  ])('is not registered %s', (_, uri) => {
    expect(isRegistered(uri, REGISTERED)).toBe(false);
  });
});

import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import type { Settings } from '../config/settings.js';
import { isSameSite } from '../config/sites.js';
import { CrossSiteRequest } from './access.errors.js';
import { isCrossSite, refuseCrossSite, refuseForeignPage } from './same-origin.js';

const SETTINGS = {
  PUBLIC_URL: 'https://auth.example.com',
  CORS_ORIGINS: ['https://app.example.org'],
} as unknown as Settings;

const request = (headers: Record<string, string>, method = 'POST') =>
  ({ method, headers: { host: 'auth.example.com', ...headers } }) as unknown as FastifyRequest;
const refuses = (headers: Record<string, string>, method?: string) => () =>
  refuseCrossSite(request(headers, method), SETTINGS);

describe('a request with our cookies', () => {
  it.each([
    ['of our own origin', { origin: 'https://auth.example.com' }],
    ['of an origin that is allowed', { origin: 'https://app.example.org', 'sec-fetch-site': 'cross-site' }],
    ['of the host that it asks', { origin: 'https://login.example', host: 'login.example' }],
    ['without an origin, by the browser’s word', { 'sec-fetch-site': 'same-origin' }],
    ['with the origin null, by the browser’s word', { origin: 'null', 'sec-fetch-site': 'same-origin' }],
    ['of a development proxy', { origin: 'http://localhost:5173', 'sec-fetch-site': 'same-origin' }],
  ])('is let in %s', (_, headers) => {
    expect(refuses(headers)).not.toThrow();
  });

  it.each([
    ['of another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    [
      'of another site that says it is ours',
      { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
    ],
    ['of a sibling host', { origin: 'https://app.example.com', 'sec-fetch-site': 'same-site' }],
    ['of our host over plain http', { origin: 'http://auth.example.com' }],
    ['of our host on another port', { origin: 'https://auth.example.com:8443' }],
    ['of an origin like an allowed one', { origin: 'https://app.example.org.evil.example' }],
    ['with the origin null alone', { origin: 'null' }],
    ['that says nothing', {}],
    ['without an origin, from a sibling', { 'sec-fetch-site': 'same-site' }],
    ['typed in, which is no page of ours', { 'sec-fetch-site': 'none' }],
    [
      'of another program on this machine',
      { origin: 'http://localhost:5173', 'sec-fetch-site': 'cross-site' },
    ],
    ['with an origin that is no URL', { origin: 'evil', 'sec-fetch-site': 'same-origin' }],
  ])('is refused %s', (_, headers) => {
    expect(refuses(headers)).toThrow(CrossSiteRequest);
  });

  it.each(['GET', 'HEAD', 'OPTIONS'])(
    'may come from anywhere with %s, but not to open a socket',
    (method) => {
      const foreign = { origin: 'https://evil.example' };
      expect(refuses(foreign, method)).not.toThrow();
      expect(refuses({ ...foreign, upgrade: 'websocket' }, method)).toThrow(CrossSiteRequest);
    },
  );

  it.each(['PUT', 'PATCH', 'DELETE', 'get'])('is not safe with %s', (method) => {
    expect(refuses({ origin: 'https://evil.example' }, method)).toThrow(CrossSiteRequest);
  });
});

describe('a sign-in that is to end in cookies', () => {
  it('is let in from clients that are no browsers', () => {
    expect(() => refuseForeignPage(request({}), SETTINGS)).not.toThrow();
  });

  it('is refused from a page of another site', () => {
    expect(() => refuseForeignPage(request({ origin: 'https://evil.example' }), SETTINGS)).toThrow(
      CrossSiteRequest,
    );
    expect(() => refuseForeignPage(request({ 'sec-fetch-site': 'cross-site' }), SETTINGS)).toThrow(
      CrossSiteRequest,
    );
  });
});

describe('a page of another site', () => {
  it.each<[string, Record<string, string>, boolean]>([
    ['the browser says so', { 'sec-fetch-site': 'cross-site' }, true],
    [
      'the browser says it is of the same site',
      { 'sec-fetch-site': 'same-site', origin: 'https://a.b' },
      false,
    ],
    ['nothing is said', {}, false],
    ['its origin is ours', { origin: 'https://auth.example.com' }, false],
    ['its origin is a sibling', { origin: 'https://app.example.com' }, false],
    ['its origin is another', { origin: 'https://evil.example' }, true],
    ['its origin is null', { origin: 'null' }, true],
  ])('is told where %s', (_, headers, expected) => {
    expect(isCrossSite(request(headers), SETTINGS)).toBe(expected);
  });
});

describe('a site', () => {
  it.each([
    ['https://app.example.com', 'https://auth.example.com', true],
    ['https://example.com', 'https://auth.example.com', true],
    ['https://a.b.example.com:8443', 'https://auth.example.com', true],
    ['http://auth.example.com', 'https://auth.example.com', false],
    ['https://example.org', 'https://auth.example.com', false],
    ['https://notexample.com', 'https://example.com', false],
    ['http://10.0.0.7', 'http://10.1.0.7', false],
    ['http://10.0.0.7:1', 'http://10.0.0.7:2', true],
    ['http://[::1]:1', 'http://[::1]:2', true],
    ['http://localhost:5173', 'http://localhost:3000', true],
    ['null', 'https://auth.example.com', false],
  ])('%s and %s: the same is %s', (a, b, expected) => {
    expect(isSameSite(a, b)).toBe(expected);
  });
});

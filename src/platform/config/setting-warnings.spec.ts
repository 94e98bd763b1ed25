import { describe, expect, it } from 'vitest';
import { warningsOf } from './setting-warnings.js';

const warnings = (PUBLIC_URL: string, CORS_ORIGINS: string[] = [], MAIL_FROM = '') =>
  warningsOf({ PUBLIC_URL, CORS_ORIGINS, MAIL_FROM });

describe('what will not work', () => {
  it.each(['http://192.168.1.5:3000', 'https://203.0.113.9', 'https://[2001:db8::9]:8443'])(
    'is passkeys and the sender of mail at %s',
    (url) => {
      expect(warnings(url)).toEqual([
        expect.stringMatching(/^PUBLIC_URL .* passkeys /),
        expect.stringMatching(/^PUBLIC_URL .* set MAIL_FROM$/),
      ]);
      expect(warnings(url, [], 'no-reply@example.com')).toEqual([expect.stringContaining('passkeys')]);
    },
  );

  it.each(['http://localhost:3000', 'https://auth.example.com', 'https://1.example.com'])(
    'is nothing at %s',
    (url) => expect(warnings(url)).toEqual([]),
  );

  it.each([
    'https://app.example.net',
    'https://example.org',
    'http://app.example.com',
    'https://203.0.113.9',
    'https://com',
  ])('is cookies for pages of %s, where the server is auth.example.com', (origin) => {
    const ours = 'https://app.example.com';
    const said = warnings('https://auth.example.com', [ours, origin]);
    expect(said).toEqual([expect.stringMatching(/^CORS_ORIGINS: .* not with cookies/)]);
    expect(said.join()).toContain(origin);
    expect(said.join()).not.toContain(`${ours},`);
  });

  it('is nothing for pages of the same site', () => {
    const origins = ['https://example.com', 'https://app.example.com:8443', 'https://a.b.example.com'];
    expect(warnings('https://auth.example.com', origins)).toEqual([]);
    expect(warnings('http://localhost:3000', ['http://localhost:5173'])).toEqual([]);
  });
});

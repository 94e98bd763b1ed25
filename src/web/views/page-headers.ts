/** Nothing but our own files. `connect-src` is for passkeys and the console; no page loads, frames or posts elsewhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
];

/** The policy of a page. A form may lead on to another application only from the page that asks for nothing else. */
export const PAGE_POLICY = [...POLICY, "form-action 'self'"].join('; ');

/** What every page says besides what every answer does. */
export const PAGE_HEADERS: Record<string, string> = {
  'content-security-policy': PAGE_POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'publickey-credentials-get=(self), publickey-credentials-create=(self)',
  // A form of a page without one would be sent with `Origin: null`.
  'referrer-policy': 'same-origin',
  'x-robots-tag': 'noindex',
  'cache-control': 'no-store',
};

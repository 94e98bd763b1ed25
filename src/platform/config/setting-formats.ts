import { isIP } from 'node:net';
import { isDecodable } from './database-url.js';
import { parseDuration } from './setting-rules.js';

/** Whether it is long and varied enough for keys to be derived from it. */
export function isStrongSecret(text: string): boolean {
  return Buffer.byteLength(text) >= 32 && new Set(text).size >= 10;
}

/** Whether it is an origin as browsers write it: `https://app.example.com`, and nothing behind it. */
export function isOrigin(text: string): boolean {
  // A wildcard would pass for a host name, and match nothing.
  if (!URL.canParse(text) || text.includes('*')) return false;
  return /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text;
}

/** `redis://` or `rediss://`, with a host and at most the number of a database. */
export function isRedisUrl(text: string): boolean {
  if (!/^rediss?:\/\//.test(text) || !isDecodable(text)) return false;
  const { hostname, pathname, port } = new URL(text);
  return hostname !== '' && port !== '0' && /^\/?\d*$/.test(pathname);
}

/** `smtp://` or `smtps://`, with a host. */
export function isSmtpUrl(text: string): boolean {
  return URL.canParse(text) && /^smtps?:$/.test(new URL(text).protocol) && new URL(text).hostname !== '';
}

/** Whether it could be an e-mail address; the server asks no more of those of its operator. */
export function isAddress(text: string): boolean {
  return /^[^@\s]+@[^@\s]+$/.test(text);
}

/** Whether it is the name of a header (RFC 9110 §5.1). */
export function isHeaderName(text: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(text) && text !== '*';
}

/** The name of a feature, once; `all` and `none` stand alone. Which there are, `app.features.ts` knows. */
export function isFeatureName(text: string, all: string[]): boolean {
  if (['all', 'none'].includes(text)) return all.length === 1;
  return /^[a-z][a-z0-9-]*$/.test(text) && all.filter((each) => each === text).length === 1;
}

/** `off` and a number stand alone. A wider range than the private networks have would let any client be a proxy. */
export function isProxy(text: string, { length }: string[]): boolean {
  if (/^(off|[1-9]|10)$/.test(text)) return length === 1;
  const [address = '', bits] = text.split('/');
  // IPv4 as sockets that speak IPv6 write it: the length of such a range would be the other family's.
  if (bits !== undefined && /^::ffff:/i.test(address)) return false;
  const family = isIP(address);
  const [least, most] = family === 4 ? [8, 32] : [7, 128];
  return (
    family > 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= least && Number(bits) <= most))
  );
}

/** An http(s) URL to which a few digits can be added. */
export function isRangeUrl(text: string): boolean {
  if (text === '') return true;
  if (!URL.canParse(text)) return false;
  const { protocol, origin, pathname } = new URL(text);
  return /^https?:$/.test(protocol) && text === origin + pathname && text.endsWith('/');
}

/** Whether a host, as `URL` spells it, is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** `terms=https://example.com/terms`: which link of a page's foot, and where it leads. */
export function isBrandLink(text: string): boolean {
  const [, url = ''] = /^(?:terms|privacy|support)=(https?:\/\/\S+)$/.exec(text) ?? [];
  return URL.canParse(url);
}

/** A host name, an address, or a range of addresses in CIDR notation. */
export function isOutboundException(text: string): boolean {
  if (/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(text)) return true;
  const [address = '', bits] = text.split('/');
  const family = isIP(address);
  const most = family === 4 ? 32 : 128;
  return family > 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most));
}

/** An address, or a range of addresses in CIDR notation. */
export function isNetwork(text: string): boolean {
  return isIP(text.split('/')[0] ?? '') > 0 && isOutboundException(text);
}

/** What this server itself has at the top of its paths. */
const OWN_PATHS = [
  'v1',
  'oauth',
  'health',
  'metrics',
  'docs',
  'openapi.json',
  'assets',
  'llm',
  'mcp',
  'brand',
];
const OWN_PAGES = [
  'account',
  'client.js',
  'code',
  'console',
  'consent',
  'login',
  'logout',
  'portal',
  'reset',
  'setup',
];

/** A path of plain segments under which this server has nothing of its own. */
export function isGatewayPath(text: string): boolean {
  if (!/^(?:\/[a-zA-Z0-9][\w.~-]*)+$/.test(text)) return false;
  const [, first = ''] = text.split('/');
  return ![...OWN_PATHS, ...OWN_PAGES, 'signup', 'tokens'].includes(first);
}

/** A page of one's own: a path on this host, or an http(s) URL without a fragment. */
export function isPageUrl(text: string): boolean {
  if (/^\/(?![/\\])[^\s#]*$/.test(text)) return true;
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && !text.includes('#');
}

/** One of three durations, of which none is shorter than the one before. */
export function isRetention(_text: string, all: string[]): boolean {
  const kept = all.map((each) => parseDuration(each) ?? 0);
  const isLonger = kept.every((ms, position) => ms >= (kept[position - 1] ?? parseDuration('1h')!));
  return kept.length === 3 && isLonger && kept[2]! <= parseDuration('3650d')!;
}

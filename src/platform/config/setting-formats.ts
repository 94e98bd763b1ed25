import { isIP } from 'node:net';
import { isDecodable } from './database-url.js';

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

/** `off` and a number stand alone. A wider range than the private networks have would let any client be a proxy. */
export function isProxy(text: string, { length }: string[]): boolean {
  if (/^(off|[1-9]|10)$/.test(text)) return length === 1;
  const [address = '', bits] = text.split('/');
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

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { Settings } from '../config/settings.js';

/** RFC 7239 §4: a pair of a forwarded element; §6 a quoted value for addresses with a port or in brackets. */
const FORWARDED_FOR = /^\s*for\s*=\s*(?:"([^"]*)"|([^\s"]*))\s*$/i;

/**
 * Fastify's `trustProxy`: whether the sender at this address, so many hops away, is a proxy of the operator. Never `true`,
 * which would let any client choose its own address.
 */
export function trustedProxies({ TRUST_PROXY }: Pick<Settings, 'TRUST_PROXY'>) {
  const [first = 'off'] = TRUST_PROXY;
  if (first === 'off') return false;
  if (/^\d+$/.test(first)) return (_address: string, hop: number) => hop < Number(first);
  const ranges = new BlockList();
  for (const proxy of TRUST_PROXY) {
    const [address = '', bits = familyOf(plainAddress(proxy)) === 'ipv4' ? '32' : '128'] = proxy.split('/');
    ranges.addSubnet(plainAddress(address), Number(bits), familyOf(plainAddress(address)));
  }
  return (sender: string | undefined) => {
    const address = plainAddress(sender ?? '');
    return isIP(address) > 0 && ranges.check(address, familyOf(address));
  };
}

/** Whether a sender is a proxy of the operator. */
export type Trust = ReturnType<typeof trustedProxies>;

/**
 * The address of the client of a request that Fastify does not see, as Fastify finds it: the first one, from here on, that
 * is no trusted proxy.
 */
export function clientAddress(
  { socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>,
  trusts: Trust,
): string | undefined {
  const { remoteAddress } = socket;
  if (trusts === false || remoteAddress === undefined) return remoteAddress;
  readForwarded(headers);
  const list = headers['x-forwarded-for'];
  const said = typeof list === 'string' ? list.split(',').map((each) => each.trim()) : [];
  const way = [remoteAddress, ...said.toReversed()];
  return way.find((address, hop) => !trusts(address, hop)) ?? way.at(-1);
}

/**
 * Writes what proxies say of their clients as Fastify reads it: a list of bare addresses in `X-Forwarded-For`. Without that
 * header `Forwarded` (RFC 7239) is read; with it, a client could have sent the other.
 */
export function readForwarded(headers: IncomingHttpHeaders): void {
  const { 'x-forwarded-for': list, forwarded } = headers;
  const text = typeof list === 'string' ? list : undefined;
  if (text !== undefined) headers['x-forwarded-for'] = elementsOf(text, ',').map(plainAddress).join(', ');
  else if (forwarded !== undefined) headers['x-forwarded-for'] = clientsIn(forwarded).join(', ');
}

/** The addresses of a `Forwarded` header, the client's first; an element without one keeps its place as `unknown`. */
function clientsIn(forwarded: string): string[] {
  return elementsOf(forwarded, ',').map((element) => {
    const pairs = elementsOf(element, ';').map((pair) => FORWARDED_FOR.exec(pair));
    const [, quoted, token] = pairs.find(Boolean) ?? [];
    return plainAddress(quoted ?? token ?? 'unknown');
  });
}

/** An address without port, brackets, quotes and zone, IPv4 as such; what is no address is `unknown`. */
export function plainAddress(text: string): string {
  const bare = text.trim().replaceAll('"', '');
  const [, inBrackets] = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(bare) ?? [];
  // IIS and Azure add a port to both families, and no brackets. An address that is whole without it has none.
  const candidates = [inBrackets ?? bare, bare.replace(/:\d{1,5}$/, '')].map(withoutZone);
  const address = candidates.find((each) => isIP(each) > 0) ?? 'unknown';
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

function withoutZone(address: string): string {
  return address.replace(/%.*$/, '');
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

/** RFC 7239 §4: a separator may stand in a quoted value. RFC 9110 §5.6.1.2: empty elements of a list do not count. */
function elementsOf(text: string, separator: ',' | ';'): string[] {
  const parts = text.match(separator === ',' ? /(?:"[^"]*"|[^,"])+/g : /(?:"[^"]*"|[^;"])+/g) ?? [];
  return parts.filter((part) => part.trim() !== '');
}

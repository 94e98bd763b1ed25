import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import { isIP } from 'node:net';

/** Groups of an IPv6 address that one customer's network has in common. */
const NETWORK_GROUPS = 4;

/** Reading an IPv6 address costs several µs, on the way of every request. */
const known = new LRUCache<string, string>({ max: 5_000 });

/**
 * The network that an address is counted as: an IPv4 address for itself, however it is written, and an IPv6 address as
 * its /64, of which one customer has all. What is no address, such as a proxy may report, is all one source.
 */
export function sourceOf(address: string | null): string {
  if (address === null || isIP(address) === 0) return 'unknown';
  if (!address.includes(':')) return address;
  let source = known.get(address);
  if (source === undefined) known.set(address, (source = networkOf(address)));
  return source;
}

function networkOf(address: string): string {
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  const groups = parsed.parts.slice(0, NETWORK_GROUPS).map((group) => group.toString(16));
  return `${groups.join(':')}::/64`;
}

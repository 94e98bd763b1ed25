import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** What RFC 6890 does not call special; an address that carries another one counts as that one. */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && embedded(ipaddr.parse(address)).range() === 'unicast';
}

/** What RFC 6890 calls an address, such as `private` or `loopback`; `invalid` for what is none. */
export function rangeOf(address: string): string {
  return ipaddr.isValid(address) ? embedded(ipaddr.parse(address)).range() : 'invalid';
}

/** Whether one of the exceptions, addresses and CIDR ranges, has this address in it. */
export function isAddressIn(address: string, exceptions: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = embedded(ipaddr.parse(address));
  return exceptions.some((exception) => {
    const [base = '', bits] = exception.split('/');
    if (!ipaddr.isValid(base)) return false;
    const range = ipaddr.parse(base);
    if (range.kind() !== parsed.kind()) return false;
    const most = range.kind() === 'ipv4' ? 32 : 128;
    return parsed.match(range, bits === undefined ? most : Number(bits));
  });
}

const IPV4_COMPATIBLE = Buffer.alloc(12);
const NAT64 = Buffer.from('0064ff9b0000000000000000', 'hex');
/** The IPv4-translated addresses of RFC 2765 §2.1. */
const TRANSLATED = Buffer.from('0000000000000000ffff0000', 'hex');

/**
 * The IPv4 address that an IPv6 one stands for: mapped and compatible (RFC 4291 §2.5.5), NAT64 (RFC 6052), 6to4 (RFC 3056).
 * The prefix for translations within a network (RFC 8215) stands for nothing public.
 */
function embedded(address: Address): Address {
  if (address instanceof ipaddr.IPv4) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  const bytes = address.toByteArray();
  const prefix = Buffer.from(bytes.slice(0, 12));
  const isCarrier = [IPV4_COMPATIBLE, NAT64, TRANSLATED].some((each) => each.equals(prefix));
  if (isCarrier) return new ipaddr.IPv4(bytes.slice(12));
  if (address.range() === '6to4') return new ipaddr.IPv4(bytes.slice(2, 6));
  return address;
}

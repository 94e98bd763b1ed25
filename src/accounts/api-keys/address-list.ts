import { BlockList, isIP } from 'node:net';

/** Whether a text is an address or a CIDR range. IPv4 is written as such, not as `::ffff:…`, and without a zone. */
export function isAddressRange(text: unknown): text is string {
  if (typeof text !== 'string' || /%|^::ffff:/i.test(text)) return false;
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** Addresses and CIDR ranges, IPv4 and IPv6. */
export class AddressList {
  private readonly ranges = new BlockList();
  /** A key is mostly used from one place. */
  private lastFound: string | undefined;

  constructor(ranges: readonly string[]) {
    for (const range of ranges) {
      const [address = '', bits] = range.split('/');
      if (bits === undefined) this.ranges.addAddress(address, familyOf(address));
      else this.ranges.addSubnet(address, Number(bits), familyOf(address));
    }
  }

  /** Whether an address is in one of the ranges; an IPv4 address also as a socket that speaks IPv6 writes it. */
  has(ip: string): boolean {
    if (ip === this.lastFound) return true;
    const address = ip.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '');
    if (isIP(address) === 0 || !this.ranges.check(address, familyOf(address))) return false;
    this.lastFound = ip;
    return true;
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

import { isIP } from 'node:net';

/**
 * Whether two origins are of one site, for which browsers keep `SameSite` cookies; the scheme counts (HTML, "same site").
 * Without a list of public suffixes, hosts with the last two labels in common count as one site.
 */
export function isSameSite(origin: string, other: string): boolean {
  if (!URL.canParse(origin)) return false;
  const [a, b] = [new URL(origin), new URL(other)];
  return a.protocol === b.protocol && siteOf(a.hostname) === siteOf(b.hostname);
}

function siteOf(hostname: string): string {
  const isAddress = hostname.startsWith('[') || isIP(hostname) > 0;
  return isAddress ? hostname : hostname.split('.').slice(-2).join('.');
}

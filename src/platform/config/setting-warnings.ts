import { isIP } from 'node:net';
import type { Settings } from './settings.js';
import { isSameSite } from './sites.js';

type Judged = Pick<Settings, 'PUBLIC_URL' | 'MAIL_FROM' | 'CORS_ORIGINS'>;

/** What will not work with settings that are allowed, a line each; said at the start and by `doctor`. */
export function warningsOf({ PUBLIC_URL, MAIL_FROM, CORS_ORIGINS }: Judged): string[] {
  const { hostname } = new URL(PUBLIC_URL);
  const warnings: string[] = [];
  if (isAddress(hostname)) {
    warnings.push(
      `PUBLIC_URL has an IP address: passkeys do not work, for they need the name of a host (WebAuthn §5.1.2)`,
    );
    if (!MAIL_FROM)
      warnings.push('PUBLIC_URL has an IP address, from which mail servers take no mail: set MAIL_FROM');
  }
  const others = CORS_ORIGINS.filter((origin) => !isSameSite(origin, PUBLIC_URL));
  if (others.length > 0)
    warnings.push(
      `CORS_ORIGINS: ${others.join(', ')} may call with tokens, and not with cookies: browsers keep none for another site`,
    );
  return warnings;
}

function isAddress(hostname: string): boolean {
  return isIP(hostname) > 0 || hostname.startsWith('[');
}

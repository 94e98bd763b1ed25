import { InvalidRefreshToken } from '../../tokens/sessions/sessions.errors.js';
import { sessionIdOf } from '../../tokens/sessions/refresh-tokens.service.js';

/**
 * Refuses a refresh cookie of another session than the access cookie that comes with it: one answer sets both, so an attacker
 * has set one of the two (session fixation). The session of neither is harmed.
 * @throws InvalidRefreshToken
 */
export function refuseForeignRefresh(refreshToken: string, accessToken: string | undefined): void {
  if (accessToken !== undefined && sidOf(accessToken) !== sessionIdOf(refreshToken))
    throw new InvalidRefreshToken('the access cookie is of another session');
}

/** Without a look at the signature: the token opens nothing here, and may have expired. */
function sidOf(accessToken: string): unknown {
  try {
    const payload = Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString();
    return (JSON.parse(payload) as { sid?: unknown }).sid;
  } catch {
    return undefined;
  }
}

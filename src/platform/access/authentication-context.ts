import { parseDuration } from '../config/setting-rules.js';
import type { Principal } from './principal.js';

/** How a user authenticated (`acr`): by one factor, or by several. */
export type AuthenticationContext = 'sfa' | 'mfa';

/** The `acr` of these methods (RFC 8176). */
export function acrOf(amr: readonly string[]): AuthenticationContext {
  return amr.includes('mfa') ? 'mfa' : 'sfa';
}

/** What `@StepUp()` takes. `maxAge` is a duration such as `5m`. */
export interface StepUpOptions {
  maxAge: string;
  acr?: 'mfa';
}

/** How recently, and by how many factors, a user must have authenticated. */
export interface StepUpPolicy {
  maxAgeS: number;
  acr: 'mfa' | undefined;
}

/** @throws TypeError for what is no duration: better at start than a route that no caller, or every caller, passes */
export function stepUpPolicy({ maxAge, acr }: StepUpOptions): StepUpPolicy {
  const ms = parseDuration(maxAge);
  if (!ms) throw new TypeError(`@StepUp needs a maxAge such as 5m, not ${JSON.stringify(maxAge)}`);
  return { maxAgeS: ms / 1000, acr };
}

/** Whether what the token says of its owner's sign-in will do. Only people can authenticate again. */
export function isFreshEnough({ kind, authenticatedAt, amr }: Principal, policy: StepUpPolicy): boolean {
  if (kind !== 'user') return false;
  if (policy.acr === 'mfa' && acrOf(amr) !== 'mfa') return false;
  return Date.now() - authenticatedAt.getTime() <= policy.maxAgeS * 1000;
}

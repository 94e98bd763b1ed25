import { Injectable } from '@nestjs/common';
import { acrOf } from '../access/authentication-context.js';
import type { TokenClaims } from '../access/principal.js';
import { Settings } from '../config/settings.js';
import { timeOrderedId } from '../http/time-ordered-id.js';
import { signedJwt } from './signed-jwt.js';
import { SigningKeysService } from './signing-keys.service.js';
import { TokenClock } from './token-clock.js';
import { ACCESS_TOKEN_TYPE } from './token-format.js';

/** Gatehouse itself is the client of its own REST sign-in. */
export const FIRST_PARTY_CLIENT = 'gatehouse';

/** What an access token says of its subject. */
export interface Grant {
  subject: string;
  sessionId: string;
  roles: string[];
  scopes: string[];
  /** The version of the subject's rights that `roles` and `scopes` were read at. */
  version: number;
  authenticatedAt: Date;
  /** RFC 8176 */
  amr: string[];
  /** The token does not outlive this. */
  notAfter: Date;
  /** What modules add, see `TokenClaimsService`. */
  added?: TokenClaims | undefined;
}

/** The claims of an access token: RFC 9068 §2.2, with `sid`, and `ver` for revocation. */
export interface AccessTokenClaims {
  iss: string;
  sub: string;
  aud: string | string[];
  exp: number;
  iat: number;
  jti: string;
  client_id: string;
  scope: string;
  roles: string[];
  sid: string;
  ver: number;
  auth_time: number;
  amr: string[];
  /** Not in tokens of earlier versions. */
  acr?: string;
}

/** Issues access tokens: signed JWTs of the RFC 9068 profile. */
@Injectable()
export class AccessTokensService {
  constructor(
    private readonly settings: Settings,
    private readonly keys: SigningKeysService,
    private readonly clock: TokenClock,
  ) {}

  /** Signs a token. `expiresIn` is in seconds. */
  issue(grant: Grant): { token: string; expiresIn: number } {
    const now = Math.floor(this.clock.now() / 1000);
    const lifetime = Math.floor(this.settings.ACCESS_TOKEN_TTL / 1000);
    const exp = Math.min(now + lifetime, Math.floor(grant.notAfter.getTime() / 1000));
    const claims: AccessTokenClaims = {
      ...grant.added,
      iss: this.settings.PUBLIC_URL,
      sub: grant.subject,
      aud: this.settings.PUBLIC_URL,
      exp,
      iat: now,
      jti: timeOrderedId(),
      client_id: FIRST_PARTY_CLIENT,
      scope: grant.scopes.join(' '),
      roles: grant.roles,
      sid: grant.sessionId,
      ver: grant.version,
      auth_time: Math.floor(grant.authenticatedAt.getTime() / 1000),
      amr: grant.amr,
      acr: acrOf(grant.amr),
    };
    return { token: signedJwt(ACCESS_TOKEN_TYPE, claims, this.keys.current), expiresIn: exp - now };
  }
}

import { Injectable } from '@nestjs/common';
import { acrOf } from '../../platform/access/authentication-context.js';
import type { TokenClaims } from '../../platform/access/principal.js';
import { Settings } from '../../platform/config/settings.js';
import { timeOrderedId } from '../../platform/http/time-ordered-id.js';
import { TokenSigningService } from './token-signing.service.js';
import { TokenClock } from '../revocation/token-clock.service.js';

/** RFC 9068 §2.1 */
export const ACCESS_TOKEN_TYPE = 'at+jwt';
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
  /** The OAuth client that it is issued to; Gatehouse itself when it is left out. */
  client?: GrantedClient | undefined;
}

/** The OAuth client that a token is issued to, and what it is for. */
export interface GrantedClient {
  clientId: string;
  /** Whether it is the operator's own and so acts with the user's roles. */
  isFirstParty: boolean;
  /** Whether it acts in its own name, and not for a user who has signed in. */
  isItself: boolean;
  /** The identifiers of resources; Gatehouse's own API is `PUBLIC_URL`. */
  audiences: string[];
  /** The thumbprint of the key that the token is bound to (RFC 9449). */
  jkt: string | null;
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
  /** Not in tokens for other APIs, which have roles of their own. */
  roles?: string[];
  sid: string;
  ver: number;
  /** Not in tokens of a client that acts in its own name, nor are `amr` and `acr`. */
  auth_time?: number;
  amr?: string[];
  /** Not in tokens of earlier versions. */
  acr?: string;
  /** RFC 7800 */
  cnf?: { jkt: string };
  /** Of the operator's own clients. */
  first_party?: true;
  /** Of a client that acts in its own name. */
  gty?: 'client_credentials';
}

/** Issues access tokens: signed JWTs of the RFC 9068 profile. */
@Injectable()
export class AccessTokensService {
  constructor(
    private readonly settings: Settings,
    private readonly signing: TokenSigningService,
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
      aud: this.audienceOf(grant),
      exp,
      iat: now,
      jti: timeOrderedId(),
      client_id: grant.client?.clientId ?? FIRST_PARTY_CLIENT,
      scope: grant.scopes.join(' '),
      ...(this.isForOthers(grant) ? {} : { roles: grant.roles }),
      sid: grant.sessionId,
      ver: grant.version,
      ...(grant.client?.isItself ? { gty: 'client_credentials' } : signInClaims(grant)),
      ...(grant.client?.jkt && { cnf: { jkt: grant.client.jkt } }),
      ...(grant.client?.isFirstParty && { first_party: true }),
    };
    return { token: this.signing.sign(ACCESS_TOKEN_TYPE, claims).token, expiresIn: exp - now };
  }

  private audienceOf({ client }: Grant): string | string[] {
    const [first = this.settings.PUBLIC_URL, ...more] = client?.audiences ?? [];
    return more.length === 0 ? first : [first, ...more];
  }

  private isForOthers({ client }: Grant): boolean {
    return client !== undefined && !client.audiences.includes(this.settings.PUBLIC_URL);
  }
}

function signInClaims({ authenticatedAt, amr }: Grant) {
  return { auth_time: Math.floor(authenticatedAt.getTime() / 1000), amr, acr: acrOf(amr) };
}

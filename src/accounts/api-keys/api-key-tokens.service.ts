import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { FIRST_PARTY_CLIENT } from './access-tokens.service.js';
import { signedJwt } from './signed-jwt.js';
import { SigningKeysService } from './signing-keys.service.js';
import { API_KEY_PREFIX, API_KEY_TYPE, MAX_TOKEN_LENGTH } from './token-format.js';
import { ApiKeyTooLong } from './tokens.errors.js';

/** The claims of an API key. */
export interface ApiKeyClaims {
  iss: string;
  /** Its owner. */
  sub: string;
  aud: string;
  /** Its own id. */
  jti: string;
  client_id: string;
  scope: string;
  iat: number;
  exp: number;
}

/** What an API key says. */
export interface ApiKeyGrant {
  id: string;
  ownerId: string;
  audience: string;
  scopes: string[];
  issuedAt: Date;
  expiresAt: Date;
}

/** Signs API keys. */
@Injectable()
export class ApiKeyTokensService {
  constructor(
    private readonly settings: Settings,
    private readonly keys: SigningKeysService,
  ) {}

  /**
   * The key as it is handed out, and the signing key that signed it.
   * @throws ApiKeyTooLong
   */
  issue({ id, ownerId, audience, scopes, issuedAt, expiresAt }: ApiKeyGrant): { key: string; kid: string } {
    const claims: ApiKeyClaims = {
      iss: this.settings.PUBLIC_URL,
      sub: ownerId,
      aud: audience,
      jti: id,
      client_id: FIRST_PARTY_CLIENT,
      scope: scopes.join(' '),
      iat: Math.floor(issuedAt.getTime() / 1000),
      exp: Math.floor(expiresAt.getTime() / 1000),
    };
    const { current } = this.keys;
    const token = signedJwt(API_KEY_TYPE, claims, current);
    if (token.length > MAX_TOKEN_LENGTH) throw new ApiKeyTooLong();
    return { key: API_KEY_PREFIX + token, kid: current.kid };
  }
}

/** The token itself of an API key that came with its prefix. */
export function withoutPrefix(token: string): string {
  return token.startsWith(API_KEY_PREFIX) ? token.slice(API_KEY_PREFIX.length) : token;
}

import { Injectable } from '@nestjs/common';
import { Settings } from '../../platform/config/settings.js';
import { FIRST_PARTY_CLIENT } from '../../tokens/access-tokens/access-tokens.service.js';
import { TokenSigningService } from '../../tokens/access-tokens/token-signing.service.js';
import { ApiKeyTooLong } from './api-keys.errors.js';

export const API_KEY_TYPE = 'api-key+jwt';
/** In front of an API key, so that scanners for leaked secrets know it; see docs/api-keys.md. */
export const API_KEY_PREFIX = 'ghk_';

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
    private readonly signing: TokenSigningService,
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
    const { token, kid } = this.signing.sign(API_KEY_TYPE, claims);
    if (token.length > this.signing.maxLength) throw new ApiKeyTooLong();
    return { key: API_KEY_PREFIX + token, kid };
  }
}

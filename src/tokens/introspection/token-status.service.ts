import { Injectable } from '@nestjs/common';
import { InvalidToken } from '../access/access.errors.js';
import type { Actor } from '../access/actor.js';
import { Settings } from '../config/settings.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { LiveApiKeys } from '../api-keys/live-api-keys.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { AccessTokenRules } from '../tokens/access-token-rules.service.js';
import { FIRST_PARTY_CLIENT } from '../tokens/access-tokens.service.js';
import { withoutPrefix } from '../tokens/api-key-tokens.service.js';
import type { IntrospectionResponse } from './tokens.dto.js';

const REVOKE_ANY = 'tokens:revoke';

/** Introspection (RFC 7662) and revocation (RFC 7009) of access tokens, refresh tokens and API keys. */
@Injectable()
export class TokenStatusService {
  constructor(
    private readonly settings: Settings,
    private readonly rules: AccessTokenRules,
    private readonly sessions: SessionsService,
    private readonly apiKeys: ApiKeysService,
    private readonly liveApiKeys: LiveApiKeys,
  ) {}

  /** RFC 7662 §2.2: of a token that is not live, nothing is said but that. */
  async introspect(token: string): Promise<IntrospectionResponse> {
    const apiKey = await this.verified(() => this.rules.verifyApiKey(withoutPrefix(token)), token);
    if (apiKey) {
      const principal = await this.liveApiKeys.principalOf(apiKey);
      if (!principal) return { active: false };
      const { client_id, iat, sub, aud, iss, jti } = apiKey.claims;
      const exp = Math.floor(principal.expiresAt.getTime() / 1000);
      const scope = principal.scopes.join(' ');
      return { active: true, scope, client_id, token_type: 'Bearer', exp, iat, sub, aud, iss, jti };
    }
    const verified = await this.verified(() => this.rules.verify(token), token);
    if (verified) {
      const { scope, client_id, iat, sub, aud, iss, jti, auth_time, amr, acr } = verified.claims;
      // Not what the token says, where lifetimes were made shorter since. The last three are RFC 9470 §6.2.
      const { exp } = verified;
      const said = { scope, client_id, exp, iat, sub, aud, iss, jti, auth_time, amr, acr };
      return { active: true, token_type: 'Bearer', ...said };
    }
    const found = await this.sessions.peek(token);
    if (!found?.isLive) return { active: false };
    const { userId, createdAt, expiresAt } = found.session;
    return {
      active: true,
      client_id: FIRST_PARTY_CLIENT,
      token_type: 'refresh_token',
      exp: Math.floor(expiresAt.getTime() / 1000),
      iat: Math.floor(createdAt.getTime() / 1000),
      sub: userId,
      iss: this.settings.PUBLIC_URL,
    };
  }

  /**
   * Ends the session that a token belongs to, or revokes an API key, when it is the caller's own or the caller may revoke any. Otherwise,
   * and for what is no token of ours, nothing happens and nothing is said (RFC 7009 §2.2).
   */
  async revoke(token: string, actor: Actor): Promise<void> {
    const apiKey = await this.verified(() => this.rules.verifyApiKey(withoutPrefix(token)), token);
    const owner = apiKey ? { userId: apiKey.ownerId, sessionId: null } : await this.ownerOf(token);
    const { principal } = actor;
    if (!owner || !principal) return;
    if (owner.userId !== principal.id && !principal.scopes.includes(REVOKE_ANY)) return;
    if (owner.sessionId !== null) await this.sessions.end(owner.sessionId, owner.userId, actor);
    else if (apiKey && (await this.liveApiKeys.principalOf(apiKey)))
      await this.apiKeys.revoke(apiKey.id, apiKey.ownerId, actor);
  }

  private async ownerOf(token: string): Promise<{ userId: string; sessionId: string } | undefined> {
    const verified = await this.verified(() => this.rules.verify(token), token);
    if (verified) return { userId: verified.claims.sub, sessionId: verified.claims.sid };
    const found = await this.sessions.peek(token);
    return found && { userId: found.session.userId, sessionId: found.session.id };
  }

  private async verified<Verified>(verify: () => Verified, token: string): Promise<Verified | undefined> {
    try {
      await this.rules.findKey(withoutPrefix(token));
      return verify();
    } catch (error) {
      if (error instanceof InvalidToken) return undefined;
      throw error;
    }
  }
}

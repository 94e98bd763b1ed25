import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { InvalidToken } from '../../platform/access/access.errors.js';
import type { Actor } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import {
  AccessTokenRules,
  reasonOf,
  refuseFuture,
} from '../../tokens/access-tokens/access-token-rules.service.js';
import type {
  Explanation,
  Introspection,
  SignedKind,
  TokenHolder,
} from '../../tokens/access-tokens/token-kind.types.js';
import { TokenKinds } from '../../tokens/access-tokens/token-kinds.service.js';
import { API_KEY_PREFIX, API_KEY_TYPE, type ApiKeyClaims } from './api-key-tokens.service.js';
import { ApiKeysService } from './api-keys.service.js';
import type { KnownApiKey } from './live-api-key.js';
import { LiveApiKeys } from './live-api-keys.service.js';

/** API keys: the signature says whose a key is, its record whether it is live and what it may do. */
@Injectable()
export class ApiKeyKind implements SignedKind<KnownApiKey> {
  readonly name = 'api_key';
  readonly typ = API_KEY_TYPE;
  readonly title = 'an API key';
  readonly prefix = API_KEY_PREFIX;
  readonly isForCookies = false;
  /** They live for a year. */
  readonly keepsSpelling = true;

  constructor(
    private readonly rules: AccessTokenRules,
    private readonly apiKeys: ApiKeysService,
    private readonly live: LiveApiKeys,
    kinds: TokenKinds,
  ) {
    kinds.addSigned(this);
  }

  verify(claims: object, kid: string): KnownApiKey {
    const { sub, jti, scope, iat, exp } = (claims ?? {}) as ApiKeyClaims;
    const isComplete =
      [sub, jti, scope].every((claim) => typeof claim === 'string') &&
      [exp, iat].every((claim) => Number.isFinite(claim));
    if (!isComplete) throw new InvalidToken('a claim is missing or of another type');
    refuseFuture(iat);
    return { kind: this, id: jti, ownerId: sub, kid, exp };
  }

  admit(known: KnownApiKey, request: FastifyRequest): Principal | undefined {
    return this.live.admit(known, request);
  }

  lookUpAndAdmit(known: KnownApiKey, request: FastifyRequest): Promise<Principal> {
    return this.live.lookUpAndAdmit(known, request);
  }

  principalOf(known: KnownApiKey): Promise<Principal | undefined> {
    return this.live.principalOf(known);
  }

  /** A key for whichever API. */
  async introspect(token: string): Promise<Introspection | undefined> {
    const verified = await this.rules.verified<ApiKeyClaims, KnownApiKey>(token, this, 'any audience');
    const principal = verified && (await this.live.principalOf(verified.known));
    if (!principal) return undefined;
    const { client_id, iat, sub, aud, iss, jti } = verified.claims;
    const exp = Math.floor(principal.expiresAt.getTime() / 1000);
    const scope = principal.scopes.join(' ');
    return { active: true, scope, client_id, token_type: 'Bearer', exp, iat, sub, aud, iss, jti };
  }

  async revoke(token: string, actor: Actor, may: (holder: TokenHolder) => boolean): Promise<void> {
    const verified = await this.rules.verified<ApiKeyClaims, KnownApiKey>(token, this, 'any audience');
    if (!verified) return;
    const { id, ownerId } = verified.known;
    if (!may({ ownerId, clientId: verified.claims.client_id })) return;
    if (await this.live.principalOf(verified.known)) await this.apiKeys.revoke(id, ownerId, actor);
  }

  async explain(token: string): Promise<Explanation> {
    try {
      const { known } = this.rules.verify<ApiKeyClaims, KnownApiKey>(token, this, 'any audience');
      const principal = await this.live.principalOf(known);
      return { principal, reason: '', revokedBy: principal ? undefined : 'api-key' };
    } catch (error) {
      return { principal: undefined, reason: reasonOf(error), revokedBy: undefined };
    }
  }
}

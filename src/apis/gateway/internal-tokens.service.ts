import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Settings } from '../../platform/config/settings.js';
import { timeOrderedId } from '../../platform/http/time-ordered-id.js';
import { TokenSigningService } from '../../tokens/access-tokens/token-signing.service.js';
import type { Caller } from './callers.service.js';
import type { CompiledRoute } from './route-table.js';

/** No kind of token that this server takes. */
export const INTERNAL_TOKEN_TYPE = 'gh-internal+jwt';
const LIFETIME_S = 60;
/** One is made once for a caller and an upstream, and used for so long. */
const REUSED_FOR_MS = 30_000;
const MOST_KEPT = 10_000;

/** Tells upstreams who calls: by a short-lived token of ours, or by plain headers. The caller's own token stays here. */
@Injectable()
export class InternalTokens {
  private readonly kept = new LRUCache<string, string>({
    maxSize: MOST_KEPT,
    sizeCalculation: () => 1,
    ttl: REUSED_FOR_MS,
  });

  constructor(
    private readonly settings: Settings,
    private readonly signing: TokenSigningService,
  ) {}

  /** Names and values in turn; empty where the upstream is told nothing, and for a caller without a token. */
  headersFor({ identity, upstream, api }: CompiledRoute, caller: Caller | undefined): string[] {
    if (!caller || identity === 'none') return [];
    const { principal, subscription } = caller;
    if (identity === 'token')
      return ['authorization', `Bearer ${this.tokenFor(caller, upstream.id, api.identifier)}`];
    const { id, scopes } = principal;
    const application = subscription?.applicationId ?? principal.clientId;
    return [
      'x-gatehouse-subject',
      id,
      'x-gatehouse-scopes',
      scopes.join(' '),
      ...(application === undefined ? [] : ['x-gatehouse-application', application]),
      ...(subscription === undefined ? [] : ['x-gatehouse-subscription', subscription.id]),
    ];
  }

  private tokenFor({ principal, subscription }: Caller, upstreamId: string, api: string): string {
    const { id, keyId, sessionId, scopes } = principal;
    const clientId = subscription?.applicationId ?? principal.clientId;
    const who = [id, clientId ?? '', keyId ?? sessionId ?? '', subscription?.plan ?? ''];
    const key = [upstreamId, api, ...who, scopes.join(' ')].join('\n');
    const known = this.kept.get(key);
    if (known) return known;
    const iat = Math.floor(Date.now() / 1000);
    const claims = {
      iss: this.settings.PUBLIC_URL,
      sub: id,
      aud: upstreamId,
      iat,
      exp: iat + LIFETIME_S,
      jti: timeOrderedId(),
      scope: scopes.join(' '),
      api,
      ...(clientId !== undefined && { client_id: clientId }),
      ...(keyId !== undefined && { key_id: keyId }),
      ...(subscription && { sub_id: subscription.id, plan: subscription.plan }),
    };
    const { token } = this.signing.sign(INTERNAL_TOKEN_TYPE, claims);
    this.kept.set(key, token);
    return token;
  }
}

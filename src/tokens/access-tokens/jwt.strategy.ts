import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import type { KeyObject } from 'node:crypto';
import { Strategy } from 'passport-jwt';
import { InvalidToken } from '../access/access.errors.js';
import type { KnownPrincipals } from '../access/known-principals.js';
import type { Principal } from '../access/principal.js';
import { Settings } from '../config/settings.js';
import { Unavailable } from '../http/http.errors.js';
import { Metrics } from '../http/metrics.js';
import { withoutPrefix } from './api-key-tokens.service.js';
import { AccessTokenRules } from './access-token-rules.service.js';
import type { AccessTokenClaims } from './access-tokens.service.js';
import { ApiKeyGate } from '../access/api-key-gate.js';
import type { ApiKeyClaims } from './api-key-tokens.service.js';
import { API_KEY_TYPE } from './token-format.js';
import { refuseTokenInUrl, tokenFrom } from './token-from-request.js';
import { VerifiedTokens } from './verified-tokens.js';

/**
 * Verifies access tokens (RFC 9068 §4, RFC 8725 §3) and API keys, those that it has verified before from memory. Whether
 * a token has been revoked is looked up every time. Reads nothing from the database, but for an API key not seen before.
 */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') implements KnownPrincipals {
  private readonly verified = new VerifiedTokens();
  /** Tokens whose signature was checked. */
  private checked = 0;

  constructor(
    private readonly settings: Settings,
    private readonly rules: AccessTokenRules,
    private readonly apiKeys: ApiKeyGate,
    metrics: Metrics,
  ) {
    super({
      jwtFromRequest: (request: unknown) => tokenIn(request as FastifyRequest, settings),
      secretOrKeyProvider: (
        _request: unknown,
        token: string,
        done: (error: unknown, key?: KeyObject) => void,
      ) => {
        this.checked++;
        rules.findKey(token).then(
          (key) =>
            key ? done(null, key) : done(new Error('the header is not that of one of our access tokens')),
          (error: unknown) => done(new Unavailable(error)),
        );
      },
      // Not as `jsonWebTokenOptions`: passport-jwt would put its own, which are undefined then, over them.
      ...rules.options,
      passReqToCallback: true,
    } as unknown as ConstructorParameters<typeof Strategy>[0]);
    const { verified } = this;
    metrics.gauge('gatehouse_token_cache_hits', 'Tokens answered from memory', () => verified.hits);
    metrics.gauge('gatehouse_token_cache_misses', 'Tokens whose signature was checked', () => this.checked);
    metrics.gauge('gatehouse_token_cache_entries', 'Tokens in memory', () => verified.entries);
    metrics.gauge('gatehouse_token_cache_bytes', 'What they take, roughly', () => verified.bytes);
  }

  /** @throws InvalidToken for one that has been revoked since */
  recognise(request: FastifyRequest): Principal | undefined {
    const known = this.verifiedBefore(request);
    if (!known) return undefined;
    if ('apiKey' in known) {
      refuseInCookie(request);
      return this.apiKeys.admit(known.apiKey, request);
    }
    if (this.rules.isRevoked(known.revocable)) throw new InvalidToken('revoked');
    return known.principal;
  }

  private verifiedBefore(request: FastifyRequest) {
    const { authorization } = request.headers;
    refuseTokenInUrl(request);
    const known = authorization === undefined ? undefined : this.verified.getByHeader(authorization);
    if (known) return known;
    // In a cookie, or in a header that is spelt otherwise.
    const token = tokenFrom(request, this.settings);
    return token === null ? undefined : this.verified.get(token);
  }

  override authenticate(request: never, options?: object): void {
    const principal = this.recognise(request);
    if (principal) this.success(principal);
    else super.authenticate(request, options);
  }

  /** The principal of a token whose signature and times are right. @throws InvalidToken */
  async validate(request: FastifyRequest, claims: AccessTokenClaims | ApiKeyClaims): Promise<Principal> {
    // Remembered as it was sent, with or without the prefix of an API key.
    const sent = tokenFrom(request, this.settings)!;
    const token = withoutPrefix(sent);
    const { type, kid } = this.rules.keyOf(token)!;
    if (type === API_KEY_TYPE) {
      refuseInCookie(request);
      const apiKey = this.rules.acceptApiKey(claims as ApiKeyClaims, kid);
      this.verified.add(sent, { apiKey, exp: apiKey.exp });
      return this.apiKeys.lookUpAndAdmit(apiKey, request);
    }
    if (token !== sent) throw new InvalidToken('an access token with the prefix of an API key');
    const verified = this.rules.accept(claims as AccessTokenClaims, kid);
    this.verified.add(token, verified);
    return verified.principal;
  }
}

/** Cookies are for sessions. */
function refuseInCookie({ headers }: FastifyRequest): void {
  if (headers.authorization === undefined) throw new InvalidToken('an API key in a cookie');
}

function tokenIn(request: FastifyRequest, settings: Settings): string | null {
  const sent = tokenFrom(request, settings);
  // A bare prefix is a token that is malformed, not none.
  return sent && (withoutPrefix(sent) || sent);
}

import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import type { KeyObject } from 'node:crypto';
import { Strategy } from 'passport-jwt';
import { InvalidToken } from '../../platform/access/access.errors.js';
import type { KnownPrincipals } from '../../platform/access/known-principals.js';
import type { Principal } from '../../platform/access/principal.js';
import { Settings } from '../../platform/config/settings.js';
import { Unavailable } from '../../platform/http/http.errors.js';
import { Metrics } from '../../platform/http/metrics.js';
import { AccessTokenRules } from './access-token-rules.service.js';
import { TokenKinds } from './token-kinds.service.js';
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
    private readonly kinds: TokenKinds,
    metrics: Metrics,
  ) {
    super({
      jwtFromRequest: (request: unknown) => tokenIn(request as FastifyRequest, settings, kinds),
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

  /** Synchronous and without an object of its own for a known token. @throws InvalidToken for one revoked since */
  recognise(request: FastifyRequest): Principal | undefined {
    const known = this.verifiedBefore(request);
    if (!known) return undefined;
    if (!known.kind.isForCookies) refuseInCookie(request);
    return known.kind.admit(known as never, request);
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
  async validate(request: FastifyRequest, claims: object): Promise<Principal> {
    // Remembered as it was sent, with or without its prefix.
    const sent = tokenFrom(request, this.settings)!;
    const token = this.kinds.withoutPrefix(sent);
    const { kind, kid } = this.rules.keyOf(token)!;
    if (token !== sent && !kind.prefix)
      throw new InvalidToken(`${kind.title} with the prefix of another kind`);
    if (!kind.isForCookies) refuseInCookie(request);
    const known = kind.verify(claims, kid);
    this.verified.add(sent, known);
    return kind.lookUpAndAdmit(known as never, request);
  }
}

/** Cookies are for sessions. */
function refuseInCookie({ headers }: FastifyRequest): void {
  if (headers.authorization === undefined) throw new InvalidToken('of a kind that comes in no cookie');
}

function tokenIn(request: FastifyRequest, settings: Settings, kinds: TokenKinds): string | null {
  const sent = tokenFrom(request, settings);
  // A bare prefix is a token that is malformed, not none.
  return sent && (kinds.withoutPrefix(sent) || sent);
}

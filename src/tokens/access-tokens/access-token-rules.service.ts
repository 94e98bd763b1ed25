import { Injectable } from '@nestjs/common';
import { JwtService, type JwtVerifyOptions } from '@nestjs/jwt';
import type { KeyObject } from 'node:crypto';
import { InvalidToken } from '../access/access.errors.js';
import { SIGNING_ALGORITHMS } from '../config/signing-algorithms.js';
import { Settings } from '../config/settings.js';
import type { AccessTokenClaims } from './access-tokens.service.js';
import type { ApiKeyToken } from '../access/api-key-gate.js';
import type { ApiKeyClaims } from './api-key-tokens.service.js';
import type { Revocable } from './revocation-list.js';
import type { RevocationKind } from './revocation.entity.js';
import { RevocationsService } from './revocations.service.js';
import { SigningKeysService } from './signing-keys.service.js';
import { addedClaims } from './token-claims.service.js';
import { ACCESS_TOKEN_TYPE, API_KEY_TYPE, readHeader, tokenType, type TokenType } from './token-format.js';
import type { VerifiedToken } from './verified-tokens.js';

/** How far ahead the clock of the node that issued a token may be. */
const MAX_CLOCK_SKEW_S = 60;

/** What makes an access token or an API key good, in the order in which it is checked. */
@Injectable()
export class AccessTokenRules {
  /** For the library that checks the signature, `iss`, `aud`, `exp` and `nbf`. */
  readonly options: JwtVerifyOptions;

  constructor(
    private readonly settings: Settings,
    private readonly keys: SigningKeysService,
    private readonly revocations: RevocationsService,
    private readonly jwt: JwtService,
  ) {
    const { PUBLIC_URL } = settings;
    this.options = { algorithms: [...SIGNING_ALGORITHMS], issuer: PUBLIC_URL, audience: PUBLIC_URL };
  }

  /** Decides by the header alone whether a token may be one of ours, and with which key to verify it. */
  keyOf(token: string): { type: TokenType; kid: string; publicKey: KeyObject } | undefined {
    const header = readHeader(token);
    const type = header && tokenType(header);
    // RFC 9068 §4: no other kind of token passes. RFC 7515 §4.1.11: no extension is understood here.
    if (!type || 'crit' in header || typeof header.kid !== 'string') return undefined;
    const key = this.keys.find(header.kid);
    // RFC 8725 §3.1: the algorithm is the key's own; the header may only agree.
    return key && key.alg === header.alg ? { type, kid: header.kid, publicKey: key.publicKey } : undefined;
  }

  /** The same, after a look for a key that another node may have made since. */
  async findKey(token: string): Promise<KeyObject | undefined> {
    const kid = readHeader(token)?.kid;
    if (typeof kid === 'string' && !this.keys.find(kid)) await this.keys.reload();
    return this.keyOf(token)?.publicKey;
  }

  /** All of it, for an access token that did not come as a request's own. @throws InvalidToken */
  verify(token: string): VerifiedToken & { claims: AccessTokenClaims } {
    const { kid } = this.typed(token, ACCESS_TOKEN_TYPE);
    const claims = this.verifySignature<AccessTokenClaims>(token, this.options);
    return { ...this.accept(claims, kid), claims };
  }

  /** An API key for whichever API; whether it is live, its record says. @throws InvalidToken */
  verifyApiKey(token: string): ApiKeyToken & { claims: ApiKeyClaims } {
    const { algorithms, issuer } = this.options;
    const { kid } = this.typed(token, API_KEY_TYPE);
    const claims = this.verifySignature<ApiKeyClaims>(token, { algorithms, issuer });
    return { ...this.acceptApiKey(claims, kid), claims };
  }

  /** The claims of a token that one of our keys has signed; `options` says what else to check. @throws InvalidToken */
  verifySignature<Claims extends object>(token: string, options: JwtVerifyOptions): Claims {
    const key = this.keyOf(token);
    if (!key) throw new InvalidToken('header');
    try {
      return this.jwt.verify<Claims>(token, { ...options, publicKey: key.publicKey as never });
    } catch (error) {
      throw new InvalidToken(error);
    }
  }

  /** What kind of revocation kills a token. */
  revocationOf(token: Revocable): RevocationKind | undefined {
    return this.revocations.reason(token);
  }

  /** The same of claims that need not be what ours have. */
  revocationOfClaims(claims: AccessTokenClaims | null, kid: string): RevocationKind | undefined {
    return isComplete(claims) ? this.revocationOf({ ...claims, kid }) : this.revocationOfKey(kid);
  }

  /** Whether a signing key was deleted, and its tokens with it. */
  revocationOfKey(kid: string): RevocationKind | undefined {
    return this.revocationOf({ sub: '', sid: '', ver: Infinity, roles: [], kid });
  }

  /** The rest, once the signature and the times are right. @throws InvalidToken */
  accept(claims: AccessTokenClaims, kid: string): VerifiedToken {
    if (!isComplete(claims)) throw new InvalidToken('a claim is missing or of another type');
    const { sub, sid, ver, roles, scope, iat } = claims;
    const now = Date.now() / 1000;
    refuseFuture(iat);
    // Where the lifetime was made shorter: revocations are kept for no longer than the one that is set.
    const exp = Math.min(claims.exp, iat + this.settings.ACCESS_TOKEN_TTL / 1000);
    if (exp <= now) throw new InvalidToken('older than a token may be');
    const revocable = { sub, sid, ver, roles, kid };
    if (this.isRevoked(revocable)) throw new InvalidToken('revoked');
    const scopes = scope === '' ? [] : scope.split(' ');
    const expiresAt = new Date(exp * 1000);
    // Without them nothing is known of how its owner signed in, which will do but for a step-up.
    const authenticatedAt = new Date((claims.auth_time ?? 0) * 1000);
    const amr = claims.amr ?? [];
    const principal = {
      kind: 'user' as const,
      id: sub,
      sessionId: sid,
      roles,
      scopes,
      authenticatedAt,
      amr,
      expiresAt,
      claims: addedClaims(claims),
    };
    return { principal, revocable, exp };
  }

  /** The same of an API key. @throws InvalidToken */
  acceptApiKey(claims: ApiKeyClaims, kid: string): ApiKeyToken {
    const { sub, jti, scope, iat, exp } = claims ?? {};
    const isComplete =
      [sub, jti, scope].every((claim) => typeof claim === 'string') &&
      [exp, iat].every((claim) => Number.isFinite(claim));
    if (!isComplete) throw new InvalidToken('a claim is missing or of another type');
    refuseFuture(iat);
    return { id: jti, ownerId: sub, kid, exp };
  }

  isRevoked(token: Revocable): boolean {
    this.revocations.refuseWhenStale();
    return this.revocationOf(token) !== undefined;
  }

  private typed(token: string, type: TokenType) {
    const key = this.keyOf(token);
    if (key?.type !== type) throw new InvalidToken('another kind of token');
    return key;
  }
}

function refuseFuture(iat: number): void {
  if (iat > Date.now() / 1000 + MAX_CLOCK_SKEW_S) throw new InvalidToken('issued in the future');
}

/** RFC 9068 §2.2, as far as anything here relies on it; the library lets a token without `exp` live for ever. */
function isComplete(claims: AccessTokenClaims | null): claims is AccessTokenClaims {
  const { sub, sid, scope, exp, iat, ver, roles, auth_time, amr } = claims ?? {};
  return (
    [sub, sid, scope].every((claim) => typeof claim === 'string') &&
    [exp, iat, ver].every((claim) => Number.isFinite(claim)) &&
    Array.isArray(roles) &&
    (auth_time === undefined || Number.isFinite(auth_time)) &&
    (amr === undefined || Array.isArray(amr))
  );
}

import { Injectable } from '@nestjs/common';
import { JwtService, type JwtVerifyOptions } from '@nestjs/jwt';
import type { KeyObject } from 'node:crypto';
import { InvalidToken } from '../../platform/access/access.errors.js';
import { SIGNING_ALGORITHMS } from '../../platform/config/signing-algorithms.js';
import { Settings } from '../../platform/config/settings.js';
import { SigningKeysService } from '../keys/signing-keys.service.js';
import { isCanonicalSignature } from './ecdsa-spelling.js';
import { readHeader, signatureOf } from './token-format.js';
import type { KnownToken, SignedKind } from './token-kind.types.js';
import { TokenKinds } from './token-kinds.service.js';

/** How far ahead the clock of the node that issued a token may be. */
const MAX_CLOCK_SKEW_S = 60;

/** What makes a signed token good, of whatever kind, in the order in which it is checked. */
@Injectable()
export class AccessTokenRules {
  /** For the library that checks the signature, `iss`, `aud`, `exp` and `nbf`. */
  readonly options: JwtVerifyOptions;

  constructor(
    private readonly settings: Settings,
    private readonly keys: SigningKeysService,
    private readonly kinds: TokenKinds,
    private readonly jwt: JwtService,
  ) {
    const { PUBLIC_URL } = settings;
    this.options = { algorithms: [...SIGNING_ALGORITHMS], issuer: PUBLIC_URL, audience: PUBLIC_URL };
  }

  /**
   * The second in which an access token ends. Where the lifetime was made shorter, that is before its `exp`: revocations are
   * kept for no longer than the one that is set. @throws InvalidToken for one that has ended, or is not issued yet
   */
  endOf({ iat, exp }: { iat: number; exp: number }): number {
    refuseFuture(iat);
    const end = Math.min(exp, iat + this.settings.ACCESS_TOKEN_TTL / 1000);
    if (end <= Date.now() / 1000) throw new InvalidToken('older than a token may be');
    return end;
  }

  /** Decides by the header alone whether a token may be one of ours, and with which key to verify it. */
  keyOf(token: string): { kind: SignedKind; kid: string; publicKey: KeyObject } | undefined {
    const header = readHeader(token);
    const kind = header && this.kinds.ofType(header.typ, token);
    // RFC 9068 §4: no other kind of token passes. RFC 7515 §4.1.11: no extension is understood here.
    if (!kind || 'crit' in header || typeof header.kid !== 'string') return undefined;
    const key = this.keys.find(header.kid);
    // RFC 8725 §3.1: the algorithm is the key's own; the header may only agree.
    if (!key || key.alg !== header.alg) return undefined;
    const mayBeEither = kind.keepsSpelling && key.signatures === 'any';
    if (!mayBeEither && !isCanonicalSignature(key.alg, signatureOf(token))) return undefined;
    return { kind, kid: header.kid, publicKey: key.publicKey };
  }

  /** The same, after a look for a key that another node may have made since. */
  async findKey(token: string): Promise<KeyObject | undefined> {
    const kid = readHeader(token)?.kid;
    if (typeof kid === 'string' && !this.keys.find(kid)) await this.keys.reload();
    return this.keyOf(token)?.publicKey;
  }

  /**
   * All of it, for a token of this kind that did not come as a request's own.
   * @param audience whether it may be for another API than this one
   * @throws InvalidToken
   */
  verify<Claims extends object, Known extends KnownToken>(
    token: string,
    kind: SignedKind<Known>,
    audience: 'this audience' | 'any audience' = 'this audience',
  ): { claims: Claims; known: Known } {
    const key = this.keyOf(token);
    if (key?.kind !== kind) throw new InvalidToken('another kind of token');
    const { algorithms, issuer } = this.options;
    const options = audience === 'this audience' ? this.options : { algorithms, issuer };
    const claims = this.verifySignature<Claims>(token, options);
    return { claims, known: kind.verify(claims, key.kid) };
  }

  /** The same of a token that may have its prefix and a key that is not known here yet; `undefined` when it does not work. */
  async verified<Claims extends object, Known extends KnownToken>(
    sent: string,
    kind: SignedKind<Known>,
    audience?: 'this audience' | 'any audience',
  ): Promise<{ claims: Claims; known: Known } | undefined> {
    const token = kind.prefix && sent.startsWith(kind.prefix) ? sent.slice(kind.prefix.length) : sent;
    await this.findKey(token);
    try {
      return this.verify<Claims, Known>(token, kind, audience);
    } catch (error) {
      if (error instanceof InvalidToken) return undefined;
      throw error;
    }
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
}

/** @param iat in seconds. @throws InvalidToken for a token that is not issued yet, by more than clocks differ */
export function refuseFuture(iat: number): void {
  if (iat > Date.now() / 1000 + MAX_CLOCK_SKEW_S) throw new InvalidToken('issued in the future');
}

/** Why a token does not work, in our own words or those of the rules. @throws what is no InvalidToken */
export function reasonOf(error: unknown): string {
  if (!(error instanceof InvalidToken)) throw error;
  const { cause } = error;
  if (typeof cause === 'string') return cause;
  return (cause as Error | undefined)?.name === 'NotBeforeError' ? 'it is not valid yet' : 'it is malformed';
}

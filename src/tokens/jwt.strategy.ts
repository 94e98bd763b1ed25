import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import type { KeyObject } from 'node:crypto';
import { Strategy } from 'passport-jwt';
import { InvalidToken } from '../access/access.errors.js';
import type { Principal } from '../access/principal.js';
import { Settings } from '../config/settings.js';
import type { AccessTokenClaims } from './access-tokens.service.js';
import { RevocationsService } from './revocations.service.js';
import { SigningKeysService } from './signing-keys.service.js';
import { readHeader } from './token-format.js';
import { tokenFrom } from './token-from-request.js';

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'] as const;
/** How far ahead the clock of the node that issued a token may be. */
const MAX_CLOCK_SKEW_S = 60;

/**
 * Verifies access tokens: `typ`, the algorithm of the key, signature, `iss`, `aud`, `exp` and `nbf`, then the
 * revocation list (RFC 9068 §4, RFC 8725 §3). Reads nothing from the database.
 */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(
    settings: Settings,
    keys: SigningKeysService,
    private readonly revocations: RevocationsService,
  ) {
    super({
      jwtFromRequest: (request: unknown) => tokenFrom(request as FastifyRequest, settings),
      secretOrKeyProvider: (
        _request: unknown,
        token: string,
        done: (error: unknown, key?: KeyObject) => void,
      ) => {
        const key = keyFor(token, keys);
        return key ? done(null, key) : done(new Error('the header is not that of one of our access tokens'));
      },
      algorithms: [...ALGORITHMS],
      issuer: settings.PUBLIC_URL,
      audience: settings.PUBLIC_URL,
    } as ConstructorParameters<typeof Strategy>[0]);
  }

  /** The principal of a token whose signature and times are right. @throws InvalidToken */
  validate(claims: AccessTokenClaims): Principal {
    if (claims.iat > Date.now() / 1000 + MAX_CLOCK_SKEW_S) throw new InvalidToken('issued in the future');
    if (this.revocations.isRevoked(claims)) throw new InvalidToken('revoked');
    return {
      kind: 'user',
      id: claims.sub,
      sessionId: claims.sid,
      roles: claims.roles,
      scopes: claims.scope === '' ? [] : claims.scope.split(' '),
      expiresAt: new Date(claims.exp * 1000),
    };
  }
}

/** Decides by the header alone whether the token may be one of ours, and with which key to verify it. */
function keyFor(token: string, keys: SigningKeysService): KeyObject | undefined {
  const header = readHeader(token);
  // RFC 9068 §4: no other kind of token passes. RFC 7515 §4.1.11: no extension is understood here.
  if (!header || header.typ !== 'at+jwt' || 'crit' in header || typeof header.kid !== 'string')
    return undefined;
  const key = keys.find(header.kid);
  // RFC 8725 §3.1: the algorithm is the key's own; the header may only agree.
  return key && key.alg === header.alg ? key.publicKey : undefined;
}

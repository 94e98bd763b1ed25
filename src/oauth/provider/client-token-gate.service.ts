import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { InvalidToken, Unauthenticated } from '../../platform/access/access.errors.js';
import { ClientTokenGate } from '../../platform/access/client-gate.js';
import type { Principal } from '../../platform/access/principal.js';
import { AccessTokenRules } from '../../tokens/access-tokens/access-token-rules.service.js';
import { ClientAccessTokenKind, type KnownClientToken } from './client-access-token-kind.service.js';
import { ProofsService } from './proofs.service.js';

/** RFC 6750 §2.1, RFC 9449 §7.1 */
const CREDENTIALS = /^(Bearer|DPoP) +(\S+) *$/i;

/** Access tokens of clients where the strategy does not look: bound to a key, or for an API of a module's own. */
@Injectable()
export class ClientTokenGateService extends ClientTokenGate {
  constructor(
    private readonly rules: AccessTokenRules,
    private readonly kind: ClientAccessTokenKind,
    private readonly proofs: ProofsService,
  ) {
    super();
  }

  /** @throws Unauthenticated, InvalidToken, NonceWanted */
  async authenticate(request: FastifyRequest, audience: string): Promise<Principal> {
    const { authorization } = request.headers;
    if (authorization === undefined) throw new Unauthenticated();
    const [, scheme = '', token = ''] = CREDENTIALS.exec(authorization) ?? [];
    const isBound = scheme.toLowerCase() === 'dpop';
    try {
      const verified = await this.rules.verified<object, KnownClientToken>(token, this.kind, 'any audience');
      if (!verified?.known.audiences.includes(audience))
        throw new InvalidToken('for another audience, or not live');
      if (!isBound) return this.kind.admit(verified.known);
      return this.kind.admitBound(verified.known, await this.proved(request, token));
    } catch (error) {
      // RFC 9449 §7.1: the challenge names the scheme that was used.
      if (isBound && error instanceof InvalidToken)
        error.headers['www-authenticate'] = 'DPoP error="invalid_token"';
      throw error;
    }
  }

  private async proved(request: FastifyRequest, token: string): Promise<string> {
    try {
      return await this.proofs.verify(request, token);
    } catch (error) {
      throw (error as { code?: string }).code === 'invalid_dpop_proof' ? new InvalidToken(error) : error;
    }
  }
}

import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Settings } from '../../platform/config/settings.js';
import { FirstPartyRequired } from '../../platform/access/access.errors.js';
import { AccessTokenRules } from './access-token-rules.service.js';
import { FIRST_PARTY_CLIENT } from './access-tokens.service.js';
import { TokenKinds } from './token-kinds.service.js';
import { refuseTokenInUrl, tokenFrom } from './token-from-request.js';

/** Whose a token is, and of which session; an API key is of none. */
interface Subject {
  sub: string;
  sid?: string;
}

/** Tokens that may have expired or been revoked by now: good for ending their session, and for nothing else. */
@Injectable()
export class OutdatedTokens {
  constructor(
    private readonly settings: Settings,
    private readonly rules: AccessTokenRules,
    private readonly kinds: TokenKinds,
  ) {}

  /**
   * Of the token in the `Authorization` header; `undefined` without one.
   * @throws AmbiguousCredentials for one in the URL, InvalidToken
   */
  async inHeader(request: FastifyRequest): Promise<Subject | undefined> {
    refuseTokenInUrl(request);
    if (request.headers.authorization === undefined) return undefined;
    const token = tokenFrom(request, this.settings);
    return token === null ? undefined : this.read(token);
  }

  /** Of a token that one of our keys has signed. @throws InvalidToken, FirstPartyRequired for one of another application's */
  async read(token: string): Promise<Subject> {
    const bare = this.kinds.withoutPrefix(token);
    await this.rules.findKey(bare);
    const { algorithms, issuer } = this.rules.options;
    const options = { algorithms, issuer, ignoreExpiration: true };
    const subject = this.rules.verifySignature<Subject & { client_id?: string }>(bare, options);
    // The session of another application is not the one that its user signs out of here.
    if (subject.client_id !== FIRST_PARTY_CLIENT) throw new FirstPartyRequired();
    return subject;
  }
}

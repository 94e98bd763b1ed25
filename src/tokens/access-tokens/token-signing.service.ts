import { Injectable } from '@nestjs/common';
import { SigningKeysService } from '../keys/signing-keys.service.js';
import { signedJwt } from './signed-jwt.js';
import { MAX_TOKEN_LENGTH } from './token-format.js';

/** Signs tokens of every kind with the current key. What they say is the caller's. */
@Injectable()
export class TokenSigningService {
  /** In characters; longer ones are refused unread. */
  readonly maxLength = MAX_TOKEN_LENGTH;

  constructor(private readonly keys: SigningKeysService) {}

  /** @param typ of the header, which says what kind of token it is (RFC 8725 §3.11) */
  sign(typ: string, claims: object): { token: string; kid: string } {
    const { current } = this.keys;
    return { token: signedJwt(typ, claims, current), kid: current.kid };
  }
}
